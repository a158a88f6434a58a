"""The rival: a bare pika consumer that only parses and acknowledges in batches, on the worker's own kind of loop.

    python -m bench.feed.bare URL QUEUE MESSAGES json|msgspec

Prints what it took, as JSON.
"""

import asyncio
import json
import sys
import time
from typing import Any

import msgspec
import pika
import uvloop
from pika.adapters.asyncio_connection import AsyncioConnection

PREFETCH = 5_000
ACKNOWLEDGED = 500
PARSERS = {"json": json.loads, "msgspec": msgspec.json.decode}


class Bare:
    """Counts from its first delivery to its last."""

    def __init__(self, queue: str, messages: int, parser: str) -> None:
        self._queue, self._messages, self._parse = queue, messages, PARSERS[parser]
        self._started = self._cpu = 0.0
        self._taken = self._objects = 0
        self.done: asyncio.Future[dict[str, float]] = asyncio.get_running_loop().create_future()

    def connected(self, connection: Any) -> None:
        """Open a channel and consume."""

        def opened(channel: Any) -> None:
            channel.basic_qos(prefetch_count=PREFETCH)
            channel.basic_consume(self._queue, self._take)

        connection.channel(on_open_callback=opened)

    def _take(self, channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        if not self._taken:
            self._started, self._cpu = time.monotonic(), time.process_time()
        for line in body.split(b"\n"):
            self._parse(line)
            self._objects += 1
        self._taken += 1
        if self._taken % ACKNOWLEDGED == 0 or self._taken == self._messages:
            channel.basic_ack(method.delivery_tag, multiple=True)
        if self._taken == self._messages:
            # Asked after the acknowledgement, and answered after it: then the broker has it.
            channel.queue_declare(self._queue, passive=True, callback=self._finish)

    def _finish(self, _frame: Any) -> None:
        seconds, cpu = time.monotonic() - self._started, time.process_time() - self._cpu
        self.done.set_result({"objects": self._objects, "messages": self._taken, "seconds": seconds, "cpu": cpu})


async def run(url: str, queue: str, messages: str, parser: str) -> None:
    """Consume so many messages and print what it took."""
    bare = Bare(queue, int(messages), parser)
    connection = AsyncioConnection(
        pika.URLParameters(url), on_open_callback=bare.connected, custom_ioloop=asyncio.get_running_loop()
    )
    print(json.dumps(await bare.done))
    connection.close()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(*sys.argv[1:]))
