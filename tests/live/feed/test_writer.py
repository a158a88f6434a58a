"""What a commit sends to the database is what changed; the rows are the same as if all of it had been sent."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from live.board.rows import Login
from live.feed.objects import FeedObject, Kind
from live.feed.store import Store
from marathons.models import Account, Participant, Standing
from tests.cast import ALICE_LOGIN, make_marathon, make_user, take_part
from tests.live.feed.speaking import SECOND, says

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2025, 11, 14, 10, tzinfo=UTC)
QUEUE = "feed"
POSITIONS: list[dict[str, Any]] = [{"ticket": 1}]


@pytest.fixture
def alice() -> Participant:
    return take_part(make_marathon(NOW), make_user("alice"), ALICE_LOGIN)


@pytest.fixture
def store(alice: Participant) -> Store:
    """It has heard alice's snapshot."""
    store = Store(uuid.uuid4(), 60 * SECOND, lambda: NOW)
    store.take(QUEUE)
    store.apply(QUEUE, [says(NOW.timestamp(), Login(ALICE_LOGIN), Kind.ACCOUNT, equity=5, positions=b'[{"ticket":1}]')])
    return store


def update(equity: int, login: str = ALICE_LOGIN, seconds: float = 1) -> FeedObject:
    return says(NOW.timestamp() + seconds, Login(login), equity=equity)


def test_an_update_of_money_leaves_the_positions(store: Store, alice: Participant) -> None:
    commit = store.apply(QUEUE, [update(7)])
    for row in (Account.objects.get(login=ALICE_LOGIN), Standing.objects.get(pk=alice.pk)):
        assert (row.equity, row.stamp, row.positions) == (Decimal(7), commit.seq, POSITIONS)


def test_an_account_that_was_deleted_is_made_again_as_a_whole(store: Store) -> None:
    told = {"balance": 9, "equity": 5, "positions": b'[{"ticket":1}]'}
    store.apply(QUEUE, [says(NOW.timestamp(), Login("777"), Kind.ACCOUNT, **told)])
    Account.objects.filter(login="777").delete()
    store.apply(QUEUE, [update(6, "777"), update(8)])
    again = Account.objects.get(login="777")
    assert (again.balance, again.equity, again.positions) == (Decimal(9), Decimal(6), POSITIONS)
    assert Account.objects.get(login=ALICE_LOGIN).equity == 8


def test_an_account_that_was_deleted_is_made_again_by_a_snapshot_too(store: Store) -> None:
    store.apply(QUEUE, [says(NOW.timestamp(), Login("777"), Kind.ACCOUNT, balance=9)])
    Account.objects.filter(login="777").delete()
    store.apply(QUEUE, [says(NOW.timestamp() + 1, Login("777"), Kind.ACCOUNT, equity=6, positions=b'[{"ticket":1}]')])
    again = Account.objects.get(login="777")
    assert (again.balance, again.equity, again.positions) == (Decimal(9), Decimal(6), POSITIONS)


def test_standings_of_one_account_in_two_marathons_all_follow_it(store: Store, alice: Participant) -> None:
    other = take_part(make_marathon(NOW), alice.user, ALICE_LOGIN)
    store.apply(QUEUE, [update(7)])
    store.apply(QUEUE, [update(8, seconds=2)])
    rows = Standing.objects.filter(pk__in=[alice.pk, other.pk])
    assert [(row.equity, row.positions) for row in rows] == [(Decimal(8), POSITIONS)] * 2


def test_orders_that_change_alone_are_written(store: Store, alice: Participant) -> None:
    orders = says(NOW.timestamp() + 1, Login(ALICE_LOGIN), Kind.ORDERS, orders=b'[{"ticket":2}]')
    store.apply(QUEUE, [orders])
    for row in (Account.objects.get(login=ALICE_LOGIN), Standing.objects.get(pk=alice.pk)):
        assert (row.orders, row.positions) == ([{"ticket": 2}], POSITIONS)


def test_a_standing_that_goes_its_own_way_is_not_written_like_its_account(store: Store, alice: Participant) -> None:
    ended = take_part(make_marathon(NOW, ends_at=NOW + timedelta(seconds=10)), alice.user, ALICE_LOGIN)
    store.apply(QUEUE, [update(7, seconds=5), update(8, seconds=20)])
    rows = [Standing.objects.get(pk=alice.pk), Standing.objects.get(pk=ended.pk)]
    assert [row.equity for row in rows] == [Decimal(8), Decimal(7)]
