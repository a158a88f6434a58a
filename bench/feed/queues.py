"""Queues of our own: made, filled, held back from the worker until they are full, and deleted."""

from collections.abc import Iterable
from typing import Any

import pika

from bench.harness.services import RABBITMQ_URL

PERSISTENT = pika.BasicProperties("application/json", delivery_mode=2)


class Queues:
    """One connection; every queue made here, and its dead letters, are gone when the block ends."""

    def __init__(self) -> None:
        parameters = pika.URLParameters(RABBITMQ_URL)
        parameters.heartbeat = 0  # the bench is busy elsewhere for minutes
        self._broker = pika.BlockingConnection(parameters)
        self._channel = self._broker.channel()
        self._made: set[str] = set()
        self._held: dict[str, Any] = {}

    def make(self, *queues: str) -> None:
        """Declare them as the publisher does: durable, without arguments."""
        for queue in queues:
            self._channel.queue_declare(queue, durable=True)
            self._made.add(queue)

    def fill(self, queues: Iterable[str], bodies: Iterable[bytes]) -> None:
        """Publish the same messages into each of the queues; they are with the broker when this returns."""
        queues = list(queues)
        self._channel.exchange_declare(exchange := f"{queues[0]}.fill", "fanout")
        for queue in queues:
            self._channel.queue_bind(queue, exchange)
        for body in bodies:
            self._channel.basic_publish(exchange, "", body, PERSISTENT)
        self._channel.exchange_delete(exchange)  # answered after all that was published before it

    def hold(self, queue: str) -> None:
        """Be its only consumer, so that a worker has to stand by."""
        channel = self._broker.channel()
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume(queue, lambda *_: None, exclusive=True)
        self._held[queue] = channel

    def release(self, queue: str) -> None:
        """Let the worker have it."""
        self._held.pop(queue).close()

    def left(self, queue: str) -> int:
        """How many messages are in a queue that nobody consumes any more."""
        return int(self._channel.queue_declare(queue, passive=True).method.message_count)

    def __enter__(self) -> "Queues":
        return self

    def __exit__(self, *_: object) -> None:
        for queue in self._made:
            self._channel.queue_delete(queue)
            self._channel.queue_delete(f"{queue}.dead")
        self._broker.close()
