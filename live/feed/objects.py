"""The values of the feed: what an accepted object says, and what is kept of a refused one. Messages makes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import msgspec

from live.board.rows import Login

Micros: TypeAlias = int
"""Microseconds since 1970, UTC: the feed's times, exact and quick to compare."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> Micros:
    """Return an aware datetime as the feed's time."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: Micros) -> datetime:
    """Return the feed's time as an aware datetime in UTC."""
    return EPOCH + micros * MICROSECOND


class Kind(StrEnum):
    """The types of message."""

    ACCOUNT = "account"
    UPDATE = "update"
    POSITIONS = "positions"
    ORDERS = "orders"


class Reason(StrEnum):
    """Why an object is refused: the `reason` header of its dead letter."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_TYPE = "unknown_type"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    BAD_LOGIN = "bad_login"
    BAD_TIMESTAMP = "bad_timestamp"
    FROM_THE_FUTURE = "from_the_future"
    REFUSED_BY_DATABASE = "refused_by_database"


class Carried(msgspec.Struct, frozen=True, gc=False):
    """What an object says, quantized and canonical; None: it does not say. `positions`, `orders` are JSON arrays."""

    balance: Decimal | None = None
    equity: Decimal | None = None
    profit: Decimal | None = None
    margin: Decimal | None = None
    free_margin: Decimal | None = None
    credit: Decimal | None = None
    currency: str | None = None
    leverage: int | None = None
    positions: bytes | None = None
    orders: bytes | None = None


class FeedObject(msgspec.Struct, frozen=True, gc=False):
    """One accepted object. `unknowns` counts its nulls: values that the publisher does not know; `raw` is its text."""

    kind: Kind
    login: Login
    stamp: Micros
    carried: Carried
    unknowns: int = 0
    raw: bytes = b""


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """One refused object: `field` as it is spelled on the wire ("positions[0].ticket"), "" where none is to blame."""

    reason: Reason
    field: str
    raw: bytes
