"""The merge: any order, any duplicates, one result."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from live.board.rows import Login
from live.feed.accounts import EMPTY, Snapshot, merge, within
from live.feed.objects import Carried, FeedObject, Kind

D = Decimal


def message(stamp: int, kind: Kind = Kind.UPDATE, **carried: Any) -> FeedObject:
    return FeedObject(kind, Login("1"), stamp, Carried(**carried))


def merged(*messages: FeedObject) -> Snapshot:
    snapshot = EMPTY
    for one in messages:
        snapshot = merge(snapshot, one)
    return snapshot


amounts = st.none() | st.integers(1, 9).map(Decimal)
trades = st.none() | st.sampled_from([b"[]", b'[{"ticket":1}]', b'[{"ticket":2}]'])
fields: dict[str, st.SearchStrategy[Any]] = {
    "balance": amounts,
    "equity": amounts,
    "credit": amounts,
    "currency": st.sampled_from([None, "USD", "EUR"]),
    "leverage": st.sampled_from([None, 100, 500]),
    "positions": trades,
    "orders": trades,
}
fields_of: dict[Kind, dict[str, st.SearchStrategy[Any]]] = {
    Kind.ACCOUNT: fields,
    Kind.UPDATE: fields,
    Kind.POSITIONS: {"positions": trades},
    Kind.ORDERS: {"orders": trades},
}


@st.composite
def any_message(draw: st.DrawFn, stamp: int) -> FeedObject:
    kind = draw(st.sampled_from(Kind))
    return message(stamp, kind, **draw(st.fixed_dictionaries({}, optional=fields_of[kind])))


histories = st.integers(1, 8).flatmap(lambda count: st.tuples(*map(any_message, range(1, count + 1)))).map(list)


@given(histories, st.data())
def test_any_order_with_any_duplicates_ends_in_the_same_snapshot(
    history: list[FeedObject], data: st.DataObject
) -> None:
    doubled = history + data.draw(st.lists(st.sampled_from(history), max_size=5))
    assert merged(*data.draw(st.permutations(doubled))) == merged(*history)


@given(histories)
def test_a_message_seen_before_changes_nothing(history: list[FeedObject]) -> None:
    snapshot = merged(*history)
    assert all(merge(snapshot, one) is snapshot for one in history)


@given(histories)
def test_each_field_has_the_last_value_that_was_told(history: list[FeedObject]) -> None:
    snapshot = merged(*history)
    for name in ("balance", "equity", "credit"):
        told = [getattr(one.carried, name) for one in history if getattr(one.carried, name) is not None]
        assert getattr(snapshot.money, name) == (told[-1] if told else None)


def test_a_late_message_still_tells_what_nothing_newer_told() -> None:
    snapshot = merged(message(5, equity=D(5)), message(3, equity=D(3), balance=D(3)))
    assert (snapshot.money.equity, snapshot.money.balance) == (D(5), D(3))
    assert snapshot.newest == 5


def test_of_two_messages_of_one_time_the_later_arrival_counts() -> None:
    assert merged(message(5, equity=D(5)), message(5, equity=D(6))).money.equity == 6


def test_groups_are_ordered_separately() -> None:
    snapshot = merged(message(5, Kind.POSITIONS, positions=b"[1]"), message(3, Kind.ORDERS, orders=b"[2]"))
    assert (snapshot.positions, snapshot.orders) == (b"[1]", b"[2]")


def test_a_message_about_trades_leaves_the_money_as_it_is() -> None:
    before = merged(message(1, equity=D(5)))
    assert merge(before, message(2, Kind.POSITIONS, positions=b"[1]")).money is before.money


def test_all_of_an_account_that_only_spoke_inside_a_marathon_counts_there() -> None:
    snapshot = merged(message(5, equity=D(5)), message(7, balance=D(7)))
    assert within(snapshot, 5, 7) is snapshot


def test_nothing_counts_in_a_marathon_that_starts_later() -> None:
    assert within(merged(message(5, equity=D(5))), 6, 9) == EMPTY


def test_nothing_counts_in_a_marathon_that_ended_before() -> None:
    assert within(merged(message(5, equity=D(5), credit=D(1))), 1, 4) == EMPTY


def test_only_what_was_told_inside_a_marathon_counts_there() -> None:
    snapshot = merged(message(2, balance=D(2)), message(5, equity=D(5)), message(9, profit=D(9)))
    assert within(snapshot, 4, 6) == merged(message(5, equity=D(5)))


def test_credit_currency_and_leverage_count_from_before_the_start() -> None:
    before = message(2, credit=D(100), currency="USD", leverage=50)
    snapshot = merged(before, message(5, equity=D(5)))
    assert within(snapshot, 4, 6) == snapshot
    assert within(merged(before, message(3, equity=D(3))), 4, 6) == merged(before)
