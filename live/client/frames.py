"""What the client hears and says, as types. In the flow: line.py (text) -> here -> connection.py and client.py.

Fields that this version does not know are ignored, as are events: a server may say more than a client of today reads.
"""

from typing import Any, NotRequired, TypeAlias, TypedDict, cast

import msgspec
from msgspec import Raw, Struct

View: TypeAlias = str | dict[str, int | str]
"""As the protocol writes it: "all", {"top": 50}, {"page": 3, "size": 50}, {"around": "me", "size": 11}."""


class Entry(TypedDict):
    """One row of a board, with the protocol's own names. Positions and orders come with full updates and accounts."""

    bib: int
    participantId: str
    userId: str
    userName: str
    accountLogin: str
    rank: int | None
    status: str
    disqualificationReason: str | None
    balance: float | None
    equity: float | None
    profit: float | None
    profitPercentage: float | None
    margin: float | None
    freeMargin: float | None
    currency: str | None
    leverage: float | None
    drawdown: float | None
    maxDrawdown: float | None
    updatedAt: str | None
    joinedAt: str
    positions: NotRequired[list[dict[str, Any]]]
    orders: NotRequired[list[dict[str, Any]]]


class AccountEntry(Entry):
    """An account's entry on the board of one of its marathons."""

    marathonId: str


class Frame(Struct, frozen=True):
    """One message of the server. `data` is JSON that is not read yet; `id` is that of the request that it answers."""

    event: str
    data: Raw = Raw(b"null")
    id: int | str | None = None


class Message(Struct, frozen=True, rename="camel"):
    """The base of what `data` can hold."""


class Hello(Message, frozen=True):
    """`connected`."""

    user_id: str | None = None
    heartbeat_ms: float = 15_000
    token_expires_at: str | None = None
    limits: dict[str, int] = {}


class Snapshot(Message, frozen=True):
    """`marathon_leaderboard`."""

    marathon_id: str
    marathon_name: str
    status: str
    total_participants: int
    epoch: str
    seq: int
    offset: int
    entries: list[dict[str, Any]]
    view: View = "all"
    updated_at: str | None = None


class Delta(Message, frozen=True):
    """`marathon_delta`: the way from the board at `since` to that at `seq`."""

    marathon_id: str
    epoch: str
    since: int
    seq: int
    total_participants: int
    offset: int
    changed: list[dict[str, Any]]
    removed: list[int]
    moved: list[tuple[int, int]]
    updated_at: str | None = None


class MarathonStatus(Message, frozen=True):
    """`marathon_status`."""

    marathon_id: str
    status: str
    starts_at: str | None = None
    ends_at: str | None = None


class Feed(Message, frozen=True):
    """`feed_status`, and a part of the heartbeat. `status` is "live", "stale" or "down"."""

    status: str
    updated_at: str | None = None


class Heartbeat(Message, frozen=True):
    """`heartbeat`; `seq` is, by marathon, what the server has sent."""

    feed: Feed | None = None
    seq: dict[str, int] = {}


class Bye(Message, frozen=True):
    """`bye`: the server is about to go away."""

    retry_after_ms: float | None = None


class Fault(Message, frozen=True):
    """`error`."""

    code: str
    message: str = ""
    event: str | None = None
    retry_after_ms: float | None = None


read_frame = msgspec.json.Decoder(Frame).decode
read_hello = msgspec.json.Decoder(Hello).decode
read_feed = msgspec.json.Decoder(Feed).decode
read_heartbeat = msgspec.json.Decoder(Heartbeat).decode
read_bye = msgspec.json.Decoder(Bye).decode
read_fault = msgspec.json.Decoder(Fault).decode
_read_snapshot = msgspec.json.Decoder(Snapshot).decode
_read_delta = msgspec.json.Decoder(Delta).decode
_read_status = msgspec.json.Decoder(MarathonStatus).decode
_read_entry = msgspec.json.Decoder(dict[str, Any]).decode


def read_update(frame: Frame) -> Snapshot | Delta | MarathonStatus | AccountEntry | None:
    """Return what a frame says of a board or an account; None where it speaks of something else."""
    match frame.event:
        case "marathon_delta":
            return _read_delta(frame.data)
        case "marathon_leaderboard":
            return _read_snapshot(frame.data)
        case "account_update":
            return cast("AccountEntry", _read_entry(frame.data))
        case "marathon_status":
            return _read_status(frame.data)
    return None


def request(event: str, data: dict[str, Any], request_id: int) -> str:
    """Return a request as text, ready to be sent."""
    return msgspec.json.encode({"event": event, "data": data, "id": request_id}).decode()
