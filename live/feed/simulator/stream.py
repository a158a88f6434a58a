"""From the plan to bodies: fleet -> garbage, partial -> batches -> duplicates, delays.

run.py publishes them, embedded.py hands them over in the same process.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from live.feed.simulator.faults import Delivery, Faults, disturbed, spoilt
from live.feed.simulator.fleet import Fleet, FleetPlan, Report

MOST_OBJECTS = 10
MOST_BYTES = 10_000
WINDOW = 0.1
"""Seconds of reports that may travel in one body."""


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """A fleet and what becomes of its objects on the way. `duration` in real seconds, None: no end; `batch` 1 to 10."""

    fleet: FleetPlan
    duration: float | None = None
    batch: int = MOST_OBJECTS
    faults: Faults = field(default_factory=Faults)


class Stream:
    """A plan made ready. `faults` counts the faults made so far, by the names of their switches."""

    def __init__(self, plan: FeedPlan) -> None:
        self._plan = plan
        self._fleet = Fleet(plan.fleet)
        self.faults: Counter[str] = Counter()

    def deliveries(self, started_at: datetime) -> Iterator[Delivery]:
        """All deliveries in the order of their due times, the same for the same plan. To be called once."""
        plan, seed = self._plan, self._plan.fleet.seed
        reports = _until(plan.duration, self._fleet.reports(started_at))
        if plan.faults.garbage or plan.faults.partial:
            reports = spoilt(reports, plan.faults, seed, self.faults)
        return disturbed(batched(reports, plan.batch), plan.faults, seed, self.faults)


def batched(reports: Iterator[Report], most: int) -> Iterator[Delivery]:
    """Packs objects into bodies of up to `most` objects, 10 kB and 0.1 s; a body is due when its last object is."""
    batch: list[Report] = []
    size = 0
    for report in reports:
        full = len(batch) == most or size + len(report.body) >= MOST_BYTES
        if batch and (full or report.due - batch[0].due > WINDOW):
            yield _packed(batch)
            batch, size = [], 0
        batch.append(report)
        size += len(report.body) + 1
    if batch:
        yield _packed(batch)


def _packed(batch: list[Report]) -> Delivery:
    return Delivery(batch[-1].due, b"\n".join(report.body for report in batch), len(batch))


def _until(duration: float | None, reports: Iterator[Report]) -> Iterator[Report]:
    if duration is None:
        return reports
    return takewhile(lambda report: report.due < duration, reports)
