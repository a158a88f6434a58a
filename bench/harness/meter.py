"""What a measurement cost: CPU and memory of the processes under test, and what others took meanwhile.

`foreign` is the sign of a disturbed run: CPU of processes that are no part of the benchmark, plus stolen time.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.harness import proc

SERVICES = ("postgres", "redis-server", "beam.smp")
"""PostgreSQL, Redis and RabbitMQ by the names of their processes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Between start and stop, in seconds of CPU and bytes. `memory` is the most that was seen."""

    wall: float
    cpu: float
    cpu_by_name: Mapping[str, float]
    services_cpu: float
    core0: float
    busy: float
    foreign_by_name: Mapping[str, float]
    steal: float
    memory: int
    memory_before: int

    @property
    def capacity(self) -> float:
        """The seconds of CPU that the machine had."""
        return self.wall * (os.cpu_count() or 1)

    @property
    def foreign(self) -> float:
        return sum(self.foreign_by_name.values())

    @property
    def disturbance(self) -> float:
        """The share of the machine that others had."""
        return (self.foreign + self.steal) / self.capacity


class Meter:
    """Started and stopped once. `server`: the processes under test by name; `ours`: the benchmark's own."""

    def __init__(self, server: Mapping[str, int], ours: Iterable[int] = ()) -> None:
        self._server = dict(server)
        self._ours = {*ours, os.getpid()}
        self._services = proc.named(*SERVICES)
        self._peak = self._before = self.memory()
        self._everyone = proc.cpu_of_everyone()
        self._started = self._now()

    def memory(self) -> int:
        return proc.memory(self._server.values())

    def cpu(self) -> float:
        """CPU seconds of the processes under test, since they started."""
        return proc.cpu(self._server.values())

    def look(self) -> None:
        """Note the memory; call it now and then."""
        self._peak = max(self._peak, self.memory())

    def _now(self) -> dict[str, float]:
        processes = {f"server {name}": proc.cpu([pid]) for name, pid in self._server.items()}
        services = proc.cpu(self._services | proc.named(*SERVICES))
        return {"wall": time.monotonic(), "services": services, **proc.machine_times(), **processes}

    def stop(self) -> Cost:
        now = self._now()
        spent = {name: now[name] - self._started[name] for name in now}
        self.look()
        by_name = {name: spent[f"server {name}"] for name in self._server}
        return Cost(
            wall=spent["wall"],
            cpu=sum(by_name.values()),
            cpu_by_name=by_name,
            services_cpu=spent["services"],
            core0=spent["core0"],
            busy=spent["busy"],
            foreign_by_name=self._foreign(),
            steal=spent["steal"],
            memory=self._peak,
            memory_before=self._before,
        )

    def _foreign(self) -> dict[str, float]:
        """By the programs' names. A lower bound: processes that started and ended in between are missed."""
        known = proc.tree(self._ours) | proc.tree(self._server.values()) | self._services | proc.named(*SERVICES)
        found: Counter[str] = Counter()
        for pid, now in proc.cpu_of_everyone().items():
            if pid not in known:
                found[proc.name_of(pid)] += now - self._everyone.get(pid, 0.0)
        return dict(found)
