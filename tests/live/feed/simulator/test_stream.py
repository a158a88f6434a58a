"""From a plan to message bodies."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from live.feed.messages import parse
from live.feed.objects import micros
from live.feed.simulator.faults import Delivery, Faults
from live.feed.simulator.fleet import FleetPlan, Report, members
from live.feed.simulator.stream import MOST_BYTES, WINDOW, FeedPlan, Stream, batched

START = datetime(2025, 11, 14, 10, tzinfo=UTC)


def stream(rate: float | None = 500.0, duration: float | None = 2.0, **options: Any) -> Stream:
    fleet = FleetPlan(members(1_000, 30), START, seed=3, rate=rate, warm_up=3_600.0)
    return Stream(FeedPlan(fleet, duration=duration, **options))


def packed(dues: Iterable[float], most: int, size: int = 100) -> list[Delivery]:
    return list(batched((Report(due, b"x" * size) for due in dues), most))


@pytest.mark.parametrize("most", [1, 4, 10])
def test_a_body_has_at_most_as_many_objects_as_asked_for(most: int) -> None:
    deliveries = list(stream(batch=most).deliveries(START))
    assert max(delivery.objects for delivery in deliveries) == most
    assert all(delivery.body.count(b"\n") + 1 == delivery.objects for delivery in deliveries)


def test_a_body_stays_under_ten_kilobytes() -> None:
    deliveries = packed([0.0] * 20, most=10, size=3_000)
    assert [delivery.objects for delivery in deliveries] == [3, 3, 3, 3, 3, 3, 2]
    assert all(len(delivery.body) <= MOST_BYTES for delivery in deliveries)


def test_objects_do_not_wait_long_for_company() -> None:
    deliveries = packed([0.0, 0.05, 0.09, 0.30, 0.31, 9.0], most=10)
    assert [(delivery.objects, delivery.due) for delivery in deliveries] == [(3, 0.09), (2, 0.31), (1, 9.0)]
    assert WINDOW == 0.1


def test_a_rate_and_a_duration_make_a_number_of_objects() -> None:
    assert sum(delivery.objects for delivery in stream().deliveries(START)) == 1_000


def test_the_same_plan_makes_the_same_bodies_faults_included() -> None:
    faults = Faults(duplicates=0.1, reorder=0.1, garbage=0.1, partial=0.1)
    one, other = stream(faults=faults), stream(faults=faults)
    assert list(one.deliveries(START)) == list(other.deliveries(START))
    assert one.faults == other.faults
    assert set(one.faults) == {"duplicates", "reorder", "garbage", "partial"}


def test_the_worker_refuses_the_garbage_and_nothing_else() -> None:
    spoilt = stream(faults=Faults(garbage=0.2))
    understood = refused = 0
    for delivery in spoilt.deliveries(START):
        good, bad = parse(delivery.body, micros(START), micros(START) + 10**9)
        understood, refused = understood + len(good), refused + len(bad)
    assert (understood, refused) == (1_000, spoilt.faults["garbage"])


def test_nothing_ends_a_plan_without_a_duration() -> None:
    deliveries = stream(duration=None).deliveries(START)
    assert sum(next(deliveries).objects for _ in range(400)) > 1_000
