"""Publishes bodies to RabbitMQ as the real publisher does: persistent, confirmed, many under way at a time.

The last step of `manage.py simulate_feed`. What is unconfirmed when a connection is lost is published again on the next
one, so duplicates happen and losses do not.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from live.feed.backoff import Backoff
from live.feed.broker import BrokerError, Channel, Connection, connect
from live.feed.simulator.faults import Delivery

WINDOW = 2_000
"""Bodies under way without a confirm; who publishes more waits. Blocking on each one would allow 158 a second."""
HEARTBEAT = 10

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Figures:
    """What has happened so far, in objects. `refused`: not taken by the broker, and not published again."""

    messages: int = 0
    sent: int = 0
    confirmed: int = 0
    refused: int = 0
    reconnects: int = 0


class Publisher:
    """`connect`, then `publish` as often as you like, then `drain` and `close`. One task uses it."""

    def __init__(self, url: str, queue: str, jitter: Callable[[], float] = random.random) -> None:
        self.figures = Figures()
        self._url = url
        self._queue = queue
        self._backoff = Backoff(jitter)
        self._connection: Connection | None = None
        self._channel: Channel | None = None
        self._returned = 0
        self._tag = 0
        self._pending: dict[int, Delivery] = {}
        self._ready = asyncio.Event()
        self._empty = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def unconfirmed(self) -> int:
        """Objects under way."""
        return sum(delivery.objects for delivery in self._pending.values())

    @property
    def returned(self) -> int:
        """Messages that the broker took and gave back, because the queue is gone."""
        return self._returned + (0 if self._channel is None else self._channel.returned)

    @property
    def connected(self) -> bool:
        return self._channel is not None

    async def connect(self) -> None:
        """Connects, and from then on stays connected. BrokerError if it does not work the first time."""
        channel = await self._set_up()
        self._keeper = asyncio.create_task(self._stay_connected(channel))

    async def publish(self, delivery: Delivery) -> None:
        """Hands one body to the connection; waits while there is none or too much is unconfirmed."""
        if not self._ready.is_set():
            await self._ready.wait()
        self._send(delivery)
        self.figures.messages += 1
        self.figures.sent += delivery.objects
        self._look_around()

    async def drain(self, seconds: float) -> bool:
        """Waits until all is confirmed, at most so long; says whether it is."""
        self._look_around()
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Ends the connection, whatever its state. What is unconfirmed stays so."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._connection is not None:
            await self._connection.close()

    async def _stay_connected(self, channel: Channel) -> None:
        while True:
            reason = await channel.lost
            self._channel = None
            self._returned += channel.returned
            self._look_around()
            logger.warning("Connection to RabbitMQ lost, connecting again: %s", reason)
            channel = await self._come_back()
            self.figures.reconnects += 1
            logger.warning("Connected to RabbitMQ again")

    async def _come_back(self) -> Channel:
        while True:
            await asyncio.sleep(self._backoff.next())
            try:
                return await self._set_up()
            except BrokerError:
                continue

    async def _set_up(self) -> Channel:
        if self._connection is not None:
            self._connection.abandon()
        self._connection = await connect(self._url, heartbeat=HEARTBEAT, name="marathon live: simulated feed")
        await self._connection.make_sure_of(self._queue)
        channel = await self._connection.channel()
        await channel.confirmed(self._on_confirm)
        self._channel = channel
        self._backoff.reset()
        self._send_again()
        return channel

    def _send_again(self) -> None:
        again, self._pending, self._tag = self._pending, {}, 0
        for delivery in again.values():
            self._send(delivery)
        self._look_around()

    def _send(self, delivery: Delivery) -> None:
        self._tag += 1
        self._pending[self._tag] = delivery
        try:
            if self._channel is not None:
                self._channel.publish(self._queue, delivery.body, {})
        except BrokerError:
            return  # it is pending, so it goes out on the next channel; this one's `lost` tells the rest

    def _look_around(self) -> None:
        _set(self._ready, self._channel is not None and len(self._pending) < WINDOW)
        _set(self._empty, not self._pending)

    def _on_confirm(self, tag: int, multiple: bool, taken: bool) -> None:
        tags = list(takewhile(lambda earlier: earlier <= tag, self._pending)) if multiple else [tag]
        done = sum(self._pending.pop(tag).objects for tag in tags if tag in self._pending)
        if taken:
            self.figures.confirmed += done
        else:
            self.figures.refused += done
        self._look_around()


def _set(event: asyncio.Event, wanted: bool) -> None:
    if wanted != event.is_set():
        event.set() if wanted else event.clear()
