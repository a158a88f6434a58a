"""The objects of the feed contract as the publisher writes them: plain JSON numbers, camelCase, absent where unset.

reports.py decides what to say, this module spells it.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

import msgspec
from msgspec import UNSET, UnsetType

from live.board.rows import Login
from live.feed.simulator.arithmetic import Book
from live.feed.simulator.positions import PendingOrder, Position


class PositionReport(msgspec.Struct, frozen=True, rename="camel"):
    """One element of `positions`."""

    ticket: int
    symbol: str
    type: str
    volume: Decimal
    open_price: Decimal
    current_price: Decimal
    profit: Decimal
    swap: Decimal
    commission: Decimal
    open_time: str


class OrderReport(msgspec.Struct, frozen=True, rename="camel"):
    """One element of `orders`."""

    ticket: int
    symbol: str
    type: str
    volume: Decimal
    price: Decimal
    current_price: Decimal
    time: str


class ObjectReport(msgspec.Struct, frozen=True, rename="camel"):
    """One object on the feed."""

    type: str
    login: Login
    timestamp: str
    balance: Decimal | UnsetType = UNSET
    equity: Decimal | UnsetType = UNSET
    profit: Decimal | UnsetType = UNSET
    margin: Decimal | UnsetType = UNSET
    free_margin: Decimal | UnsetType = UNSET
    credit: Decimal | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    leverage: int | UnsetType = UNSET
    positions: list[PositionReport] | UnsetType = UNSET
    orders: list[OrderReport] | UnsetType = UNSET


encode = msgspec.json.Encoder(decimal_format="number").encode


@lru_cache(maxsize=1024)
def _second(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stamp(epoch_ms: int) -> str:
    """ISO-8601 UTC with milliseconds."""
    seconds, ms = divmod(epoch_ms, 1000)
    return f"{_second(seconds)}.{ms:03d}Z"


def position_report(position: Position) -> PositionReport:
    return PositionReport(
        ticket=position.ticket,
        symbol=position.instrument.symbol,
        type=position.side.value,
        volume=position.lots,
        open_price=position.open_price,
        current_price=position.price,
        profit=position.profit,
        swap=position.swap,
        commission=position.commission,
        open_time=stamp(position.opened_at),
    )


def order_report(order: PendingOrder, book: Book) -> OrderReport:
    return OrderReport(
        ticket=order.ticket,
        symbol=order.instrument.symbol,
        type=order.kind.value,
        volume=order.lots,
        price=order.price,
        current_price=book[order.instrument.symbol].opening(order.kind.side),
        time=stamp(order.placed_at),
    )
