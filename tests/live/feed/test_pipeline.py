"""The worker's loop with a source that the test holds in its hand, on a real database."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from django.db import DataError, IntegrityError, OperationalError, connection

from live.feed.announcer import Announcer
from live.feed.figures import FeedFigures
from live.feed.pace import PAUSED_SECONDS, STEP_SECONDS, pause_after
from live.feed.pipeline import FatalError, Pipeline
from live.feed.source import Condition
from live.feed.store import Commit, Draft, Store
from live.groups import CLOCK_GROUP
from live.wire.announcements import decode_told
from live.wire.outbound import FeedStatus
from marathons.models import FeedWorker, Participant, Standing
from tests.cast import ALICE_LOGIN, make_marathon, make_user, take_part
from tests.live.feed.consuming import PATIENCE, becomes
from tests.live.feed.hand import QUEUE, Hand, Layer, body, equity_of, running, utc
from tests.live.feed.transactions import another_transaction, waits_for

pytestmark = pytest.mark.django_db(transaction=True)


class TroubledStore(Store):
    """A Store whose next commits fail with these errors."""

    errors: list[Exception]

    def commit(self, queue: str, draft: Draft) -> Commit:
        if self.errors:
            raise self.errors.pop(0)
        return super().commit(queue, draft)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def layer() -> Layer:
    return Layer()


@pytest.fixture
def store() -> TroubledStore:
    store = TroubledStore(uuid.uuid4(), 60_000_000, utc)
    store.errors = []
    return store


@pytest.fixture
def pipeline(hand: Hand, layer: Layer, store: TroubledStore) -> Pipeline:
    figures = FeedFigures()
    announcer = Announcer(layer, figures, lambda: 10.0)
    return Pipeline([hand], store, announcer, figures, max_skew=timedelta(days=1), utc=utc, random=lambda: 0.0)


@pytest.fixture
def alice() -> Participant:
    return take_part(make_marathon(utc()), make_user("alice"), ALICE_LOGIN)


class Time:
    """A clock that tests move."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def fed_by(*sources: Hand, layer: Layer, time: Time) -> Pipeline:
    figures = FeedFigures()
    store, announcer = Store(uuid.uuid4(), 60_000_000, time), Announcer(layer, figures, lambda: 10.0)
    return Pipeline(sources, store, announcer, figures, max_skew=timedelta(days=1), utc=time)


@asynccontextmanager
async def by_hand(*sources: Hand, layer: Layer, time: Time) -> AsyncIterator[Pipeline]:
    """One whose ticks are the test's."""
    pipeline = fed_by(*sources, layer=layer, time=time)
    yield pipeline
    pipeline.stop()
    await asyncio.wait_for(pipeline.run(), PATIENCE)  # which drops the connection of its thread


async def test_a_batch_is_committed_then_settled_and_announced(
    pipeline: Pipeline, hand: Hand, layer: Layer, alice: Participant
) -> None:
    async with running(pipeline):
        hand.gives(body(11_000), b"garbage")
        await becomes(lambda: bool(hand.settled) and bool(layer.sent))
    standing = await sync_to_async(Standing.objects.get)(pk=alice.pk)
    assert (standing.equity, standing.score) == (Decimal(11_000), Decimal(10))
    assert [letter.rejected.raw for letter in hand.dead] == [b"garbage"]
    assert layer.sent[0][0].startswith("board.")
    assert (pipeline.figures.objects, pipeline.figures.rejected) == (1, 1)


async def test_a_batch_of_nothing_but_garbage_is_settled_too(pipeline: Pipeline, hand: Hand) -> None:
    async with running(pipeline):
        hand.gives(b"garbage", b"{}")
        await becomes(lambda: bool(hand.settled))
    assert len(hand.dead) == 2


async def test_every_second_it_signs_and_tells_the_clock(pipeline: Pipeline, hand: Hand, layer: Layer) -> None:
    async with running(pipeline):
        hand.gives(body(1), b"garbage")
        await becomes(lambda: any(group == CLOCK_GROUP for group, _ in layer.sent))
    told = decode_told(next(message for group, message in layer.sent if group == CLOCK_GROUP)["body"])
    assert told.feed.status is FeedStatus.LIVE
    worker = await sync_to_async(FeedWorker.objects.get)(queue=QUEUE)
    assert worker.last_object_at is not None
    assert worker.rejected == 1


async def test_a_feed_that_is_lost_is_told_of(pipeline: Pipeline, hand: Hand, layer: Layer) -> None:
    async with running(pipeline):
        await becomes(lambda: bool(layer.sent))
        hand.condition = Condition.CONNECTING
        await becomes(lambda: decode_told(layer.sent[-1][1]["body"]).feed.status is FeedStatus.DOWN)


async def test_a_standby_neither_signs_nor_tells(pipeline: Pipeline, hand: Hand, layer: Layer) -> None:
    hand.condition = Condition.STANDBY
    await pipeline.tick()
    assert layer.sent == []
    assert not await sync_to_async(FeedWorker.objects.exists)()


async def test_no_marathon_ends_while_the_feed_is_lost(hand: Hand, layer: Layer, alice: Participant) -> None:
    """Messages that came in time may be waiting where we cannot reach them."""
    marathon, time = alice.marathon, Time(alice.marathon.ends_at)
    async with by_hand(hand, layer=layer, time=time) as pipeline:
        await pipeline.tick()
        hand.condition, time.now = Condition.CONNECTING, time.now + timedelta(seconds=2)
        await pipeline.tick()
        hand.condition, time.now = Condition.ACTIVE, time.now + timedelta(minutes=2)
        await pipeline.tick()
        await marathon.arefresh_from_db()
        assert marathon.finalised_at is None
        await pipeline.tick()
        await marathon.arefresh_from_db()
        assert marathon.finalised_at == time.now


async def test_a_marathon_ends_also_where_another_worker_has_one_of_the_queues(
    hand: Hand, layer: Layer, alice: Participant
) -> None:
    """Of two workers with the same two queues each may have come first at one of them."""
    marathon, time, other = alice.marathon, Time(alice.marathon.ends_at + timedelta(minutes=2)), Hand()
    other.name, other.condition = "other", Condition.STANDBY
    await sync_to_async(FeedWorker.objects.create)(
        queue=QUEUE, holder=uuid.uuid4(), taken_at=marathon.starts_at, seen_at=marathon.starts_at
    )
    async with by_hand(hand, other, layer=layer, time=time) as pipeline:
        for _ in range(3):
            await pipeline.tick()
    await marathon.arefresh_from_db()
    assert marathon.finalised_at == time.now


async def test_stopping_finishes_what_is_under_way(pipeline: Pipeline, hand: Hand) -> None:
    task = asyncio.create_task(pipeline.run())
    hand.gives(body(7))
    await becomes(lambda: hand.drained)
    pipeline.stop()
    await asyncio.wait_for(task, PATIENCE)
    assert hand.condition is Condition.CLOSED
    assert (await equity_of() == 7) is bool(hand.settled)


async def test_the_database_may_fail_for_a_while(
    pipeline: Pipeline, hand: Hand, store: TroubledStore, caplog: pytest.LogCaptureFixture
) -> None:
    store.errors = [OperationalError("gone")] * 4
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: bool(hand.settled))
    assert await equity_of() == 7
    assert caplog.text.count("the database fails") == 1
    assert caplog.text.count("the database works again") == 1


async def test_nothing_is_settled_before_the_database_has_it(
    pipeline: Pipeline, hand: Hand, store: TroubledStore
) -> None:
    store.errors = [OperationalError("gone")] * 1_000
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: pipeline.figures.retries > 2)
    assert hand.settled == []


@pytest.mark.needs_postgres
async def test_a_killed_connection_is_made_anew(pipeline: Pipeline, hand: Hand) -> None:
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: len(hand.settled) == 1)
        await sync_to_async(_kill_other_connections)()
        hand.gives(body(8))
        await becomes(lambda: len(hand.settled) == 2)
    assert await equity_of() == 8


def _kill_other_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.needs_postgres
async def test_a_deadlock_is_tried_again(pipeline: Pipeline, hand: Hand, alice: Participant) -> None:
    async with another_transaction(deadlock_timeout="50ms") as other:
        await other.execute("SET LOCAL deadlock_timeout = '1min'")  # so that it is the worker who finds and ends it
        await other.execute("UPDATE marathons_account SET server = 'elsewhere'")
        async with running(pipeline):
            hand.gives(body(7))
            await waits_for(other)
            await other.execute("SELECT 1 FROM marathons_clock FOR UPDATE")
            await other.execute("COMMIT")
            await becomes(lambda: bool(hand.settled))
    assert (await equity_of(), pipeline.figures.retries > 0) == (7, True)


@pytest.mark.needs_postgres
async def test_a_serialization_failure_is_tried_again(pipeline: Pipeline, hand: Hand) -> None:
    async with another_transaction(default_transaction_isolation="repeatable read") as other:
        await other.execute("UPDATE marathons_clock SET value = value + 1")
        async with running(pipeline):
            hand.gives(body(7))
            await waits_for(other)
            await other.execute("COMMIT")
            await becomes(lambda: bool(hand.settled))
    assert (await equity_of(), pipeline.figures.retries > 0) == (7, True)


class DiskFullError(Exception):
    """As psycopg's."""

    sqlstate = "53100"


async def test_a_full_disk_ends_the_worker(pipeline: Pipeline, hand: Hand, store: TroubledStore) -> None:
    error = OperationalError("could not extend file")
    error.__cause__ = DiskFullError()
    store.errors = [error]
    hand.gives(body(7))
    with pytest.raises(FatalError, match="disk is full"):
        await asyncio.wait_for(pipeline.run(), PATIENCE)
    assert hand.settled == []


@pytest.mark.needs_postgres
async def test_a_disk_that_postgresql_finds_full_is_known_as_such(pipeline: Pipeline, hand: Hand) -> None:
    await sync_to_async(_execute)(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON marathons_account EXECUTE FUNCTION full_disk()"
    )
    hand.gives(body(7))
    try:
        with pytest.raises(FatalError, match="disk is full"):
            await asyncio.wait_for(pipeline.run(), PATIENCE)
    finally:
        await sync_to_async(_execute)("DROP FUNCTION full_disk CASCADE")
    assert hand.settled == []


def _execute(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements)


async def test_a_mistake_in_the_code_ends_the_worker(pipeline: Pipeline, hand: Hand, store: TroubledStore) -> None:
    store.errors = [KeyError("a bug")]
    hand.gives(body(7))
    with pytest.raises(KeyError):
        await asyncio.wait_for(pipeline.run(), PATIENCE)
    assert (hand.settled, hand.condition) == ([], Condition.CLOSED)


class FastidiousStore(Store):
    """Refuses one login, as a database would refuse a value that nobody thought of."""

    def commit(self, queue: str, draft: Draft) -> Commit:
        if any(said.login == "666" for said in draft.objects):
            raise DataError("such a value")
        return super().commit(queue, draft)


async def test_an_object_that_the_database_refuses_leaves_its_batch_mates_alone(hand: Hand, layer: Layer) -> None:
    figures = FeedFigures()
    store = FastidiousStore(uuid.uuid4(), 60_000_000, utc)
    announcer = Announcer(layer, figures, lambda: 10.0)
    pipeline = Pipeline([hand], store, announcer, figures, max_skew=timedelta(days=1), utc=utc)
    async with running(pipeline):
        hand.gives(body(1, "1"), body(2, "2") + b"\n" + body(3, "666"), body(4, "4"))
        await becomes(lambda: bool(hand.settled))
    assert [await equity_of(login) for login in ("1", "2", "666", "4")] == [1, 2, None, 4]
    assert [letter.rejected.raw for letter in hand.dead] == [body(3, "666")]
    assert figures.objects == 3


async def test_a_participant_that_vanished_stops_nobody(pipeline: Pipeline, hand: Hand, store: TroubledStore) -> None:
    store.errors = [IntegrityError("no such participant")]
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: bool(hand.settled))
    assert (await equity_of(), hand.dead) == (7, [])


async def test_a_batch_that_cannot_be_settled_is_announced_all_the_same(
    pipeline: Pipeline, hand: Hand, layer: Layer, alice: Participant
) -> None:
    hand.lost = True
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: any(group != CLOCK_GROUP for group, _ in layer.sent))
    assert hand.settled == []


async def test_a_settlement_that_waits_holds_up_nobody_else(hand: Hand, layer: Layer) -> None:
    """A broker whose memory is full takes no dead letters until there is room."""
    other = Hand()
    other.name, hand.takes = "other", asyncio.Event()
    async with running(fed_by(hand, other, layer=layer, time=Time(utc()))):
        hand.gives(b"garbage")
        await becomes(lambda: hand.asked == 1)
        other.gives(body(7))
        await becomes(lambda: bool(other.settled))
        assert hand.settled == []
        hand.takes.set()
        await becomes(lambda: bool(hand.settled))


async def test_a_worker_that_was_replaced_steps_back_and_writes_nothing(pipeline: Pipeline, hand: Hand) -> None:
    async with running(pipeline):
        hand.gives(body(7))
        await becomes(lambda: len(hand.settled) == 1)
        await sync_to_async(FeedWorker.objects.update)(holder=uuid.uuid4())
        hand.gives(body(8))
        await becomes(lambda: hand.stepped_back == 1 and hand.drained)
        assert await equity_of() == 7
        hand.gives(body(9))
        await becomes(lambda: len(hand.settled) == 2)
    assert await equity_of() == 9


class Slack(Hand):
    """Takes its time to step back."""

    async def step_back(self) -> None:
        self.stepped_back += 1


async def test_a_worker_that_was_replaced_does_not_take_the_queue_back_for_what_is_left(layer: Layer) -> None:
    hand, holder = Slack(), uuid.uuid4()
    async with running(fed_by(hand, layer=layer, time=Time(utc()))):
        hand.gives(body(7))
        await becomes(lambda: len(hand.settled) == 1)
        await sync_to_async(FeedWorker.objects.update)(holder=holder)
        for equity in (8, 9):
            hand.gives(body(equity))
            await becomes(lambda: hand.stepped_back == 1 and hand.drained)
    assert (await equity_of(), len(hand.settled)) == (7, 1)
    assert (await sync_to_async(FeedWorker.objects.get)()).holder == holder


async def test_a_batch_of_another_tenure_is_left_alone(pipeline: Pipeline, hand: Hand) -> None:
    hand.gives(body(7))
    hand.tenure += 1
    async with running(pipeline):
        await becomes(lambda: hand.drained)
    assert (hand.settled, await equity_of()) == ([], None)


@pytest.mark.parametrize(
    ("took", "paused"),
    [(0.0, STEP_SECONDS), (0.002, STEP_SECONDS - 0.002), (0.02, 0.02), (0.04, 0.01), (PAUSED_SECONDS, 0.0), (3.0, 0.0)],
)
def test_small_steps_leave_half_of_the_time_and_large_ones_follow_each_other(took: float, paused: float) -> None:
    assert pause_after(took) == pytest.approx(paused)
