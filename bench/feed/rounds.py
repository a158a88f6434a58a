"""What several rounds have in common: medians of what each of them took, so that no moment of the machine decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.feed.figures import STAGES, Phase, quantile


@dataclass(frozen=True, slots=True)
class Bare:
    """What a bare consumer took in one round. `cpu` is in seconds, of all its objects."""

    objects: int
    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.objects / self.seconds

    @property
    def each(self) -> float:
        """CPU in us an object."""
        return self.cpu * 1e6 / self.objects


@dataclass(frozen=True, slots=True)
class Rounds:
    """The worker's rounds of one kind of backlog; a feed at a steady rate is a single one."""

    phases: Sequence[Phase]

    def _middle(self, of: Callable[[Phase], float]) -> float:
        return median(map(of, self.phases))

    @property
    def objects(self) -> int:
        """Of all rounds."""
        return sum(phase.objects for phase in self.phases)

    @property
    def rate(self) -> float:
        return self._middle(lambda phase: phase.rate)

    @property
    def cpu(self) -> float:
        """CPU of the process, in us an object."""
        return self._middle(lambda phase: phase.cpu)

    @property
    def waits(self) -> float:
        """Time in the database's calls, in us an object."""
        return self._middle(lambda phase: phase.waits)

    def stage(self, name: str) -> float:
        """CPU of a stage, in us an object."""
        return self._middle(lambda phase: phase.stages[name])

    @property
    def own(self) -> float:
        """CPU of everything that is neither pika nor the database, in us an object."""
        return sum(map(self.stage, STAGES.values()))

    @property
    def batch(self) -> tuple[float, float, float]:
        """Objects a batch, of all rounds: median, p99, most."""
        return _spread([size for phase in self.phases for size in phase.sizes])

    @property
    def commit(self) -> tuple[float, float, float]:
        """Milliseconds from batch to announcement, of all rounds: median, p99, most."""
        return _spread([step for phase in self.phases for step in phase.steps])

    @property
    def memory(self) -> tuple[float, float, float]:
        """MB at the start of the first round, in the middle of them, at the end of the last."""
        used = [amount for phase in self.phases for amount in phase.memory]
        return used[0], used[len(used) // 2], used[-1]


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return median(values), quantile(values, 0.99), max(values)


def shares(ours: Rounds, rivals: Sequence[Bare]) -> list[float]:
    """Our rate by a bare consumer's, round by round: both took the same messages, one right after the other."""
    return [phase.rate / rival.rate for phase, rival in zip(ours.phases, rivals, strict=True)]
