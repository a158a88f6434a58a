"""How the people behind the terminals trade: one function a style, looking at a Desk. fleet.py deals them out.

None of them has an edge: what they differ in is how often they trade, how much they risk and how they end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from live.feed.simulator.desk import Desk
from live.feed.simulator.instruments import Side
from live.feed.simulator.positions import OrderKind

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_MOMENTUM = 0.0004
"""Distance of the averages, as a share of the price, that a trend follower takes for a trend."""
_GRID_STEP = 9.0
_MARTINGALE_END = 0.4
"""Share of equity as margin at which even a martingale player starts again from the smallest stake."""


def scalper(desk: Desk) -> None:
    """In and out within minutes, a few points at a time, one position."""
    for position in list(desk.positions):
        if desk.age(position) > 15 * _MINUTE:
            desk.account.close(position)
    if not desk.positions and desk.comes_up(12 * _MINUTE):
        symbol = desk.any_symbol()
        desk.enter(symbol, desk.any_side(), desk.lots(symbol, desk.random.uniform(0.03, 0.08)), stop=7, target=7)


def swing(desk: Desk) -> None:
    """Holds for hours or days; enters at the market or waits with a stop order for the break-out."""
    if len(desk.positions) + len(desk.account.orders) < 3 and desk.comes_up(3 * _HOUR):
        symbol = desk.any_symbol()
        lots = desk.lots(symbol, desk.random.uniform(0.02, 0.05))
        if desk.random.random() < 0.5:
            desk.enter(symbol, desk.any_side(), lots, stop=60, target=110)
        else:
            kind = desk.random.choice((OrderKind.BUY_STOP, OrderKind.SELL_STOP))
            desk.wait_for(symbol, kind, 12, lots, target=110)
    for position in list(desk.positions):
        if desk.age(position) > 3 * _DAY:
            desk.account.close(position)


def trend_follower(desk: Desk) -> None:
    """Goes with the averages, adds while they last, leaves when they cross."""
    for position in list(desk.positions):
        forward = 1 if position.side is Side.BUY else -1
        if desk.market.momentum(position.instrument.symbol) * forward < 0:
            desk.account.close(position)
    symbol = desk.any_symbol()
    momentum = desk.market.momentum(symbol)
    if abs(momentum) > _MOMENTUM and len(desk.positions) < 4 and desk.comes_up(20 * _MINUTE):
        side = Side.BUY if momentum > 0 else Side.SELL
        desk.enter(symbol, side, desk.lots(symbol, 0.04), stop=45)


def grid(desk: Desk) -> None:
    """Limit orders at even steps on both sides of one symbol; moved when the market has left them behind."""
    symbol = desk.favourites[0]
    orders = desk.account.orders
    if orders and not desk.comes_up(4 * _HOUR):
        return
    if not orders and not desk.comes_up(2 * _MINUTE):
        return
    for order in list(orders):
        desk.account.cancel(order)
    lots = desk.lots(symbol, 0.02)
    for step in (1, 2, 3):
        desk.wait_for(symbol, OrderKind.BUY_LIMIT, step * _GRID_STEP, lots, target=_GRID_STEP)
        desk.wait_for(symbol, OrderKind.SELL_LIMIT, step * _GRID_STEP, lots, target=_GRID_STEP)


def martingale(desk: Desk) -> None:
    """Doubles after every loss until one gain pays for all of them, or there is nothing left to double."""
    if desk.positions or not desk.comes_up(6 * _MINUTE):
        return
    symbol = desk.favourites[0]
    smallest, last = desk.lots(symbol, 0.02), desk.account.last_deal
    lots = last.lots * 2 if last is not None and last.result < 0 else smallest
    if lots > desk.lots(symbol, _MARTINGALE_END):
        lots = smallest
    desk.enter(symbol, desk.any_side(), lots, stop=10, target=10)


def gambler(desk: Desk) -> None:
    """All on one card, without a stop: doubles the account or is stopped out by the server."""
    if not desk.positions and desk.comes_up(_HOUR):
        symbol = desk.any_symbol()
        desk.enter(symbol, desk.any_side(), desk.lots(symbol, desk.random.uniform(0.5, 0.9)), target=80)


def passive(desk: Desk) -> None:
    """Joined, and hardly looks."""
    if not desk.positions and desk.comes_up(2 * _DAY):
        symbol = desk.any_symbol()
        desk.enter(symbol, desk.any_side(), desk.lots(symbol, 0.02), stop=80, target=80)


def blown(desk: Desk) -> None:
    """Lost nearly everything before the feed began; the terminal still runs, and there is nothing to trade with."""


@dataclass(frozen=True, slots=True)
class Style:
    """A way to trade, how many of a hundred traders have it, and what is left of the deposit when the feed begins."""

    trade: Callable[[Desk], None]
    share: int
    left: Decimal = Decimal(1)

    @property
    def name(self) -> str:
        return self.trade.__name__


STYLES: tuple[Style, ...] = (
    Style(scalper, 22),
    Style(swing, 20),
    Style(trend_follower, 16),
    Style(grid, 12),
    Style(martingale, 10),
    Style(gambler, 6),
    Style(passive, 11),
    Style(blown, 3, left=Decimal("0.0125")),
)
