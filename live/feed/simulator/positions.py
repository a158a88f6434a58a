"""Positions and pending orders as an MT5 account holds them. Between arithmetic.py and account.py."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from live.feed.simulator import arithmetic
from live.feed.simulator.arithmetic import NOTHING, Book, Quote
from live.feed.simulator.instruments import Instrument, Side


class OrderKind(StrEnum):
    """A pending order's type, spelled as the feed spells it."""

    BUY_LIMIT = "BUY_LIMIT"
    SELL_LIMIT = "SELL_LIMIT"
    BUY_STOP = "BUY_STOP"
    SELL_STOP = "SELL_STOP"

    @property
    def side(self) -> Side:
        return Side.BUY if self in (OrderKind.BUY_LIMIT, OrderKind.BUY_STOP) else Side.SELL

    def reached(self, quote: Quote, price: Decimal) -> bool:
        """A limit waits for a better price than now, a stop for a worse one."""
        if self in (OrderKind.BUY_LIMIT, OrderKind.SELL_STOP):
            return quote.opening(self.side) <= price
        return quote.opening(self.side) >= price


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """Becomes a position when the market reaches `price`. `placed_at`: ms of the epoch; `take_profit`: a distance."""

    ticket: int
    instrument: Instrument
    kind: OrderKind
    lots: Decimal
    price: Decimal
    placed_at: int
    take_profit: Decimal | None = None

    def is_reached(self, book: Book) -> bool:
        return self.kind.reached(book[self.instrument.symbol], self.price)


@dataclass(slots=True)
class Position:
    """An open position. `margin` is bound at the opening; `price` and `profit` are those of the last marking.

    `swap` and `commission` are negative where they cost; `opened_at` in ms since the epoch. The server closes it when
    the price falls to `low` or rises to `high`: stop loss and take profit, whichever way round.
    """

    ticket: int
    instrument: Instrument
    side: Side
    lots: Decimal
    open_price: Decimal
    opened_at: int
    opened_in_market: float
    margin: Decimal
    commission: Decimal
    price: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    profit: Decimal = NOTHING
    swap: Decimal = NOTHING

    @property
    def result(self) -> Decimal:
        """What closing it now would add to the balance."""
        return self.profit + self.swap

    @property
    def should_close(self) -> bool:
        """Whether the price that it was last marked at has reached a bound."""
        return (self.low is not None and self.price <= self.low) or (self.high is not None and self.price >= self.high)

    def take_profit(self, away: Decimal) -> None:
        """Bounds the profit, `away` from the opening price."""
        if self.side is Side.BUY:
            self.high = self.open_price + away
        else:
            self.low = self.open_price - away

    def stop_loss(self, away: Decimal) -> None:
        """Bounds the loss, `away` from the opening price."""
        if self.side is Side.BUY:
            self.low = self.open_price - away
        else:
            self.high = self.open_price + away

    def mark(self, book: Book, currency: str) -> None:
        """Values it at the price at which it could be closed now."""
        price = book[self.instrument.symbol].closing(self.side)
        rate = book.rate(self.instrument.quote, currency)
        self.price = price
        self.profit = arithmetic.profit(self.instrument, self.side, self.lots, self.open_price, price, rate)

    def roll_over(self, nights: int, book: Book, currency: str) -> None:
        """Books the swap of `nights` nights."""
        rate = book.rate(self.instrument.quote, currency)
        self.swap += arithmetic.swap(self.instrument, self.side, self.lots, nights, rate)
