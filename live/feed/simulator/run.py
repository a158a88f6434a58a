"""A plan published in real time: the loop of `manage.py simulate_feed`, between the pure stream and the broker."""

import asyncio
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from live.feed.simulator.faults import Delivery
from live.feed.simulator.progress import Progress, Pulse
from live.feed.simulator.publisher import Publisher
from live.feed.simulator.stream import FeedPlan, Stream

LONGEST_TURN = 0.01
"""Seconds for which a run that is behind its plan keeps the loop to itself."""
DRAIN_SECONDS = 10.0


class Run:
    """One run; `pulse`, `faults` and `publisher.figures` say how far it is, or came."""

    def __init__(self, plan: FeedPlan, publisher: Publisher, progress: Progress) -> None:
        self.pulse = Pulse()
        self.faults: Mapping[str, int] = {}
        self.publisher = publisher
        self._plan = plan
        self._progress = progress
        self._started = time.time()

    @property
    def lossless(self) -> bool:
        """Whether all that was sent is in the queue."""
        return not (self.pulse.unconfirmed or self.pulse.returned or self.publisher.figures.refused)

    async def run(self) -> None:
        """Until the plan ends or SIGINT or SIGTERM comes, then until all is confirmed. BrokerError before that."""
        work = asyncio.create_task(self._work())
        with _cancelled_by_signals(work):
            await asyncio.wait((work,))
            await self.publisher.drain(DRAIN_SECONDS)
        self._take_pulse()
        await self.publisher.close()
        if not work.cancelled():
            work.result()

    async def _work(self) -> None:
        stream = Stream(self._plan)
        self.faults = stream.faults
        await self.publisher.connect()
        self._started = time.time()
        display = asyncio.create_task(self._display())
        try:
            await self._pump(stream.deliveries(datetime.fromtimestamp(self._started, UTC)))
        finally:
            display.cancel()
            self._progress.end()

    async def _pump(self, deliveries: Iterator[Delivery]) -> None:
        turn = time.time()
        for delivery in deliveries:
            now = time.time()
            behind = now - self._started - delivery.due
            if behind < 0 or now - turn > LONGEST_TURN:
                await asyncio.sleep(max(0.0, -behind))
                turn = time.time()
            self.pulse.lag = max(0.0, behind)
            await self.publisher.publish(delivery)

    async def _display(self) -> None:
        while True:
            await asyncio.sleep(self._progress.pause)
            self._take_pulse()
            self._progress.show(self.pulse, self.publisher.figures)

    def _take_pulse(self) -> None:
        self.pulse.elapsed = time.time() - self._started
        self.pulse.connected = self.publisher.connected
        self.pulse.unconfirmed = self.publisher.unconfirmed
        self.pulse.returned = self.publisher.returned


@contextmanager
def _cancelled_by_signals(task: asyncio.Task[None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
