"""Open positions and pending orders: checked against the contract, then written again in the one canonical form.

Nothing calculates with them, so their prices are floats, and they travel as encoded JSON: fields in alphabetical order,
no blanks, absent where unknown. Read back from the database and sorted by name, they encode to the same bytes.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

TICKET_LIMIT = 2**64

# The bounds refuse "nan" and "Infinity" too, which a number written as a string could be.
Number: TypeAlias = Annotated[float, Meta(gt=-1e15, lt=1e15)]
Ticket: TypeAlias = Annotated[int, Meta(ge=0)]
Text: TypeAlias = Annotated[str, Meta(max_length=64)]


class Side(StrEnum):
    """The way of a position."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """The pending orders of MetaTrader 5."""

    BUY_LIMIT = "BUY_LIMIT"
    SELL_LIMIT = "SELL_LIMIT"
    BUY_STOP = "BUY_STOP"
    SELL_STOP = "SELL_STOP"
    BUY_STOP_LIMIT = "BUY_STOP_LIMIT"
    SELL_STOP_LIMIT = "SELL_STOP_LIMIT"


class Position(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """An open position; its fields stand in alphabetical order of their names on the wire."""

    commission: Number | None = None
    current_price: Number
    open_price: Number
    open_time: Text | int | None = None
    profit: Number
    swap: Number | None = None
    symbol: Text
    ticket: Ticket
    type: Side
    volume: Number


class Order(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """A pending order; its fields stand in alphabetical order of their names on the wire."""

    current_price: Number
    price: Number
    symbol: Text
    ticket: Ticket
    time: Text | int | None = None
    type: OrderType
    volume: Number


_encode = msgspec.json.Encoder().encode


def encode(trades: Sequence[Position] | Sequence[Order]) -> bytes:
    """Return the canonical JSON array. ValueError for what decodes but cannot be stored."""
    if not trades:
        return b"[]"
    if max(trade.ticket for trade in trades) >= TICKET_LIMIT:
        raise ValueError("a ticket is a number of 64 bits")
    encoded = _encode(trades)
    if rb"\u0000" in encoded:
        raise ValueError("PostgreSQL's JSON holds no NUL")
    return encoded


def canonical(stored: object) -> bytes:
    """Return the canonical JSON of a list of trades as the database gives it: plain dicts."""
    return msgspec.json.encode(stored, order="sorted")
