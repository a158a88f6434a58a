"""One MT5 account on the simulated trade server: balance, positions, pending orders, stop-out.

traders.py decides, the account executes as the server would, terminals.py reports what came of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from live.feed.simulator import arithmetic
from live.feed.simulator.arithmetic import NOTHING, Book, cents
from live.feed.simulator.instruments import Instrument, Side
from live.feed.simulator.positions import OrderKind, PendingOrder, Position

STOP_OUT_LEVEL = Decimal(50)
"""Margin level in percent (equity / margin * 100) at which the server closes positions."""
MOST_POSITIONS = 6
"""The server's limit for one account; it keeps the snapshots at the size of the real ones."""
COMMISSION_A_LOT = Decimal(-7)
"""USD for opening and closing one lot, all taken at the opening, so that equity needs no commission."""


class Now(NamedTuple):
    """The moment of a deal: `epoch_ms` for the reports, `market` in seconds of market time, `book` for the prices."""

    epoch_ms: int
    market: float
    book: Book


@dataclass(frozen=True, slots=True)
class Terms:
    """What an account is opened with. `deposit` and `credit` in `currency`."""

    deposit: Decimal
    currency: str = "USD"
    leverage: int = 100
    credit: Decimal = NOTHING


class Money(NamedTuple):
    """The money line of a terminal, in the account's currency."""

    balance: Decimal
    equity: Decimal
    profit: Decimal
    margin: Decimal
    free_margin: Decimal


class News(NamedTuple):
    """What happened to an account since its terminal last asked."""

    opened: bool
    closed: bool
    orders: bool


NO_NEWS = News(opened=False, closed=False, orders=False)


class Deal(NamedTuple):
    """The last position that was closed: what a martingale player looks at."""

    lots: Decimal
    result: Decimal


class Account:
    """Mutable, owned by one terminal. `tickets` is the server's: no two positions or orders of a fleet share one."""

    __slots__ = ("_news", "_tickets", "balance", "last_deal", "orders", "positions", "terms")

    def __init__(self, terms: Terms, tickets: Iterator[int]) -> None:
        self.terms = terms
        self._tickets = tickets
        self.balance = terms.deposit
        self.positions: list[Position] = []
        self.orders: list[PendingOrder] = []
        self.last_deal: Deal | None = None
        self._news = NO_NEWS

    @property
    def money(self) -> Money:
        """As of the last marking: equity = balance + credit + sum(profit + swap)."""
        floating = bound = NOTHING
        for position in self.positions:
            floating += position.profit + position.swap
            bound += position.margin
        equity = self.balance + self.terms.credit + floating
        return Money(self.balance, equity, floating, bound, equity - bound)

    def settle(self, now: Now) -> None:
        """What the server does on a tick: value, close at stop loss and take profit, stop out, fill pending orders."""
        for position in self.positions:
            position.mark(now.book, self.terms.currency)
        for position in [position for position in self.positions if position.should_close]:
            self.close(position)
        self._stop_out()
        for order in [order for order in self.orders if order.is_reached(now.book)]:
            self._fill(order, now)

    def open(self, instrument: Instrument, side: Side, lots: Decimal, now: Now) -> Position | None:
        """Opens at the market; None, and nothing happens, where free margin or the server's limit do not allow it."""
        price = now.book[instrument.symbol].opening(side)
        bound = arithmetic.margin(instrument, lots, price, self.terms.leverage, self.terms.currency, now.book)
        commission = cents(COMMISSION_A_LOT * lots * now.book.rate("USD", self.terms.currency))
        if len(self.positions) >= MOST_POSITIONS or self.money.free_margin + commission < bound:
            return None
        position = Position(
            next(self._tickets), instrument, side, lots, price, now.epoch_ms, now.market, bound, commission, price
        )
        position.mark(now.book, self.terms.currency)
        self.balance += commission
        self.positions.append(position)
        self._news = self._news._replace(opened=True)
        return position

    def close(self, position: Position) -> None:
        """Closes at the price it was last marked at: what floated is now in the balance."""
        self.positions.remove(position)
        self.balance += position.result
        self.last_deal = Deal(position.lots, position.result)
        self._news = self._news._replace(closed=True)

    def place(
        self, instrument: Instrument, kind: OrderKind, lots: Decimal, price: Decimal, now: Now, target: Decimal
    ) -> None:
        """A pending order, with its take profit `target` away from where it fills."""
        self.orders.append(PendingOrder(next(self._tickets), instrument, kind, lots, price, now.epoch_ms, target))
        self._news = self._news._replace(orders=True)

    def cancel(self, order: PendingOrder) -> None:
        self.orders.remove(order)
        self._news = self._news._replace(orders=True)

    def roll_over(self, nights: int, book: Book) -> None:
        """Books the swaps of `nights` nights on every position."""
        for position in self.positions:
            position.roll_over(nights, book, self.terms.currency)

    def take_news(self) -> News:
        """What happened since the last call."""
        news, self._news = self._news, NO_NEWS
        return news

    def _stop_out(self) -> None:
        """The worst position first, then the level is looked at again."""
        while self.positions:
            money = self.money
            if money.equity * 100 > STOP_OUT_LEVEL * money.margin:
                return
            self.close(min(self.positions, key=lambda position: (position.result, position.ticket)))

    def _fill(self, order: PendingOrder, now: Now) -> None:
        """At the market's price; an order that cannot become a position is dropped, as the server does."""
        self.cancel(order)
        position = self.open(order.instrument, order.kind.side, order.lots, now)
        if position is not None and order.take_profit is not None:
            position.take_profit(order.take_profit)
