"""What clients ask for: one type for each client event. `inbound` makes them, the session carries them out."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from msgspec import Struct

from live.board.rows import Login, MarathonId, Seq
from live.board.views import All, View

RequestId: TypeAlias = int | str | None
"""A client's own mark on a message; it comes back on the reply."""


class Updates(StrEnum):
    """How a subscription is kept up to date."""

    FULL = "full"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class AroundMe:
    """The window around whoever is connected; the session makes it an `Around` of that user's participant."""

    size: int


WantedView: TypeAlias = View | AroundMe


class Since(Struct, frozen=True):
    """The last state that a returning client has seen."""

    epoch: str
    seq: Seq


class Command(Struct, frozen=True, kw_only=True):
    """A valid request."""

    event: ClassVar[str]
    id: RequestId = None


class SubscribeMarathon(Command, frozen=True, kw_only=True):
    """Watch a board. `interval_ms` None leaves the pace to the server; less than its tick is the tick."""

    event: ClassVar[str] = "subscribe_marathon"
    marathon_id: MarathonId
    updates: Updates = Updates.FULL
    view: WantedView = All()
    since: Since | None = None
    interval_ms: int | None = None


class UnsubscribeMarathon(Command, frozen=True, kw_only=True):
    """Stop watching a board."""

    event: ClassVar[str] = "unsubscribe_marathon"
    marathon_id: MarathonId


class SubscribeAccount(Command, frozen=True, kw_only=True):
    """Watch one trading account in every marathon that it is in."""

    event: ClassVar[str] = "subscribe_account"
    account_login: Login


class UnsubscribeAccount(Command, frozen=True, kw_only=True):
    """Stop watching an account."""

    event: ClassVar[str] = "unsubscribe_account"
    account_login: Login


class Authenticate(Command, frozen=True, kw_only=True):
    """Show a token, at first or to renew. The token is not part of the command's repr, so it is in no log."""

    event: ClassVar[str] = "authenticate"
    token: str

    def __repr__(self) -> str:
        return f"Authenticate(id={self.id!r}, token=<hidden>)"


class Ping(Command, frozen=True, kw_only=True):
    """Ask for the data back. It is any JSON value that can be encoded again."""

    event: ClassVar[str] = "ping"
    data: object = None
