"""Each style does what it is known for."""

import itertools
import random
from decimal import Decimal

import pytest

from live.board.rows import Login
from live.feed.simulator import traders
from live.feed.simulator.account import MOST_POSITIONS, Account, Deal, Terms
from live.feed.simulator.desk import MOST_ORDERS, Desk
from live.feed.simulator.market import Market
from live.feed.simulator.positions import OrderKind
from live.feed.simulator.terminal import Terminal
from live.feed.simulator.traders import STYLES, Style
from tests.live.feed.simulator.prices import at

D = Decimal
DAY = 86_400.0


def desk(deposit: str = "10000.00", elapsed: float = 30 * DAY, market: float = 0.0) -> Desk:
    """A look by somebody who has not looked for a month: whatever may come up, comes up."""
    account = Account(Terms(D(deposit)), itertools.count(1))
    source = random.Random(5)
    return Desk(account, Market(source), at(market=market), source, elapsed, ("EURUSD", "GBPUSD", "XAUUSD"))


def later(before: Desk, market: float) -> Desk:
    return before._replace(now=at(market=market))


def test_shares_make_a_whole_and_every_style_has_a_name_of_its_own() -> None:
    assert sum(style.share for style in STYLES) == 100
    assert len({style.name for style in STYLES}) == len(STYLES)


def test_a_scalper_holds_one_position_and_not_for_long() -> None:
    look = desk()
    traders.scalper(look)
    traders.scalper(look)
    [position] = look.positions
    assert position.low is not None
    assert position.high is not None
    traders.scalper(later(look, 16 * 60)._replace(elapsed=0.0))
    assert look.positions == []


def test_a_swing_trader_enters_at_the_market_or_waits_with_a_stop_order() -> None:
    look = desk()
    for _ in range(3):
        traders.swing(look)
    assert len(look.positions) + len(look.account.orders) == 3
    assert look.positions
    assert {order.kind for order in look.account.orders} <= {OrderKind.BUY_STOP, OrderKind.SELL_STOP}


def test_a_trend_follower_goes_with_the_trend_and_leaves_when_it_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    look = desk()
    monkeypatch.setattr(Market, "momentum", lambda *_: 0.001)
    traders.trend_follower(look)
    assert [position.side for position in look.positions] == ["BUY"]
    monkeypatch.setattr(Market, "momentum", lambda *_: -0.0001)
    traders.trend_follower(look)
    assert look.positions == []


def test_a_grid_has_limit_orders_at_even_steps_on_both_sides() -> None:
    look = desk()
    traders.grid(look)
    price = look.now.book["EURUSD"].bid
    steps = sorted(order.price - price for order in look.account.orders)
    assert steps == [D(step) / 10**5 for step in (-297, -198, -99, 99, 198, 297)]
    assert {order.kind for order in look.account.orders} == {OrderKind.BUY_LIMIT, OrderKind.SELL_LIMIT}


def test_a_martingale_player_doubles_after_a_loss_and_begins_anew_after_a_gain() -> None:
    lots = []
    for last in (None, Deal(D("0.50"), D("-55.00")), Deal(D("0.50"), D("55.00")), Deal(D("40.00"), D("-9.00"))):
        look = desk()
        look.account.last_deal = last
        traders.martingale(look)
        lots.append(look.positions[0].lots)
    smallest = lots[0]
    assert lots == [smallest, D("1.00"), smallest, smallest]


def test_a_gambler_puts_at_least_half_of_everything_on_one_card_without_a_stop() -> None:
    look = desk()
    traders.gambler(look)
    [position] = look.positions
    assert position.margin > look.account.money.equity * D("0.45")
    assert position.low is None or position.high is None


def test_a_passive_trader_hardly_ever_trades() -> None:
    looks = [desk(elapsed=1.0) for _ in range(50)]
    for look in looks:
        traders.passive(look)
    assert not any(look.positions for look in looks)


def test_a_blown_account_has_next_to_nothing_left_and_never_trades() -> None:
    [style] = [style for style in STYLES if style.name == "blown"]
    assert style.left < D("0.05")
    look = desk("125.00")
    style.trade(look)
    assert (look.positions, look.account.orders) == ([], [])


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_no_style_holds_more_than_a_terminal_reports_or_trades_what_it_cannot_pay(style: Style) -> None:
    source = random.Random(9)
    market = Market(source)
    account = Account(Terms(D("10000.00")), itertools.count(1))
    terminal = Terminal(Login("1"), account, style, ("EURUSD", "USDJPY", "XAUUSD"), source)
    for _ in range(1_000):
        market.advance(300.0)
        terminal.look(market, at(market.book, market.time), source)
        assert len(account.positions) <= MOST_POSITIONS
        assert len(account.orders) <= MOST_ORDERS
        assert account.money.margin == 0 or account.money.equity * 2 > account.money.margin


def test_lots_are_whole_steps_and_nothing_where_there_is_no_money() -> None:
    lots = [desk(deposit).lots("EURUSD", 0.10) for deposit in ("10000.00", "1234.00", "50.00", "-20.00")]
    assert lots == [D("0.90"), D("0.11"), 0, 0]
