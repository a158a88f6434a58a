"""The values a leaderboard is made of.

The feed's worker and the database produce rows, the hub keeps them ranked, views cut windows out of them and the wire
writes them as JSON. Everything is frozen: a changed row is a new row, so "did it change?" is mostly an `is`.

Structs of msgspec, because the worker makes four of these values for each message: 0.1 us each, where a frozen
dataclass takes 1 to 2.5. They hold no cycles, so the collector need not look at them; and they travel between processes
as arrays, without their names.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType, TypeAlias
from uuid import UUID

import msgspec

ParticipantId = NewType("ParticipantId", UUID)
MarathonId = NewType("MarathonId", UUID)
UserId = NewType("UserId", UUID)
Login = NewType("Login", str)
"""Number of a trading account, as text."""

Bib: TypeAlias = int
"""A participant's number in its marathon: small, given at joining, never reused."""

Seq: TypeAlias = int
"""A value of the one clock: the stamp of a row, the sequence number of a board."""


class Status(StrEnum):
    """What a participant counts as; the spelling is the protocol's."""

    __hash__ = str.__hash__  # an enumeration's own is written in Python

    ACTIVE = "active"
    NO_DATA = "no_data"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"


_ACTIVE, _NO_DATA = Status.ACTIVE, Status.NO_DATA  # as globals: an enumeration's own look-up costs 0.1 us


class Identity(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who the participant is. `status` is what the organiser set, so never NO_DATA; `joined_at` is aware and in UTC."""

    participant_id: ParticipantId
    bib: Bib
    user_id: UserId
    user_name: str
    login: Login
    joined_at: datetime
    status: Status = Status.ACTIVE
    reason: str | None = None


class Money(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The account's money in its own `currency`; None where the feed has not said it yet. `leverage` 100 is 1:100."""

    balance: Decimal | None = None
    equity: Decimal | None = None
    profit: Decimal | None = None
    margin: Decimal | None = None
    free_margin: Decimal | None = None
    credit: Decimal | None = None
    currency: str | None = None
    leverage: int | None = None


class Score(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """All in percent (1.5 is 1.5 %); None while there is no data. Drawdowns are positive: 40 is 40 % below the peak."""

    percentage: Decimal | None = None
    drawdown: Decimal | None = None
    max_drawdown: Decimal | None = None


class Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One participant on a board, without the rank: that is its position, and a row does not know it.

    `positions` and `orders` are JSON arrays already encoded; `updated_at` is the time of the last message that counted
    (aware, UTC); `stamp` is the clock's value at which the row last changed.
    """

    identity: Identity
    money: Money
    score: Score
    positions: bytes
    orders: bytes
    updated_at: datetime | None
    stamp: Seq

    @property
    def status(self) -> Status:
        """The status that is shown: an active participant without any equity yet has NO_DATA."""
        return shown(self.identity, self.money)


def shown(identity: Identity, money: Money) -> Status:
    """Return the status that is shown of a participant with this money."""
    status = identity.status
    return _NO_DATA if status is _ACTIVE and money.equity is None else status
