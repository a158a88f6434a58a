"""Publishes bodies to RabbitMQ as the real publisher does: persistent, confirmed, many under way at a time.

The last step of `manage.py simulate_feed`. What is unconfirmed when a connection is lost is published again on the next
one, so duplicates happen and losses do not.
"""

import asyncio
import logging
import random
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import pika
from pika.exceptions import AMQPError

from live.feed.simulator import amqp
from live.feed.simulator.faults import Delivery

WINDOW = 2_000
"""Bodies under way without a confirm; who publishes more waits. Blocking on each one would allow 158 a second."""
HEARTBEAT = 10
PATIENCE, LONGEST_PAUSE = 10.0, 2.0
"""Seconds for setting a connection up; between two attempts, and for an orderly end."""

logger = logging.getLogger(__name__)


class RabbitMQError(Exception):
    """RabbitMQ cannot be reached or refuses us; the text says where and why, without the password."""


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

    def __init__(self, url: str, queue: str) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = HEARTBEAT
        self._queue = queue
        self._properties = pika.BasicProperties("application/json", delivery_mode=pika.DeliveryMode.Persistent)
        self._connection: Any = None
        self._channel: Any = None
        self._tag = 0
        self._pending: dict[int, Delivery] = {}
        self._ready = asyncio.Event()
        self._empty = asyncio.Event()
        self._reconnecting: asyncio.Task[None] | None = None
        self.figures = Figures()

    @property
    def unconfirmed(self) -> int:
        """Objects under way."""
        return sum(delivery.objects for delivery in self._pending.values())

    @property
    def connected(self) -> bool:
        return self._channel is not None

    async def connect(self) -> None:
        """Connects and makes sure of the queue. RabbitMQError if that cannot be done."""
        try:
            async with asyncio.timeout(PATIENCE):
                channel = await self._set_up()
        except (AMQPError, OSError) as error:
            where = f"{self._parameters.host}:{self._parameters.port}"
            raise RabbitMQError(f"RabbitMQ at {where} cannot be used: {str(error) or type(error).__name__}") from error
        self._channel, self._tag = channel, 0
        again, self._pending = self._pending, {}
        for delivery in again.values():
            self._send(delivery)
        self._look_around()

    async def _set_up(self) -> Any:
        await self._hang_up()
        self._connection = await amqp.open_connection(self._parameters, self._lost)
        await amqp.make_sure_of(self._connection, self._queue)
        channel = await amqp.open_channel(self._connection)
        await amqp.answer(channel, lambda done: channel.confirm_delivery(self._on_confirm, done))
        channel.add_on_return_callback(self._on_return)
        channel.add_on_close_callback(lambda channel, reason: self._lost(channel.connection, reason))
        return channel

    async def _hang_up(self) -> None:
        """What is left of the connection before: half set up, or without its channel."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            await amqp.close_connection(connection, LONGEST_PAUSE)

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
        if self._reconnecting is not None:
            self._reconnecting.cancel()
        self._channel = None
        await self._hang_up()

    def _send(self, delivery: Delivery) -> None:
        """On a channel that is just closing nothing is sent: what is pending goes out on the next one."""
        self._tag += 1
        self._pending[self._tag] = delivery
        if self._channel is not None and self._channel.is_open:
            self._channel.basic_publish("", self._queue, delivery.body, self._properties, mandatory=True)

    def _look_around(self) -> None:
        _set(self._ready, self._channel is not None and len(self._pending) < WINDOW)
        _set(self._empty, not self._pending)

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        tags = [method.delivery_tag]
        if method.multiple:
            tags = list(takewhile(lambda tag: tag <= method.delivery_tag, self._pending))
        done = sum(self._pending.pop(tag).objects for tag in tags if tag in self._pending)
        if isinstance(method, pika.spec.Basic.Ack):
            self.figures.confirmed += done
        else:
            self.figures.refused += done
        self._look_around()

    def _on_return(self, _channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
        """The queue is gone: the broker gives the body back, then confirms it all the same."""
        objects = body.count(b"\n") + 1
        self.figures.refused += objects
        self.figures.confirmed -= objects

    def _lost(self, connection: Any, reason: BaseException) -> None:
        """The channel's end, the connection's, or both in turn; nothing to do where we hung up ourselves."""
        if connection is not self._connection or self._channel is None:
            return
        self._channel = None
        self._look_around()
        logger.warning("Connection to RabbitMQ lost, connecting again: %s", reason)
        self._reconnecting = asyncio.get_running_loop().create_task(self._reconnect())

    async def _reconnect(self) -> None:
        pause = 0.1
        while True:
            await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 -- jitter
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await self.connect()
            except RabbitMQError:
                continue
            self.figures.reconnects += 1
            logger.warning("Connected to RabbitMQ again")
            return


def _set(event: asyncio.Event, wanted: bool) -> None:
    if wanted != event.is_set():
        event.set() if wanted else event.clear()
