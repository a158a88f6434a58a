"""What processes tell each other over the channel layer, as msgpack: the clock of a board moved, with the new rows.

The worker writes them after its commit; hubs read them. Amounts travel as decimal text, so they arrive digit for digit.
An announcement is a hint: whoever cannot read one (another version's, say) takes the rows from the database.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from live.board.rows import MarathonId, Row, Seq
from live.wire.outbound import FeedStatus


class Announcement(Struct, frozen=True):
    """A board moved from `since` to `seq` by these rows; `rows` None: look into the database."""

    epoch: str
    marathon_id: MarathonId
    since: Seq
    seq: Seq
    rows: tuple[Row, ...] | None = None


class FeedState(Struct, frozen=True):
    """How the feed is; `updated_at` (aware, UTC) is when its last message came."""

    status: FeedStatus
    updated_at: datetime | None = None


class Told(Struct, frozen=True):
    """What the worker says every second, changed or not: where each board stands, and the feed."""

    epoch: str
    boards: dict[MarathonId, Seq]
    feed: FeedState


class UnreadableError(ValueError):
    """Bytes that are no announcement of this version."""


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_announcements = msgspec.msgpack.Decoder(Announcement)
_tellings = msgspec.msgpack.Decoder(Told)


def encode(announcement: Announcement | Told) -> bytes:
    """Return an announcement as bytes."""
    return _encoder.encode(announcement)


def decode_announcement(body: bytes) -> Announcement:
    """Read what `encode` wrote. Raises UnreadableError."""
    try:
        return _announcements.decode(body)
    except (ValueError, ArithmeticError) as error:
        raise UnreadableError(str(error)) from error


def decode_told(body: bytes) -> Told:
    """Read what `encode` wrote. Raises UnreadableError."""
    try:
        return _tellings.decode(body)
    except (ValueError, ArithmeticError) as error:
        raise UnreadableError(str(error)) from error
