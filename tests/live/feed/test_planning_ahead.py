"""Batches are planned while the one before them is written; what that may not change, whatever fails."""

import asyncio
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Literal

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from live.feed.absence import QUIET_LOOKS
from live.feed.announcer import Announcer
from live.feed.figures import FeedFigures
from live.feed.objects import FeedObject
from live.feed.pipeline import Pipeline
from live.feed.sheets import Sheet
from live.feed.source import Batch, Condition
from live.feed.state import Changes, State
from live.feed.store import Commit, Store
from live.feed.turn import Turn
from live.groups import CLOCK_GROUP
from live.wire.announcements import decode_announcement
from marathons.actions import disqualify
from marathons.models import Participant, Standing, Tier
from tests.cast import ALICE_LOGIN, make_marathon, make_user, take_part
from tests.live.feed.consuming import PATIENCE, becomes
from tests.live.feed.hand import Hand, Layer, body, running, utc

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def layer() -> Layer:
    return Layer()


@pytest.fixture
def alice() -> Participant:
    return take_part(make_marathon(utc()), make_user("alice"), ALICE_LOGIN)


class SlowStore(Store):
    """Writes when it is let. `plans` counts what was planned; the next write fails with `error`, if there is one."""

    def __init__(self) -> None:
        super().__init__(uuid.uuid4(), 60_000_000, utc)
        self.let = threading.Event()
        self.plans = 0
        self.error: Exception | None = None

    def _plan(self, state: State, objects: Sequence[FeedObject]) -> Changes:
        self.plans += 1
        return super()._plan(state, objects)

    def _write(self, written: Sequence[Sheet], commit: Commit, turn: Turn) -> None:
        if written:
            self.let.wait(PATIENCE)
            error, self.error = self.error, None
            if error:
                raise error
        super()._write(written, commit, turn)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowStore:
    """In a worker that takes every step for one of those that take long."""
    monkeypatch.setattr("live.feed.pace.PAUSED_SECONDS", 0.0)
    return SlowStore()


async def slowly(hand: Hand, layer: Layer, slow: SlowStore) -> Pipeline:
    await sync_to_async(slow.tick)([])  # nothing is planned before there is a memory
    figures = FeedFigures()
    return Pipeline(
        [hand],
        slow,
        Announcer(layer, figures, lambda: 10.0),
        figures,
        max_skew=timedelta(days=1),
        utc=utc,
        random=lambda: 0.0,
    )


async def test_two_batches_are_planned_while_one_is_written_and_no_more_than_that(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    equities = [11_000, 12_000, 13_000, 14_000]
    for equity in equities:
        hand.gives(body(equity))
    async with running(await slowly(hand, layer, slow)):
        await becomes(lambda: slow.plans == 3)
        assert (hand.settled, hand.drained, layer.sent) == ([], False, [])
        slow.let.set()
        await becomes(lambda: len(hand.settled) == 4)
    told = [decode_announcement(message["body"]) for group, message in layer.sent if group != CLOCK_GROUP]
    assert [one.rows[0].money.equity for one in told if one.rows] == equities
    assert [(one.since < one.seq) for one in told] == [True] * 4
    assert slow.plans == 4


async def test_what_was_planned_on_a_write_that_fails_is_planned_again(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand.gives(body(11_000, balance=5))
    hand.gives(body(8_800))
    slow.error = OperationalError("gone")
    async with running(await slowly(hand, layer, slow)) as task:
        await becomes(lambda: slow.plans == 2)
        slow.let.set()
        await becomes(lambda: len(hand.settled) == 2 or task.done())
    assert slow.plans == 4
    standing = await sync_to_async(Standing.objects.get)(pk=alice.pk)
    assert (standing.balance, standing.equity, standing.max_drawdown) == (Decimal(5), Decimal(8_800), Decimal(20))
    assert [batch.deliveries[0].body for batch in hand.settled] == [body(11_000, balance=5), body(8_800)]


async def test_garbage_is_no_plan_that_others_wait_for(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand.gives(b"garbage")
    hand.gives(body(11_000))
    slow.let.set()
    async with running(await slowly(hand, layer, slow)):
        await becomes(lambda: len(hand.settled) == 2)
    assert slow.plans == 1


async def test_nothing_is_settled_after_a_batch_that_was_not_committed(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    """To give one back is to give back all that came before it."""
    for equity in (11_000, 12_000, 13_000):
        hand.gives(body(equity))
    slow.error = KeyError("a bug")
    task = asyncio.create_task((await slowly(hand, layer, slow)).run())
    await becomes(lambda: slow.plans == 3)
    slow.let.set()
    with pytest.raises(KeyError):
        await asyncio.wait_for(task, PATIENCE)
    assert (hand.settled, hand.condition) == ([], Condition.CLOSED)


async def test_what_somebody_else_does_meanwhile_is_not_forgotten(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand.gives(body(11_000))
    hand.gives(body(12_000))
    async with running(await slowly(hand, layer, slow)):
        await becomes(lambda: slow.plans == 2)
        disqualifying = asyncio.create_task(sync_to_async(disqualify)(alice, "cheating"))
        slow.let.set()
        await becomes(lambda: len(hand.settled) == 2)
        await disqualifying
        hand.gives(body(13_000))
        await becomes(lambda: len(hand.settled) == 3)
    standing = await sync_to_async(Standing.objects.get)(pk=alice.pk)
    assert (standing.equity, standing.tier) == (Decimal(13_000), Tier.DISQUALIFIED)


async def test_what_was_lost_keeps_nothing_of_the_next_tenure_from_being_settled(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    """Else all that the broker gives at once would be used up, and it would wait for us as we for it."""
    for equity in (11_000, 12_000, 13_000, 14_000):
        hand.gives(body(equity))
    async with running(await slowly(hand, layer, slow)):
        await becomes(lambda: slow.plans == 3)
        hand.tenure += 1
        for equity in (11_000, 12_000, 13_000, 14_000):
            hand.gives(body(equity))
        slow.let.set()
        await becomes(lambda: len(hand.settled) == 4)
    assert {batch.tenure for batch in hand.settled} == {hand.tenure}


class Fickle(Hand):
    """Has something, until one takes it: as a broker that is lost at that moment."""

    drained = False


async def test_an_error_ends_the_worker_also_while_nothing_comes(
    layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand = Fickle()
    hand.gives(body(11_000))
    slow.error = KeyError("a bug")
    task = asyncio.create_task((await slowly(hand, layer, slow)).run())
    await becomes(lambda: slow.plans == 1)
    slow.let.set()
    with pytest.raises(KeyError):
        await asyncio.wait_for(task, PATIENCE)
    assert (hand.settled, hand.condition) == ([], Condition.CLOSED)


class Watched(Hand):
    """Somebody looks just when a batch has been taken."""

    look: Callable[[], None]

    async def batch(self) -> Batch:
        batch = await super().batch()
        asyncio.get_running_loop().call_soon(self.look)
        return batch


async def test_what_was_taken_is_not_read_before_it_is_committed(
    layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand, since = Watched(), list[int | None]()
    pipeline = await slowly(hand, layer, slow)
    slow.absence.began(1)

    def look() -> None:
        for _ in range(QUIET_LOOKS):
            pipeline._look_for_absence()
        since.append(slow.absence.since)

    hand.look = look
    hand.gives(body(11_000))
    async with running(pipeline):
        await becomes(lambda: slow.plans == 1)
        look()
        slow.let.set()
        await becomes(lambda: len(hand.settled) == 1)
        look()
    assert since == [1, 1, None]


class Turnstile(asyncio.Event):
    """Lets one settlement through for each release."""

    def __init__(self) -> None:
        super().__init__()
        self._left = asyncio.Semaphore(0)

    def release(self) -> None:
        self._left.release()

    async def wait(self) -> Literal[True]:
        return await self._left.acquire()


async def test_a_settlement_waits_for_the_one_before_it(
    hand: Hand, layer: Layer, slow: SlowStore, alice: Participant
) -> None:
    hand.takes = turnstile = Turnstile()
    for equity in (11_000, 12_000, 13_000):
        hand.gives(body(equity))
    async with running(await slowly(hand, layer, slow)):
        await becomes(lambda: slow.plans == 3)
        slow.let.set()
        for number in (1, 2, 3):
            await becomes(lambda: sum(group != CLOCK_GROUP for group, _ in layer.sent) == 3)
            await becomes(lambda number=number: hand.asked >= number)  # type: ignore[misc]
            assert hand.asked == number
            turnstile.release()
        await becomes(lambda: len(hand.settled) == 3)
