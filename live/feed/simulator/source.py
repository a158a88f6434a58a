"""The simulated feed for a process that runs it itself, as the demo does: hands over what is due, without a broker."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from live.feed.simulator.faults import Delivery
from live.feed.simulator.stream import Stream


class SimulatedFeed:
    """Bodies in real time, from the moment this is made; `clock` gives seconds since the epoch.

    Who pulls late gets all that has become due meanwhile, `most` bodies at a time. Bodies are made when they are
    pulled, so nothing piles up.
    """

    def __init__(self, stream: Stream, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._started = clock()
        self._deliveries: Iterator[Delivery] = stream.deliveries(datetime.fromtimestamp(self._started, UTC))
        self._next: Delivery | None = next(self._deliveries, None)

    @property
    def ended(self) -> bool:
        """Whether the plan's duration is over and everything was taken."""
        return self._next is None

    def take(self, most: int) -> list[bytes]:
        """Up to `most` bodies that are due, possibly none. Never waits."""
        now = self._clock() - self._started
        bodies: list[bytes] = []
        while self._next is not None and self._next.due <= now and len(bodies) < most:
            bodies.append(self._next.body)
            self._next = next(self._deliveries, None)
        return bodies

    async def pull(self, most: int) -> list[bytes]:
        """Up to `most` bodies, waiting until there is one; empty only when the feed has ended."""
        while self._next is not None:
            if bodies := self.take(most):
                return bodies
            await asyncio.sleep(max(0.0, self._started + self._next.due - self._clock()))
        return []
