"""Dead letters: refused objects in `<queue>.dead`, with headers that say why. The worker writes, people read them."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from live.feed.broker import Channel, Connection, connect
from live.feed.objects import Micros, moment
from live.feed.source import DeadLetter

HEARTBEAT = 30
MOST = 10_000
"""Letters looked at in one go: they are all held, unread by anybody else, until it is over."""
COMMIT_EVERY = 100


def headers(letter: DeadLetter, queue: str, now: Micros) -> dict[str, Any]:
    """Return a name of its own, why, what, when, and the way by which the object came."""
    return {
        "id": uuid.uuid4().hex,
        "reason": letter.rejected.reason.value,
        "field": letter.rejected.field,
        "time": moment(now).isoformat(timespec="milliseconds"),
        "timestamp": letter.delivery.stamp // 1_000_000,  # pika writes no decimals
        "queue": queue,
        "exchange": letter.delivery.exchange,
        "routing_key": letter.delivery.routing_key,
    }


class Letter(msgspec.Struct, frozen=True):
    """One dead letter as it lies in the queue, the oldest being number 1."""

    number: int
    tag: int
    body: bytes
    headers: Mapping[str, Any]

    def header(self, name: str) -> str:
        """Return a header as text, "" where it is missing: others may put letters there too."""
        return str(self.headers.get(name, ""))


class Box:
    """The dead letters of one queue. What is looked at and neither replayed nor discarded stays where it was."""

    def __init__(self, queue: str, connection: Connection, channel: Channel) -> None:
        self._queue = queue
        self._dead_letters = f"{queue}.dead"
        self._connection = connection
        self._channel = channel
        self._there: set[str] = set()

    async def count(self) -> int:
        """Return how many there are."""
        return await self._channel.declare(self._dead_letters, passive=True)

    async def letters(self, limit: int = MOST) -> AsyncIterator[Letter]:
        """Yield the oldest letters, those that come meanwhile not among them."""
        for number in range(1, min(limit, await self.count()) + 1):
            got = await self._channel.get(self._dead_letters)
            if got is None:
                return
            method, properties, body = got
            yield Letter(number, method.delivery_tag, body, properties.headers or {})

    async def replay(self, wanted: Callable[[Letter], bool], limit: int = MOST) -> int:
        """Put letters back into the queue they came from, for the worker to try again; return how many."""
        return await self._remove(wanted, limit, self._back)

    async def discard(self, wanted: Callable[[Letter], bool], limit: int = MOST) -> int:
        """Delete letters for good; return how many."""
        return await self._remove(wanted, limit, None)

    async def _back(self, letter: Letter) -> None:
        queue = letter.header("queue") or self._queue
        if queue not in self._there:
            await self._connection.make_sure_of(queue)
            self._there.add(queue)
        # Stamped as it was: an object without a timestamp of its own must not overtake what came after it.
        stamp = {name: letter.headers[name] for name in ("timestamp",) if name in letter.headers}
        self._channel.publish(queue, letter.body, stamp)

    async def _remove(
        self, wanted: Callable[[Letter], bool], limit: int, before: Callable[[Letter], Awaitable[None]] | None
    ) -> int:
        letters = [letter async for letter in self.letters(limit) if wanted(letter)]
        for start in range(0, len(letters), COMMIT_EVERY):
            part = letters[start : start + COMMIT_EVERY]
            if before is not None:
                for letter in part:
                    await before(letter)
                await self._channel.commit()  # first there, then no more here: rather twice than never
            for letter in part:
                self._channel.acknowledge(letter.tag, multiple=False)
            await self._channel.commit()
        return len(letters)


@asynccontextmanager
async def opened(url: str, queue: str) -> AsyncIterator[Box]:
    """Open the dead letters of a queue; without any it is empty. Raises BrokerError."""
    connection = await connect(url, heartbeat=HEARTBEAT, name="marathon live: dead letters")
    try:
        await connection.make_sure_of(f"{queue}.dead")
        channel = await connection.channel()
        await channel.transactional()
        yield Box(queue, connection, channel)
    finally:
        await connection.close()
