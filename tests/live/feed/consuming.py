"""Running consumers, and the other side of their queue, for the tests on a real RabbitMQ."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from live.feed.consumer import Consumer, Input
from live.feed.source import Batch, Condition

PATIENCE = 10.0


@asynccontextmanager
async def running(source: Input, *, until: Condition | None = Condition.ACTIVE) -> AsyncIterator[Consumer]:
    """A consumer that has come so far."""
    consumer = Consumer(source)
    task = asyncio.create_task(consumer.run())
    try:
        if until:
            await becomes(lambda: consumer.condition is until)
        yield consumer
    finally:
        await consumer.close()
        task.cancel()
        await asyncio.wait((task,))


async def becomes(condition: Callable[[], bool]) -> float:
    """Wait until it is true; return the seconds that took."""
    started = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
    return time.monotonic() - started


async def taken(consumer: Consumer, count: int) -> list[Batch]:
    """Batches with so many deliveries in all."""
    batches: list[Batch] = []
    async with asyncio.timeout(PATIENCE):
        while sum(len(batch.deliveries) for batch in batches) < count:
            batches.append(await consumer.batch())
    return batches


def bodies(batches: list[Batch]) -> list[bytes]:
    return [delivery.body for batch in batches for delivery in batch.deliveries]


def publish(broker: BlockingChannel, queue: str, *messages: bytes, exchange: str = "", **properties: Any) -> None:
    for message in messages:
        broker.basic_publish(exchange, queue, message, pika.BasicProperties(**properties))


async def on_broker(call: Callable[[], Any]) -> Any:
    """Something that blocks, while the loop goes on."""
    return await asyncio.to_thread(call)


def waiting(broker: BlockingChannel, queue: str) -> int:
    count: int = broker.queue_declare(queue, passive=True).method.message_count
    return count
