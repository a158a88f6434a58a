"""The simulated feed without a broker."""

import asyncio
from datetime import UTC, datetime

from live.feed.simulator.embedded import SimulatedFeed
from live.feed.simulator.fleet import FleetPlan, members
from live.feed.simulator.stream import FeedPlan, Stream
from live.feed.source import Condition, Source

START = datetime(2025, 11, 14, 10, tzinfo=UTC)


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = START.timestamp()

    def __call__(self) -> float:
        return self.now


def feed(clock: Clock, rate: float = 100.0, duration: float | None = None) -> SimulatedFeed:
    fleet = FleetPlan(members(1_000, 10), START, rate=rate, warm_up=0.0)
    return SimulatedFeed(Stream(FeedPlan(fleet, duration=duration, batch=1)), clock)


async def test_it_is_a_source_that_is_active_until_it_is_closed() -> None:
    source: Source = feed(Clock())
    running = asyncio.create_task(source.run())
    conditions = [source.condition]
    await source.close()
    await running
    assert [*conditions, source.condition] == [Condition.ACTIVE, Condition.CLOSED]


async def test_it_hands_over_what_is_due_and_nothing_else() -> None:
    clock = Clock()
    source = feed(clock)
    assert len(source.take()) == 1  # the one due at 0.00
    idle = source.drained
    clock.now += 0.105
    assert (idle, source.drained) == (True, False)
    assert len(source.take()) == 10


async def test_who_comes_late_gets_all_that_became_due_in_bounded_lots() -> None:
    clock = Clock()
    source = feed(clock)
    clock.now += 10.0
    assert [len(source.take(600)) for _ in range(3)] == [600, 401, 0]


async def test_a_batch_waits_until_something_is_due() -> None:
    clock = Clock()
    source = feed(clock, rate=1_000.0)
    source.take()
    waiting = asyncio.create_task(source.batch())
    done, _ = await asyncio.wait((waiting,), timeout=0)
    assert not done
    clock.now += 0.5
    batch = await waiting
    assert (batch.source, batch.tenure) == (source.name, source.tenure)
    assert len(batch.deliveries) == 500
    assert [delivery.tag for delivery in batch.deliveries] == list(range(1, 501))
    assert batch.deliveries[0].stamp == round(clock.now * 10**6)
    await source.settle(batch, [])


async def test_when_the_plan_has_ended_it_waits_instead_of_spinning() -> None:
    clock = Clock()
    source = feed(clock, duration=0.05)
    clock.now += 1.0
    assert len(source.take()) == 5
    waiting = asyncio.create_task(source.batch())
    done, _ = await asyncio.wait((waiting,), timeout=0.01)
    assert not done
    waiting.cancel()
