"""The simulated feed as a Source in the process that consumes it, as the demo runs it: no broker in between."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from live.feed.objects import micros
from live.feed.simulator import faults
from live.feed.simulator.stream import Stream
from live.feed.source import Batch, Condition, DeadLetter, Delivery

MOST_BODIES = 2_000
"""In one batch."""
LONGEST_SLEEP = 3600.0
"""Seconds; event loops cannot wait for infinity."""


class SimulatedFeed:
    """A Source in real time, from the moment this is made; `clock` gives seconds since the epoch.

    Who comes late gets all that has become due meanwhile. Bodies are made when they are taken, so nothing piles up. It
    delivers nothing again: what gets lost between `batch` and `settle`, the terminals' next heartbeats repeat.
    """

    def __init__(self, stream: Stream, clock: Callable[[], float] = time.time) -> None:
        self.name = "simulated"
        self.tenure = 1
        self.condition = Condition.ACTIVE
        self._clock = clock
        self._started = clock()
        self._deliveries: Iterator[faults.Delivery] = stream.deliveries(datetime.fromtimestamp(self._started, UTC))
        self._next = next(self._deliveries, None)
        self._closed = asyncio.Event()
        self._tag = 0

    @property
    def drained(self) -> bool:
        """Whether nothing is due now."""
        return self._pause() > 0

    def take(self, most: int = MOST_BODIES) -> list[bytes]:
        """Up to `most` bodies that are due, possibly none. Never waits."""
        now = self._clock() - self._started
        bodies: list[bytes] = []
        while self._next is not None and self._next.due <= now and len(bodies) < most:
            bodies.append(self._next.body)
            self._next = next(self._deliveries, None)
        return bodies

    async def run(self) -> None:
        """Nothing to keep up; ends with `close`."""
        await self._closed.wait()

    async def batch(self) -> Batch:
        """Return all that is due, up to a limit; wait while nothing is. Waits for ever once the plan has ended."""
        while not (bodies := self.take()):
            await self._until_due()
        received = micros(datetime.fromtimestamp(self._clock(), UTC))
        return Batch(self.name, self.tenure, [self._delivery(body, received) for body in bodies])

    async def settle(self, batch: Batch, dead: Sequence[DeadLetter]) -> None:
        """There is nobody to give anything back to."""

    async def step_back(self) -> None:
        """Nobody else can hold it."""

    async def close(self) -> None:
        """End `run`."""
        self.condition = Condition.CLOSED
        self._closed.set()

    def _delivery(self, body: bytes, received: int) -> Delivery:
        self._tag += 1
        return Delivery(self._tag, body, received, exchange="", routing_key="", again=False)

    def _pause(self) -> float:
        """Seconds until the next body is due; infinite where none will be."""
        return float("inf") if self._next is None else self._started + self._next.due - self._clock()

    async def _until_due(self) -> None:
        await asyncio.sleep(min(max(0.0, self._pause()), LONGEST_SLEEP))
