"""What a phase took: rates, CPU by stage, batches and commits, out of what the probe told."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STAGES = {
    "parse": "parse",
    "plan": "plan: merge and score",
    "columns": "columns for the database",
    "rest": "rows, clock, memory",
    "announce": "announce",
}
"""The worker's own work, by the probe's names."""
DATABASE, BROKER = "database: Django's cursor and psycopg", "broker: pika, asyncio, settling, the loop"


@dataclass(frozen=True, slots=True)
class Phase:
    """One queue, from the start of its first batch until everything is committed, announced and acknowledged.

    `stages` is CPU in us an object; `waits` how long an object's share of the database took, in us, CPU included.
    """

    objects: int
    seconds: float
    cpu: float
    stages: dict[str, float]
    waits: float
    batch: tuple[float, float, float]
    commit: tuple[float, float, float]
    memory: tuple[float, float, float]

    @property
    def rate(self) -> float:
        return self.objects / self.seconds

    @property
    def own(self) -> float:
        """CPU of everything that is neither pika nor the database, in us an object."""
        return sum(self.stages[name] for name in STAGES.values())


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(values), quantile(values, 0.99), max(values)


def phase(
    before: dict[str, Any], batches: list[dict[str, Any]], acknowledged: float, memory: Sequence[tuple[float, float]]
) -> Phase:
    """`before` is the batch before the first one of these: the state of all counters when they began."""
    last = batches[-1]
    objects = sum(batch["objects"] for batch in batches)
    started, ended = batches[0]["began"], max(last["announced"], acknowledged)
    used = [amount for at, amount in memory if started <= at <= ended + 0.1]
    spent = {
        name: (last["spent"].get(name, 0) - before["spent"].get(name, 0)) / 1000 / objects for name in last["spent"]
    }
    stages = {title: spent[name] for name, title in STAGES.items()}
    stages[DATABASE] = spent["database"]
    stages[BROKER] = (last["loop"] - before["loop"]) / 1000 / objects - spent["announce"]
    return Phase(
        objects=objects,
        seconds=ended - started,
        cpu=(last["cpu"] - before["cpu"]) / 1000 / objects,
        stages=stages,
        waits=(last["waited"]["database"] - before["waited"]["database"]) / 1000 / objects,
        batch=_spread([batch["objects"] for batch in batches]),
        commit=_spread([batch["step"] * 1000 for batch in batches]),
        memory=(used[0], used[len(used) // 2], used[-1]),
    )
