"""What the server says: one type for each event but those with rows (see `boards`), named as the protocol names them.

Fields are camelCase in JSON. A field that is UNSET is left out; one that is None is null.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Literal, NewType, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from live.board.rows import MarathonId, Seq, UserId
from live.wire.codes import ErrorCode
from live.wire.commands import RequestId
from live.wire.frames import Frame
from live.wire.inbound import BadRequest

Instant = NewType("Instant", str)
"""A time as the protocol writes it: `2026-11-22T08:00:00.000Z`."""

MarathonStatus: TypeAlias = str
"""upcoming, ongoing, finished or cancelled."""

_encoder = msgspec.json.Encoder(uuid_format="canonical")


def instant(time: datetime) -> Instant:
    """Write an aware time in UTC, to the millisecond (the rest is cut off)."""
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return Instant(time.isoformat(timespec="milliseconds")[:-6] + "Z")  # for +00:00


class FeedStatus(StrEnum):
    """How the feed is: messages come, none came for a while, or its worker is not heard."""

    LIVE = "live"
    STALE = "stale"
    DOWN = "down"


class Message(Struct, frozen=True, rename="camel", kw_only=True):
    """Something to say to one client or to all; `frame` encodes it."""

    event: ClassVar[str]

    def frame(self, request_id: RequestId = None) -> Frame:
        """Encode it, as the reply to a request if there was one with an id."""
        return Frame(self.event, _encoder.encode(self), request_id)


class Limits(Struct, frozen=True, rename="camel"):
    """What one connection may do."""

    subscriptions: int
    message_bytes: int
    messages_per_10s: int = msgspec.field(name="messagesPer10s")


class Connected(Message, frozen=True, kw_only=True):
    """The token is good. A guest's `user_id` is made up for the token."""

    event: ClassVar[str] = "connected"
    message: str = "Connected to live marathon updates"
    protocol: int = 1
    user_id: UserId | None
    server_time: Instant
    heartbeat_ms: int
    token_expires_at: Instant | None
    limits: Limits


class Authenticated(Message, frozen=True, kw_only=True):
    """A token was renewed, or shown for the first time after connecting."""

    event: ClassVar[str] = "authenticated"
    user_id: UserId | None
    token_expires_at: Instant | None


class Subscribed(Message, frozen=True, kw_only=True):
    """A subscription stands. `resumed` answers a `since`: whether it went on from there."""

    event: ClassVar[str] = "subscribed"
    type: Literal["marathon", "account"]
    marathon_id: MarathonId | UnsetType = UNSET
    account_login: str | UnsetType = UNSET
    message: str
    resumed: bool | UnsetType = UNSET


class Unsubscribed(Message, frozen=True, kw_only=True):
    """A subscription is gone, or never was."""

    event: ClassVar[str] = "unsubscribed"
    type: Literal["marathon", "account"]
    marathon_id: MarathonId | UnsetType = UNSET
    account_login: str | UnsetType = UNSET
    message: str


class Error(Message, frozen=True, kw_only=True):
    """Something was refused or failed; `code` is one of ErrorCode, `event` the client's event that it answers."""

    event: ClassVar[str] = "error"
    code: ErrorCode
    message: str
    event_: str | UnsetType = msgspec.field(default=UNSET, name="event")
    retry_after_ms: int | UnsetType = UNSET


class Feed(Struct, frozen=True, rename="camel"):
    """The state of the feed; `updated_at` is when its last message came."""

    status: FeedStatus
    updated_at: Instant | None


class Heartbeat(Message, frozen=True, kw_only=True):
    """The connection is alive; `seq` is where each subscribed marathon stands."""

    event: ClassVar[str] = "heartbeat"
    server_time: Instant
    feed: Feed
    seq: dict[MarathonId, Seq]


class FeedChanged(Message, frozen=True, kw_only=True):
    """The state of the feed is another."""

    event: ClassVar[str] = "feed_status"
    status: FeedStatus
    updated_at: Instant | None


class MarathonChanged(Message, frozen=True, kw_only=True):
    """A marathon started, ended or was cancelled."""

    event: ClassVar[str] = "marathon_status"
    marathon_id: MarathonId
    status: MarathonStatus
    starts_at: Instant
    ends_at: Instant


class TokenExpiring(Message, frozen=True, kw_only=True):
    """Renew the token, or be closed soon after it expires."""

    event: ClassVar[str] = "token_expiring"
    expires_at: Instant


class Bye(Message, frozen=True, kw_only=True):
    """The server goes away; come back after this many milliseconds."""

    event: ClassVar[str] = "bye"
    retry_after_ms: int


def error(
    code: ErrorCode,
    message: str | None = None,
    *,
    event: str | None = None,
    retry_after_ms: int | None = None,
) -> Error:
    """Build an error; without a message of its own it says what its code says."""
    return Error(
        code=code,
        message=message or code.message,
        event_=UNSET if event is None else event,
        retry_after_ms=UNSET if retry_after_ms is None else retry_after_ms,
    )


def refusal(request: BadRequest) -> Frame:
    """Return the answer to a request that could not be understood."""
    return error(request.code, request.message, event=request.event).frame(request.id)


def pong(data: object, server_time: Instant, request_id: RequestId = None) -> Frame:
    """Return the answer to a ping: the same data and `serverTime`.

    An object gets `serverTime` as one more field. Whatever else a client sent comes back as `data` beside it.
    """
    if data is None:
        body: dict[str, object] = {}
    else:
        body = data if isinstance(data, dict) else {"data": data}
    return Frame("pong", _encoder.encode({**body, "serverTime": server_time}), request_id)
