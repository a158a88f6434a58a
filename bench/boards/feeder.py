"""Publishes a fleet's updates to RabbitMQ at an even pace: `python -m bench.boards.feeder QUEUE SIZE FOLDER`.

Commands on stdin, a line of JSON for each:

    prime RATE           a full message for every account
    feed RATE SECONDS    updates of accounts chosen at random
    quit                 writes `sends` and `final.json` into the folder

`sends` are records of account, version and the time just before publishing, in nanoseconds of the monotonic clock.
"""

import json
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika

from bench.boards.fleet import Fleet
from bench.harness.services import RABBITMQ_URL

SEND = struct.Struct("<IIq")
_SNAPSHOTS = 0.1
_LONGEST_SLEEP = 0.05
_TRANSIENT = pika.BasicProperties(delivery_mode=1, content_type="application/json")


class Feeder:
    def __init__(self, queue: str, size: int) -> None:
        parameters = pika.URLParameters(RABBITMQ_URL)
        parameters.heartbeat = 0  # between commands nobody answers heartbeats
        self._connection = pika.BlockingConnection(parameters)
        self._channel, self._queue, self._fleet = self._connection.channel(), queue, Fleet(size)
        self.sends = bytearray()

    def prime(self, rate: float) -> dict[str, Any]:
        size = len(self._fleet.versions)
        return self._paced(rate, size, lambda index: self._publish(index, snapshot=True))

    def feed(self, rate: float, seconds: float) -> dict[str, Any]:
        return self._paced(rate, int(rate * seconds), lambda _: self._publish_any())

    def _publish_any(self) -> None:
        self._publish(self._fleet.anyone(), snapshot=self._fleet.is_snapshot(_SNAPSHOTS))

    def _publish(self, number: int, *, snapshot: bool) -> None:
        self._fleet.move(number)
        at = time.monotonic_ns()
        self._channel.basic_publish("", self._queue, self._fleet.message(number, snapshot=snapshot), _TRANSIENT)
        self.sends += SEND.pack(number, self._fleet.versions[number], at)

    def _paced(self, rate: float, count: int, publish: Callable[[int], None]) -> dict[str, Any]:
        """Publish so many, each when it is due or, after a delay, at once; how late the latest was."""
        began_ns, began, sent, latest = time.monotonic_ns(), time.monotonic(), 0, 0.0
        while sent < count:
            due = min(count, int((time.monotonic() - began) * rate) + 1)
            while sent < due:
                publish(sent)
                sent += 1
            late = time.monotonic() - began - sent / rate
            latest = max(latest, late)
            if late < 0:
                time.sleep(min(-late, _LONGEST_SLEEP))
        self._connection.process_data_events(0)
        return {"began_ns": began_ns, "sent": sent, "seconds": time.monotonic() - began, "late_ms": latest * 1000}

    def write(self, folder: Path) -> None:
        (folder / "sends").write_bytes(self.sends)
        (folder / "final.json").write_text(json.dumps(self._fleet.final()))
        self._connection.close()


def main(queue: str, size: str, folder: str) -> None:
    feeder = Feeder(queue, int(size))
    for line in sys.stdin:
        match line.split():
            case ["prime", rate]:
                print(json.dumps(feeder.prime(float(rate))), flush=True)
            case ["feed", rate, seconds]:
                print(json.dumps(feeder.feed(float(rate), float(seconds))), flush=True)
            case _:
                break
    feeder.write(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
