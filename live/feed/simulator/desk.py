"""What a trader sees and can do at one look at the screen. traders.py decides with it, account.py executes.

Distances are in basis points of the price, so that one style trades currencies and gold alike; times are seconds of
market time.
"""

import math
import random
from decimal import ROUND_DOWN, Decimal
from typing import NamedTuple

from live.feed.simulator.account import Account, Now
from live.feed.simulator.instruments import INSTRUMENTS, LOT_STEP, Instrument, Side
from live.feed.simulator.market import Market
from live.feed.simulator.positions import OrderKind, Position

MOST_ORDERS = 6
MOST_LOTS = Decimal(50)
_BASIS_POINT = Decimal("0.0001")


class Desk(NamedTuple):
    """One look. `elapsed` is the market time since the one before; `favourites` the symbols this trader knows."""

    account: Account
    market: Market
    now: Now
    random: random.Random
    elapsed: float
    favourites: tuple[str, ...]

    @property
    def positions(self) -> list[Position]:
        return self.account.positions

    def comes_up(self, mean: float) -> bool:
        """Whether something that happens every `mean` seconds happened since the last look."""
        return self.random.random() < 1 - math.exp(-self.elapsed / mean)

    def age(self, position: Position) -> float:
        return self.now.market - position.opened_in_market

    def any_symbol(self) -> str:
        return self.random.choice(self.favourites)

    def any_side(self) -> Side:
        return self.random.choice((Side.BUY, Side.SELL))

    def lots(self, symbol: str, share: float) -> Decimal:
        """The volume whose margin is `share` of the equity, rounded down; 0 where not even the least volume is."""
        instrument, terms = INSTRUMENTS[symbol], self.account.terms
        a_lot = instrument.contract * self.now.book.rate(instrument.base, terms.currency) / terms.leverage
        wanted = max(self.account.money.equity, Decimal(0)) * Decimal(repr(share)) / a_lot
        return min(wanted, MOST_LOTS).quantize(LOT_STEP, ROUND_DOWN)

    def enter(
        self, symbol: str, side: Side, lots: Decimal, stop: float | None = None, target: float | None = None
    ) -> None:
        """Opens at the market with a stop loss and a take profit that far away; does nothing where it cannot."""
        position = self.account.open(INSTRUMENTS[symbol], side, lots, self.now) if lots else None
        if position is None:
            return
        if stop is not None:
            position.stop_loss(self.distance(symbol, stop))
        if target is not None:
            position.take_profit(self.distance(symbol, target))

    def wait_for(self, symbol: str, kind: OrderKind, away: float, lots: Decimal, target: float) -> None:
        """Places a pending order `away` from the market, on the side where its kind belongs."""
        if not lots or len(self.account.orders) >= MOST_ORDERS:
            return
        below = kind in (OrderKind.BUY_LIMIT, OrderKind.SELL_STOP)
        away_in_price = self.distance(symbol, away)
        price = self.now.book[symbol].opening(kind.side) + (-away_in_price if below else away_in_price)
        self.account.place(INSTRUMENTS[symbol], kind, lots, price, self.now, self.distance(symbol, target))

    def distance(self, symbol: str, basis_points: float) -> Decimal:
        """Basis points as a distance in price, in whole points."""
        instrument: Instrument = INSTRUMENTS[symbol]
        exact = self.now.book[symbol].bid * _BASIS_POINT * Decimal(repr(basis_points))
        return max(exact.quantize(instrument.point), instrument.point)
