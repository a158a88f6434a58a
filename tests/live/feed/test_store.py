"""The worker's transactions on a real database: what they write, whom they let write, what they see of others."""

import os
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.rows import Login, MarathonId, Money, ParticipantId
from live.board.scoring import MONEY_LIMIT, quantize_money
from live.feed.accounts import Snapshot, Times
from live.feed.database import use_own_connection
from live.feed.history import BucketKey, Candle, candle
from live.feed.objects import MICROSECOND, FeedObject, Kind, micros
from live.feed.recent import Recent
from live.feed.sheets import sheets
from live.feed.state import Changes
from live.feed.store import FencedError, Sign, Store
from live.feed.writer import dialect, write
from marathons import actions
from marathons.models import Account, Clock, EquityPoint, FeedWorker, Marathon, Participant, Standing
from marathons.models.snapshot import TOLD
from tests.cast import ALICE_LOGIN, BOB_LOGIN, crowd, make_marathon, make_user, take_part
from tests.live.feed.speaking import says

pytestmark = pytest.mark.django_db(transaction=True)

D = Decimal
NOW = datetime(2025, 11, 14, 10, tzinfo=UTC)
BUCKET = timedelta(minutes=1) // MICROSECOND
QUEUE = "feed"


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def store(clock: Time) -> Store:
    store = Store(uuid.uuid4(), BUCKET, clock)
    store.take(QUEUE)
    return store


@pytest.fixture
def marathon() -> Marathon:
    return make_marathon(NOW)


@pytest.fixture
def alice(marathon: Marathon) -> Participant:
    return take_part(marathon, make_user("alice"), ALICE_LOGIN)


def said(seconds: float = 0, login: str = ALICE_LOGIN, **fields: Any) -> FeedObject:
    """Stamped so many seconds after ten o'clock."""
    return says(NOW.timestamp() + seconds, Login(login), Kind.ACCOUNT, **fields)


def amounts(row: object, names: str) -> list[Decimal | int | None]:
    """The values of some columns."""
    return [getattr(row, name) for name in names.split()]


def standing(participant: Participant) -> Standing:
    return Standing.objects.get(pk=participant.pk)


def test_a_commit_writes_account_standing_and_history(store: Store, alice: Participant) -> None:
    trades = b'[{"currentPrice":1.5,"ticket":18446744073709551615}]'
    fields: dict[str, Any] = {"currency": "USD", "leverage": 100, "positions": trades, "orders": b"[]"}
    commit = store.apply(
        QUEUE, [said(balance=10_000, equity=10_500, profit=500, credit=0, margin=1, free_margin=2, **fields)]
    )
    for row in (standing(alice), Account.objects.get(login=ALICE_LOGIN)):
        assert amounts(row, "balance equity profit margin free_margin credit") == [10_000, 10_500, 500, 1, 2, 0]
        assert (row.currency, row.leverage) == ("USD", 100)
        assert (row.positions, row.orders) == ([{"ticket": 2**64 - 1, "currentPrice": 1.5}], [])
        assert (row.updated_at, row.stamp) == (NOW, commit.seq)
        assert row.times[TOLD.index("equity")] == micros(NOW)
    assert amounts(standing(alice), "score drawdown max_drawdown tier") == [5, 0, 0, 0]
    assert amounts(standing(alice), "equity_high equity_low path_drawdown") == [10_500, 10_500, 0]
    assert EquityPoint.objects.get().bucket == NOW
    assert amounts(EquityPoint.objects.get(), "open high low close balance") == [10_500] * 4 + [10_000]


def test_a_commit_takes_one_stamp_and_tells_whom_it_touched(store: Store, alice: Participant) -> None:
    before = Clock.objects.get().value
    commit = store.apply(QUEUE, [said(equity=5), said(1, equity=6)])
    assert commit.seq == before + 1 == Clock.objects.get().value == Marathon.objects.get().stamp
    assert commit.since == {alice.marathon_id: before}
    (rows,) = map(commit.rows, commit.changed)
    assert [(row.identity.bib, row.money.equity, row.stamp) for row in rows] == [(1, D(6), commit.seq)]


def test_what_changes_nothing_takes_no_stamp(store: Store, alice: Participant) -> None:
    first = store.apply(QUEUE, [said(equity=5)])
    again = store.apply(QUEUE, [said(equity=5), said(-5, equity=5)])
    assert (again.seq, again.changed) == (first.seq, {})


def test_logins_with_every_character_there_is(store: Store) -> None:
    logins = ["'", '"', "\\", "{},", "%s", "NULL", "ü", "1;drop", "\\\\n"]
    store.apply(QUEUE, [said(0, login, equity=5, currency='U",\\') for login in logins])
    assert set(Account.objects.values_list("login", flat=True)) == set(logins)
    assert set(Account.objects.values_list("currency", flat=True)) == {'U",\\'}


amount = st.none() | st.decimals(-MONEY_LIMIT + 1, MONEY_LIMIT - 1, places=8).map(quantize_money)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.dictionaries(st.text(st.sampled_from('1n"\\{},'), min_size=1, max_size=4), amount, min_size=1, max_size=4))
def test_any_logins_and_amounts_arrive_as_they_are(amounts: dict[str, Decimal | None]) -> None:
    known = {Login(login): Snapshot(Money(equity=one), b"[]", b"[]", Times(), 1) for login, one in amounts.items()}
    write(sheets(dialect(), Changes(known), {}), 1)
    assert dict(Account.objects.filter(login__in=amounts).values_list("login", "equity")) == amounts


def test_unknown_logins_are_kept_for_who_joins_later(store: Store, marathon: Marathon) -> None:
    store.apply(QUEUE, [said(equity=11_000)])
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    commit = store.tick([])
    assert standing(alice).score == 10
    assert len(commit.rows(MarathonId(marathon.pk))) == 1


def test_who_joins_begins_with_what_came_before_the_message_that_comes_first(store: Store, marathon: Marathon) -> None:
    store.apply(QUEUE, [said(equity=12_000)])
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(1, equity=9_000)])
    assert amounts(standing(alice), "equity_high equity_low max_drawdown") == [12_000, 9_000, 25]


def test_memory_after_a_restart_is_what_it_was(store: Store, alice: Participant) -> None:
    take_part(alice.marathon, make_user("bob"), BOB_LOGIN)
    trades = b'[{"currentPrice":1.5,"type":"BUY"}]'
    store.apply(QUEUE, [said(0, equity=1_000, positions=trades), said(1, equity=5_000), said(2, equity=3_000)])
    store.apply(QUEUE, [said(0, BOB_LOGIN, equity=7, currency="EUR")])
    before = memory(store)
    store.forget()
    assert store.tick([]).changed == {}
    assert memory(store) == before


def test_times_are_read_as_an_older_worker_writes_them(store: Store, alice: Participant) -> None:
    store.apply(QUEUE, [said(0, balance=1_000, equity=1_000), said(1, equity=5_000)])
    before = memory(store)
    for model in (Account, Standing):
        row = model.objects.get(equity=5_000)
        model.objects.update(times={name: time for name, time in zip(TOLD, row.times, strict=True) if time})
    store.forget()
    store.tick([])
    assert memory(store) == before


def memory(store: Store) -> dict[str, Any]:
    """What a store remembers, but for what the database does not keep and how often it has changed."""
    known = {name: value for name, value in vars(store._state).items() if name != "marks"}
    known["participants"] = {key: replace(one, recent=Recent()) for key, one in known["participants"].items()}
    return known


# Who may write -------------------------------------------------------------------------------------------------------


def test_only_the_holder_of_a_queue_writes(store: Store, clock: Time, alice: Participant) -> None:
    successor = Store(uuid.uuid4(), BUCKET, clock)
    successor.take(QUEUE)
    with pytest.raises(FencedError):
        store.apply(QUEUE, [said(equity=5)])
    with pytest.raises(FencedError):
        store.tick([Sign(QUEUE, None, 0)])
    successor.apply(QUEUE, [said(equity=6)])
    assert standing(alice).equity == 6


def test_a_sign_of_life_is_kept(store: Store, clock: Time) -> None:
    clock.now += timedelta(seconds=7)
    store.tick([Sign(QUEUE, NOW, 3)])
    store.tick([Sign(QUEUE, None, 2)])
    worker = FeedWorker.objects.get()
    assert (worker.seen_at, worker.last_object_at, worker.rejected) == (clock.now, NOW, 5)


@pytest.mark.needs_postgres
def test_a_server_that_vanished_in_the_middle_of_an_answer_is_noticed_within_seconds() -> None:
    with ThreadPoolExecutor(1, initializer=use_own_connection) as thread:
        idle, interval, count = thread.submit(_keepalives).result()
    assert idle + interval * count <= 5


def _keepalives() -> list[int]:
    """Seconds of silence before the first probe, between two of them, and how many; the connection is closed."""
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        values = [wire.getsockopt(socket.IPPROTO_TCP, option) for option in options]
    connection.close()
    return values


def test_two_workers_on_two_queues_see_each_other(store: Store, clock: Time, alice: Participant) -> None:
    other = Store(uuid.uuid4(), BUCKET, clock)
    other.take("other")
    store.apply(QUEUE, [said(1, equity=5_000)])
    other.apply("other", [said(2, equity=3_000)])
    store.apply(QUEUE, [said(0, equity=1_000), said(3, balance=7)])
    assert amounts(standing(alice), "equity balance equity_high max_drawdown") == [3_000, 7, 5_000, 90]


def test_what_another_worker_was_told_of_an_account_is_not_lost(store: Store, clock: Time) -> None:
    """Also of one that is in no marathon, where no board tells of it."""
    store.apply(QUEUE, [said(1, equity=5_000)])
    other = Store(uuid.uuid4(), BUCKET, clock)
    other.take("other")
    store.tick([])
    other.apply("other", [said(2, equity=3_000)])
    store.tick([])
    store.apply(QUEUE, [said(0, equity=1_000), said(3, balance=7)])
    assert amounts(Account.objects.get(login=ALICE_LOGIN), "equity balance") == [3_000, 7]


# What others change --------------------------------------------------------------------------------------------------


def corrections() -> list[tuple[str, Callable[[Participant], object], Callable[[Standing], object], object]]:
    return [
        ("baseline", lambda one: actions.set_baseline(one, D(5_000), NOW), lambda row: row.score, D(100)),
        ("disqualified", lambda one: actions.disqualify(one, "cheating"), lambda row: row.tier, 2),
        (
            "marathon's baseline",
            lambda one: _change(one.marathon, initial_balance=D(8_000)),
            lambda row: row.score,
            D(25),
        ),
    ]


def _change(marathon: Marathon, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(marathon, name, value)
    actions.save_marathon(marathon)


@pytest.mark.parametrize(
    ("change", "read", "value"), [case[1:] for case in corrections()], ids=[case[0] for case in corrections()]
)
def test_what_organisers_change_takes_effect_with_the_next_tick(
    store: Store, alice: Participant, change: Any, read: Any, value: object
) -> None:
    store.apply(QUEUE, [said(equity=10_000)])
    change(alice)
    store.tick([])
    assert read(standing(alice)) == value


def test_what_organisers_change_takes_effect_with_the_next_message(store: Store, alice: Participant) -> None:
    store.apply(QUEUE, [said(equity=10_000)])
    actions.disqualify(alice, "cheating")
    commit = store.apply(QUEUE, [said(1, equity=11_000)])
    (row,) = commit.rows(MarathonId(alice.marathon_id))
    assert (row.identity.status, row.identity.reason) == ("disqualified", "cheating")
    assert standing(alice).tier == 2


def test_a_marathon_made_while_it_runs_is_seen(store: Store) -> None:
    store.tick([])
    alice = take_part(make_marathon(NOW), make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(equity=10_000)])
    assert standing(alice).equity == 10_000


def test_a_database_put_back_to_yesterday_is_read_anew(store: Store, alice: Participant) -> None:
    store.apply(QUEUE, [said(equity=10_000)])
    Clock.objects.update(value=0)
    Account.objects.update(equity=None, times=[])
    Standing.objects.update(equity=None, times=[])
    store.apply(QUEUE, [said(equity=10_000)])
    assert standing(alice).equity == 10_000


def test_a_database_of_another_epoch_is_read_anew(store: Store, alice: Participant) -> None:
    """By chance its clock may show the same value."""
    store.apply(QUEUE, [said(equity=10_000, balance=5)])
    draft = store.draft([said(1, equity=11_000)])
    Clock.objects.update(epoch="other")
    Account.objects.update(balance=None, equity=None, times=[])
    Standing.objects.update(balance=None, equity=None, times=[])
    store.commit(QUEUE, draft)
    assert amounts(standing(alice), "balance equity") == [None, 11_000]


def test_a_new_epoch_is_seen(store: Store, alice: Participant) -> None:
    from marathons.clock import new_epoch

    store.apply(QUEUE, [said(equity=10_000)])
    assert store.apply(QUEUE, [said(1, equity=11_000)]).epoch != (epoch := new_epoch())
    assert store.apply(QUEUE, [said(2, equity=12_000)]).epoch == epoch


def test_what_somebody_else_changes_is_read_as_it_is_stored_and_not_as_it_is_foreseen(
    store: Store, alice: Participant
) -> None:
    """Also where only values are different, not their times."""
    store.apply(QUEUE, [said(equity=10_000, balance=5)])
    draft = store.draft([said(balance=7)])
    actions.disqualify(alice, "cheating")
    store.commit(QUEUE, draft)
    assert (standing(alice).balance, standing(alice).tier) == (D(7), 2)


# Baselines and ends --------------------------------------------------------------------------------------------------


def test_a_captured_baseline_is_stored_with_its_message(store: Store) -> None:
    marathon = make_marathon(NOW, initial_balance=None)
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(equity=10_500, credit=500)])
    alice.refresh_from_db()
    assert (alice.initial_balance, alice.baseline_source, alice.baseline_at) == (D(10_000), "captured", NOW)
    assert alice.baseline_message is not None
    assert alice.baseline_message["type"] == "account"
    assert D(alice.baseline_message["equity"]) == 10_500
    store.forget()
    store.apply(QUEUE, [said(-5, equity=9_000, credit=0)])
    alice.refresh_from_db()
    assert alice.initial_balance == 9_000


def test_credit_is_taken_off_a_stored_baseline_too(store: Store) -> None:
    alice = take_part(make_marathon(NOW, initial_balance=None), make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(2, equity=10_500)])
    store.forget()
    store.apply(QUEUE, [said(1, credit=500)])
    alice.refresh_from_db()
    assert alice.initial_balance == 10_000


def test_a_baseline_is_found_to_be_older_than_thought_at_the_same_amount(store: Store) -> None:
    alice = take_part(make_marathon(NOW, initial_balance=None), make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(2, equity=10_000)])
    store.apply(QUEUE, [said(1, equity=10_000)])
    alice.refresh_from_db()
    assert (alice.initial_balance, alice.baseline_at) == (D(10_000), NOW + timedelta(seconds=1))


def test_final_ranks_are_stored_once_and_again_after_a_correction(store: Store, clock: Time) -> None:
    marathon = make_marathon(NOW, ends_at=NOW + timedelta(hours=1))
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    bob = take_part(marathon, make_user("bob"), BOB_LOGIN)
    store.apply(QUEUE, [said(equity=11_000), said(0, BOB_LOGIN, equity=12_000)])
    clock.now = marathon.ends_at + timedelta(seconds=61)
    store.tick([])
    store.tick([])
    ranks = Participant.objects.values_list("user__first_name", "final_rank")
    assert dict(ranks) == {"Alice": 2, "Bob": 1}
    marathon.refresh_from_db()
    assert marathon.finalised_at == clock.now
    store.apply(QUEUE, [said(1, equity=20_000)])
    assert standing(alice).equity == 11_000
    actions.disqualify(bob, "cheating")
    store.tick([])
    assert dict(ranks.all()) == {"Alice": 1, "Bob": None}


def test_a_draft_does_not_move_what_another_worker_has_ended_meanwhile(store: Store, clock: Time) -> None:
    marathon = make_marathon(NOW, ends_at=NOW + timedelta(hours=1))
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    store.apply(QUEUE, [said(equity=11_000)])
    clock.now = marathon.ends_at + timedelta(seconds=60)
    draft = store.draft([said(3_599, equity=12_000)])
    clock.now += timedelta(seconds=1)
    other = Store(uuid.uuid4(), BUCKET, clock)
    other.take("other")
    other.tick([])
    store.commit(QUEUE, draft)
    marathon.refresh_from_db()
    assert (standing(alice).equity, marathon.finalised_at) == (D(11_000), clock.now)


def test_final_ranks_are_those_of_what_is_stored_and_not_of_what_is_foreseen(store: Store, clock: Time) -> None:
    marathon = make_marathon(NOW, ends_at=NOW + timedelta(hours=1))
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    take_part(marathon, make_user("bob"), BOB_LOGIN)
    store.apply(QUEUE, [said(equity=11_000), said(0, BOB_LOGIN, equity=12_000)])
    clock.now = marathon.ends_at + timedelta(seconds=60)
    draft = store.draft([said(3_599, equity=13_000)])
    clock.now += timedelta(seconds=1)
    store.tick([])
    store.commit(QUEUE, draft)
    alice.refresh_from_db()
    assert (alice.final_rank, standing(alice).equity) == (2, D(11_000))


@pytest.mark.parametrize("has_memory", [False, True])
def test_what_waited_for_the_database_counts_after_the_end(store: Store, clock: Time, has_memory: bool) -> None:
    """It came in time, and stood in the queue until the database was back: minutes after the grace."""
    marathon = make_marathon(NOW, ends_at=NOW + timedelta(hours=1))
    alice = take_part(marathon, make_user("alice"), ALICE_LOGIN)
    if has_memory:
        store.tick([])
    clock.now = marathon.ends_at - timedelta(seconds=1)
    store.absence.look(micros(clock.now), listening=True, drained=True)
    clock.now += timedelta(minutes=5)
    store.apply(QUEUE, [said(3_599, equity=11_000)])
    store.tick([])
    marathon.refresh_from_db()
    assert (standing(alice).equity, marathon.finalised_at) == (D(11_000), None)
    for _ in range(2):
        store.absence.look(micros(clock.now), listening=True, drained=True)
    store.tick([])
    marathon.refresh_from_db()
    assert marathon.finalised_at == clock.now


# History -------------------------------------------------------------------------------------------------------------

seen = st.tuples(st.integers(1, 9).map(D), st.integers(0, 59).map(lambda second: micros(NOW) + second * 1_000_000))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(seen, min_size=1, max_size=5, unique_by=lambda one: one[1]), st.randoms())
def test_the_database_joins_candles_as_we_do(
    alice: Participant, equities: list[tuple[Decimal, int]], random: Any
) -> None:
    EquityPoint.objects.all().delete()
    key = BucketKey(ParticipantId(alice.pk), micros(NOW))
    one = candle(*_args(equities[0]))
    for equity in equities[1:]:
        one = one.joined(candle(*_args(equity)))
    random.shuffle(equities)
    for equity in [*equities, equities[0]]:
        write(sheets(dialect(), Changes(candles={key: candle(*_args(equity))}), {}), 1)
    point = EquityPoint.objects.get()
    assert _candle_of(point) == one


def _args(seen: tuple[Decimal, int]) -> tuple[Decimal, Decimal, int]:
    return seen[0], seen[0], seen[1]


def _candle_of(point: EquityPoint) -> Candle:
    values: Any = [getattr(point, name) for name in ("open", "high", "low", "close", "balance")]
    times: Any = [micros(point.opened_at), micros(point.closed_at)]
    return Candle(*values, *times)


def test_many_rows_go_in_parts(store: Store) -> None:
    store.apply(QUEUE, [said(0, str(number), equity=number) for number in range(1, 4_500)])
    assert Account.objects.filter(equity__gt=0).count() == 4_499


def test_the_number_of_statements_does_not_grow_with_the_batch(
    store: Store, alice: Participant, django_assert_max_num_queries: Any
) -> None:
    crowd(alice.marathon, 50)
    store.tick([])
    store.apply(QUEUE, [said(equity=5)])
    with django_assert_max_num_queries(12):
        store.apply(QUEUE, [said(1, f"{900_000 + number % 50}", equity=number) for number in range(1, 500)])
