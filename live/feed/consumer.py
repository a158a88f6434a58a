"""RabbitMQ as a source of the feed: one queue, one active consumer, bounded batches, and every way to come back.

A consumer takes the queue exclusively. Where another one has it, it waits as a hot standby and asks again about once a
second; the broker lets it in when the other one's connection is dead. Dead letters and the acknowledgement of their
batch are one AMQP transaction: a worker that is killed in between leaves both or neither. A broker that stops in
between may not (doubt.py).
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import random
from typing import Any, Final

import structlog

from live.feed import deadletters
from live.feed.backoff import LAST_SECONDS, Backoff
from live.feed.broker import ACCESS_REFUSED, BrokerError, Channel, Connection, connect
from live.feed.deliveries import Message
from live.feed.doubt import Doubt, Letter
from live.feed.objects import Micros
from live.feed.source import Batch, Condition, DeadLetter, Delivery, LostError

BATCH_LIMIT = 2_000
BATCH_BYTES = 1024 * 1024
"""Most of one batch: some 0.3 s of work at full speed. Nobody else moves a board meanwhile."""
STANDBY_SECONDS = 0.5
CLOSE_SECONDS = 3.0
LAST_SECOND = 2**33
"""Beyond it (in the year 2242) a time in seconds is one in milliseconds by mistake."""
PATTERN = "marathon.#"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Where to consume from. With an `exchange` the queue is our own, bound to it."""

    url: str
    queue: str
    dead_letters: str
    exchange: str = ""
    prefetch: int
    heartbeat: int


class Consumer:
    """A Source. `random` gives numbers in 0..1 and spreads the attempts of several workers."""

    def __init__(self, source: Input, random: Callable[[], float] = random) -> None:
        self.name: Final = source.queue
        self.tenure = 0
        self.condition = Condition.CONNECTING
        self._input = source
        self._random = random
        self._waiting: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._connection: Connection | None = None
        self._channel: Channel | None = None
        self._commit: asyncio.Task[None] | None = None
        self._doubt = Doubt(source.dead_letters)
        self._said = ""

    @property
    def drained(self) -> bool:
        """Whether nothing waits here to be taken."""
        return not self._waiting

    async def run(self) -> None:
        """Connect, stay connected, come back after every failure; ends with `close`."""
        backoff = Backoff(self._random)
        while not self._closing.is_set():
            tenure, started = self.tenure, time.monotonic()
            try:
                await self._connect_and_consume()
            except BrokerError as error:
                self._lose(error)
            if self.tenure > tenure and time.monotonic() - started > LAST_SECONDS:
                backoff.reset()
            await self._pause(backoff.next())

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    def _lose(self, error: BrokerError) -> None:
        self.condition = Condition.CONNECTING
        self._channel = self._connection = None
        self._waiting.clear()
        if self._commit is not None:  # of what comes again: the next settlement has nothing to do with it
            self._commit.cancel()
            self._commit = None
        if not self._closing.is_set():
            self._say("feed lost, connecting again", reason=str(error))

    async def _connect_and_consume(self) -> None:
        name = f"marathon live: {self.name}"
        self._connection = connection = await connect(self._input.url, heartbeat=self._input.heartbeat, name=name)
        connection.on_blocked(self._on_blocked)
        watch = asyncio.create_task(connection.watch(self._input.heartbeat))
        try:
            await self._prepare(connection)
            while not self._closing.is_set():
                await self._consume(connection)
        finally:
            watch.cancel()
            connection.abandon()

    async def _prepare(self, connection: Connection) -> None:
        await connection.make_sure_of(self.name)
        await connection.make_sure_of(self._input.dead_letters)
        if self._input.exchange:
            await connection.make_sure_of_exchange(self._input.exchange)
            channel = await connection.channel()
            await channel.bind(self.name, self._input.exchange, PATTERN)
            channel.close()

    async def _consume(self, connection: Connection) -> None:
        """Be the one consumer until that ends with a BrokerError; or wait a little if somebody else is."""
        await self._doubt.clear(connection)
        channel = self._channel = await connection.channel()
        await channel.prefetch(self._input.prefetch)
        await channel.transactional()
        self.tenure += 1
        try:
            await channel.consume(self.name, self._on_messages)
        except BrokerError as error:
            if error.code != ACCESS_REFUSED:
                raise
            self.condition = Condition.STANDBY
            self._say("standing by: another worker has the queue")
            await self._pause(STANDBY_SECONDS * (1 + self._random()))
            return
        self.condition = Condition.ACTIVE
        self._say("queue taken")
        raise await channel.lost

    def _on_messages(self, messages: list[Message]) -> None:
        now = time.time_ns() // 1000
        self._waiting.extend([_delivery(message, now) for message in messages])
        self._arrived.set()

    async def batch(self) -> Batch:
        """Return all that is there, up to the limits; wait while there is nothing."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        size = 0
        taken: list[Delivery] = []
        while self._waiting and len(taken) < BATCH_LIMIT and size < BATCH_BYTES:
            taken.append(delivery := self._waiting.popleft())
            size += len(delivery.body)
        return Batch(self.name, self.tenure, taken)

    async def settle(self, batch: Batch, dead: Sequence[DeadLetter]) -> None:
        """Store the dead letters and give the batch back as done, both or neither. Raises LostError."""
        try:
            await self._committed()
            channel = self._channel
            if channel is None or batch.tenure != self.tenure:
                raise LostError("the queue was lost meanwhile")
            letters = [self._letter(one) for one in self._doubt.new_ones(dead)]
            if not batch.deliveries[-1].again:
                self._doubt.nothing_comes_again()
            self._publish(channel, letters)
            channel.acknowledge(batch.deliveries[-1].tag, multiple=True)
            self._commit = asyncio.create_task(channel.commit())
            self._commit.add_done_callback(_look_at)
            if letters:
                await self._stored(channel, letters)
        except BrokerError as error:
            raise LostError(str(error)) from error

    async def _committed(self) -> None:
        """Wait for the commit that is under way. Without dead letters nobody waits for it before the next batch."""
        commit, self._commit = self._commit, None
        if commit is not None:
            await commit

    def _letter(self, dead: DeadLetter) -> Letter:
        headers = deadletters.headers(dead, self.name, time.time_ns() // 1000)
        return Letter(headers["id"], dead.rejected.raw, headers)

    def _publish(self, channel: Channel, letters: Sequence[Letter]) -> None:
        for letter in letters:
            channel.publish(self._input.dead_letters, letter.body, letter.headers)

    async def _stored(self, channel: Channel, letters: Sequence[Letter]) -> None:
        """Wait until the broker has the letters, also if somebody deleted their queue."""
        try:
            await self._committed()
            if channel.returned and self._connection is not None:
                channel.returned = 0
                await self._connection.make_sure_of(self._input.dead_letters)
                self._publish(channel, letters)
                await channel.commit()
        except BrokerError:
            self._doubt.add(letters)
            raise

    async def step_back(self) -> None:
        """Leave the queue to the worker that the database knows as its holder, and stand in line again."""
        if self._connection is not None:
            self._connection.abandon()

    async def close(self) -> None:
        """Say good-bye in order; what is not settled is delivered again to the next one."""
        with contextlib.suppress(BrokerError, TimeoutError):
            await asyncio.wait_for(self._committed(), CLOSE_SECONDS)
        self._closing.set()
        if self._connection is not None:
            await self._connection.close(CLOSE_SECONDS)
        self.condition = Condition.CLOSED

    def _on_blocked(self, blocked: bool) -> None:
        if blocked:
            log.warning("RabbitMQ takes no messages (memory or disk alarm): dead letters wait", queue=self.name)
        else:
            log.info("RabbitMQ takes messages again", queue=self.name)

    def _say(self, what: str, **details: object) -> None:
        """Log a change of state, once, however often it is tried."""
        if what != self._said:
            self._said = what
            log.info(what, queue=self.name, **details)


def _look_at(commit: "asyncio.Task[None]") -> None:
    """Nobody else may."""
    if not commit.cancelled():
        commit.exception()


def _delivery(message: Message, now: Micros) -> Delivery:
    stamp = header_stamp(message.headers) if message.headers else None
    at = now if stamp is None else stamp
    return Delivery(message.tag, message.body, at, message.exchange, message.routing_key, message.again)


def header_stamp(headers: Mapping[str, Any]) -> Micros | None:
    """Return the publisher's time on the topic exchange, float seconds; what is none counts as absent."""
    seconds = headers.get("timestamp")
    if isinstance(seconds, int | float | Decimal) and 0 < seconds < LAST_SECOND:
        return int(seconds * 1_000_000)
    return None
