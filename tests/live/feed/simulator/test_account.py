"""What the trade server does to an account."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.feed.simulator.account import Account, News, Terms
from live.feed.simulator.instruments import INSTRUMENTS, Side
from live.feed.simulator.positions import OrderKind, Position
from tests.live.feed.simulator.prices import at, book

D = Decimal
EURUSD, GBPUSD, XAUUSD = (INSTRUMENTS[symbol] for symbol in ("EURUSD", "GBPUSD", "XAUUSD"))


def account(deposit: str = "10000.00", currency: str = "USD", credit: str = "0.00") -> Account:
    return Account(Terms(D(deposit), currency, credit=D(credit)), itertools.count(5_000_000_000))


def opened(holder: Account, lots: str = "1.00", side: Side = Side.BUY) -> Position:
    position = holder.open(EURUSD, side, D(lots), at())
    assert position is not None
    return position


def test_a_position_moves_the_equity_and_binds_margin_but_leaves_the_balance() -> None:
    holder = account()
    opened(holder, "0.10")
    holder.settle(at(book(EURUSD="1.10500")))
    assert holder.money == (D("9999.30"), D("10049.30"), D("50.00"), D("110.00"), D("9939.30"))


def test_commission_is_taken_from_the_balance_when_the_position_is_opened() -> None:
    holder = account()
    assert opened(holder, "0.50").commission == D("-3.50")
    assert holder.balance == D("9996.50")


def test_closing_turns_what_floats_into_balance() -> None:
    holder = account()
    position = opened(holder)
    holder.settle(at(book(EURUSD="1.10100")))
    before = holder.money
    holder.close(position)
    assert holder.money.equity == before.equity == holder.balance
    assert holder.money.margin == holder.money.profit == 0


def test_credit_counts_in_the_equity_and_not_in_the_balance() -> None:
    money = account(credit="500.00").money
    assert (money.balance, money.equity, money.free_margin) == (D("10000.00"), D("10500.00"), D("10500.00"))


def test_a_position_that_the_free_margin_cannot_carry_is_not_opened() -> None:
    holder = account("1000.00")
    assert holder.open(EURUSD, Side.BUY, D("1.00"), at()) is None
    assert (holder.balance, holder.positions) == (D("1000.00"), [])


def test_a_euro_account_is_kept_in_euros() -> None:
    holder = account(currency="EUR")
    opened(holder, "0.10")
    holder.settle(at(book(EURUSD="1.10500")))
    assert holder.money.margin == D("100.00")
    assert holder.money.profit == D("45.25")  # 50 USD at 1.105


def test_stop_out_closes_the_worst_position_first_and_spares_the_rest_when_that_suffices() -> None:
    holder = account("3000.00")
    bad, good = opened(holder), opened(holder, side=Side.SELL)
    holder.settle(at(book(EURUSD="1.08000")))  # hedged: equity stays, then the spread of prices opens
    assert holder.positions == [bad, good]
    holder.settle(at(book(EURUSD=("1.08000", "1.09900"))))  # bad -2000, good +100: equity 1086, margin 2200
    assert holder.positions == [good]
    assert holder.balance == D("986.00")


def test_stop_out_goes_on_until_the_level_is_above_half() -> None:
    holder = account("3000.00")
    opened(holder), opened(holder)
    holder.settle(at(book(EURUSD="1.08000")))
    assert holder.positions == []
    assert holder.balance == D("-1014.00")  # a gap: the server could not close any earlier


@pytest.mark.parametrize(("price", "left"), [("1.09550", 0), ("1.09551", 1)])
def test_stop_out_strikes_at_a_margin_level_of_50_percent(price: str, left: int) -> None:
    holder = account("1007.00")  # 1000.00 after commission; margin 1100.00, so 50 % is an equity of 550.00
    position = opened(account("2000.00"))
    holder.balance, holder.positions = D("1000.00"), [position]
    holder.settle(at(book(EURUSD=price)))
    assert len(holder.positions) == left


def test_a_stop_loss_and_a_take_profit_close_the_position() -> None:
    for price, side, closes in [
        ("1.09900", Side.BUY, True),
        ("1.10200", Side.BUY, True),
        ("1.10199", Side.BUY, False),
        ("1.10100", Side.SELL, True),
        ("1.09800", Side.SELL, True),
        ("1.09801", Side.SELL, False),
    ]:
        holder = account()
        position = opened(holder, "0.10", side)
        position.stop_loss(D("0.00100"))
        position.take_profit(D("0.00200"))
        holder.settle(at(book(EURUSD=price)))
        assert (holder.positions == []) is closes, (price, side)


@pytest.mark.parametrize(
    ("kind", "price", "short_of", "there"),
    [
        (OrderKind.BUY_LIMIT, "1.09500", "1.09501", "1.09500"),
        (OrderKind.SELL_LIMIT, "1.10500", "1.10499", "1.10500"),
        (OrderKind.BUY_STOP, "1.10500", "1.10499", "1.10500"),
        (OrderKind.SELL_STOP, "1.09500", "1.09501", "1.09500"),
    ],
)
def test_a_pending_order_fills_when_the_market_reaches_its_price(
    kind: OrderKind, price: str, short_of: str, there: str
) -> None:
    holder = account()
    holder.place(EURUSD, kind, D("0.10"), D(price), at(), D("0.00300"))
    holder.settle(at(book(EURUSD=short_of)))
    assert (len(holder.orders), holder.positions) == (1, [])
    holder.settle(at(book(EURUSD=there)))
    assert holder.orders == []
    assert [(position.side, position.open_price) for position in holder.positions] == [(kind.side, D(there))]
    target = holder.positions[0].high if kind.side is Side.BUY else holder.positions[0].low
    assert target == D(there) + (D("0.00300") if kind.side is Side.BUY else D("-0.00300"))


def test_a_pending_order_that_the_free_margin_cannot_carry_is_dropped() -> None:
    holder = account("100.00")
    holder.place(EURUSD, OrderKind.BUY_LIMIT, D("1.00"), D("1.10000"), at(), D("0.00300"))
    holder.settle(at())
    assert (holder.orders, holder.positions) == ([], [])


def test_swap_is_booked_on_positions_and_counts_in_the_equity() -> None:
    holder = account()
    position = opened(holder)
    holder.roll_over(3, book())
    assert position.swap == D("-21.60")
    assert holder.money.equity == holder.balance + position.profit + position.swap


def test_news_is_told_once() -> None:
    holder = account()
    holder.close(opened(holder, "0.10"))
    holder.place(EURUSD, OrderKind.BUY_LIMIT, D("0.10"), D("1.09000"), at(), D("0.00300"))
    assert holder.take_news() == News(opened=True, closed=True, orders=True)
    assert holder.take_news() == News(opened=False, closed=False, orders=False)


points = st.integers(-3_000, 3_000)
steps = st.lists(
    st.tuples(
        st.sampled_from([EURUSD, GBPUSD, XAUUSD]),
        st.sampled_from(Side),
        st.integers(0, 200),
        points,
        points,
        st.integers(0, 2),
    ),
    max_size=25,
)


@given(steps, st.sampled_from(["USD", "EUR"]), st.integers(0, 1_000))
def test_the_books_balance_whatever_happens(
    plan: list[tuple[object, Side, int, int, int, int]], currency: str, credit: int
) -> None:
    holder = account("5000.00", currency, f"{credit}.00")
    for instrument, side, hundredths, euro, pound, nights in plan:
        prices = book(EURUSD=str(D("1.1") + D(euro) / 10**5), GBPUSD=str(D("1.265") + D(pound) / 10**5))
        holder.settle(at(prices))
        money, held = holder.money, holder.positions
        assert money.equity == money.balance + D(credit) + sum(each.profit + each.swap for each in held)
        assert money.profit == sum(each.profit + each.swap for each in held)
        assert money.margin == sum(each.margin for each in held)
        assert money.free_margin == money.equity - money.margin
        assert not held or money.equity * 2 > money.margin  # nobody is left at or under 50 %
        if hundredths:
            assert isinstance(instrument, type(EURUSD))
            holder.open(instrument, side, D(hundredths) / 100, at(prices))
        holder.roll_over(nights, prices)
