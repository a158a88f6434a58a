"""What a phase took: rates, CPU by stage, batches and commits, out of what the probe told."""

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

    `cpu` and `stages` are CPU in us an object; `waits` how long an object's share of the database took, in us, CPU
    included. `sizes` are objects by batch, `steps` ms from batch to announcement, `memory` MB at each look at it.
    """

    objects: int
    seconds: float
    cpu: float
    stages: dict[str, float]
    waits: float
    sizes: Sequence[int]
    steps: Sequence[float]
    memory: Sequence[float]

    @property
    def rate(self) -> float:
        return self.objects / self.seconds


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def phase(batches: list[dict[str, Any]], acknowledged: float, memory: Sequence[tuple[float, float]]) -> Phase:
    """Nothing else was under way when the first of these batches began. `acknowledged` is when the last one was."""
    before, after = batches[0]["before"], batches[-1]["after"]
    objects = sum(batch["objects"] for batch in batches)
    started, ended = batches[0]["began"], max(batches[-1]["announced"], acknowledged)

    def each(nanoseconds: int) -> float:
        return nanoseconds / 1000 / objects

    spent = {name: each(amount - before["spent"].get(name, 0)) for name, amount in after["spent"].items()}
    stages = {title: spent[name] for name, title in STAGES.items()}
    stages[DATABASE] = spent["database"]
    stages[BROKER] = each(after["loop"] - before["loop"]) - spent["announce"]
    return Phase(
        objects=objects,
        seconds=ended - started,
        cpu=each(after["cpu"] - before["cpu"]),
        stages=stages,
        waits=each(after["waited"]["database"] - before["waited"].get("database", 0)),
        sizes=[batch["objects"] for batch in batches],
        steps=[batch["step"] * 1000 for batch in batches],
        memory=[amount for at, amount in memory if started <= at <= ended + 0.1],
    )
