"""Publishes what is also told to the truth: batches with duplicates and garbage, again and again until the broker has
confirmed them."""

import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pika

from tests.e2e.truth import Truth

BATCH = 10


class Feeder(threading.Thread):
    """So many objects a second for these accounts, until `finish`. `sent` are the good ones, `bad` the garbage."""

    def __init__(self, url: str, queue: str, logins: list[str], rate: int, seed: int) -> None:
        super().__init__(name="feeder", daemon=True)
        self.truth = Truth(dict.fromkeys(logins, "10000"))
        self.sent: list[dict[str, Any]] = []
        self.bad: set[bytes] = set()
        self.repeats = 0
        self._parameters = pika.URLParameters(url)
        self._parameters.blocked_connection_timeout = 5
        self._queue = queue
        self._logins = logins
        self._pause = BATCH / rate
        self._random = random.Random(seed)
        self._finished = threading.Event()
        self._current: bytes | None = None

    def finish(self) -> None:
        """Publish no more than what is under way, and wait until the broker has that."""
        self._finished.set()
        self.join(60)
        assert not self.is_alive(), "the feeder did not get its last batch to the broker"

    @property
    def _goes_on(self) -> bool:
        return self._current is not None or not self._finished.is_set()

    def run(self) -> None:
        batches = self._batches()
        while self._goes_on:
            try:
                self._publish(batches)
            except (pika.exceptions.AMQPError, OSError):
                self.repeats += 1
                time.sleep(0.1)

    def _publish(self, batches: Iterator[bytes]) -> None:
        """On one connection, until the end or until it breaks."""
        with pika.BlockingConnection(self._parameters) as broker:
            channel = broker.channel()
            channel.confirm_delivery()
            due = time.monotonic()
            while self._goes_on:
                self._current = self._current or next(batches)
                properties = pika.BasicProperties(delivery_mode=2)
                channel.basic_publish("", self._queue, self._current, properties, mandatory=True)
                self._current = None
                due += self._pause
                broker.sleep(max(0.0, due - time.monotonic()))

    def _batches(self) -> Iterator[bytes]:
        while True:
            messages = [self._message() for _ in range(BATCH)]
            lines = [json.dumps(message).encode() for message in messages]
            if self._random.random() < 0.1:
                again = self._random.sample(self.sent[-50:], 3)  # publishers repeat themselves
                lines += [json.dumps(message).encode() for message in again]
            if self._random.random() < 0.1:
                self._random.shuffle(lines)  # and come in any order
            if self._random.random() < 0.1:
                garbage = b"garbage %d" % len(self.bad)
                self.bad.add(garbage)
                lines.insert(self._random.randrange(len(lines)), garbage)
            yield b"\n".join(lines)

    def _message(self) -> dict[str, Any]:
        equity = round(self._random.uniform(5_000, 20_000), 2)
        balance = round(equity - self._random.uniform(-500, 500), 2)
        message = {
            "type": self._random.choice(["account", "update"]),
            "login": self._random.choice(self._logins),
            "balance": balance,
            "equity": equity,
            "profit": round(equity - balance, 2),
            "timestamp": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        self.sent.append(message)
        self.truth.take(message)
        return message
