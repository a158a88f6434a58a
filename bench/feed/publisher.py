"""Offers objects at a steady rate, one a message, each stamped with the moment at which it is sent.

    python -m bench.feed.publisher URL QUEUE RATE SECONDS ACCOUNTS

Prints when it began (monotonic clock), how many it sent and the most that it was late, as JSON.
"""

import json
import sys
import time

import pika

from bench.feed.objects import Fleet
from bench.feed.queues import PERSISTENT

AT_ONCE = 0.01
"""Seconds between two looks at the clock."""


def publish(url: str, queue: str, rate: int, seconds: float, accounts: int) -> dict[str, float]:
    """Send them; what is late is sent at once."""
    objects = Fleet(accounts, seed=3).objects(round(rate * seconds), lambda _: time.time())
    broker = pika.BlockingConnection(pika.URLParameters(url))
    channel = broker.channel()
    began, sent, late = time.monotonic(), 0, 0.0
    while sent < rate * seconds:
        now = time.monotonic() - began
        late = max(late, now - sent / rate)
        for _ in range(min(round(now * rate), round(rate * seconds)) - sent):
            channel.basic_publish("", queue, next(objects), PERSISTENT)
            sent += 1
        broker.sleep(max(0.0, (round(now / AT_ONCE) + 1) * AT_ONCE - (time.monotonic() - began)))
    took = time.monotonic() - began
    broker.close()
    return {"began": began, "sent": sent, "late": late, "seconds": took}


if __name__ == "__main__":
    url, queue, rate, seconds, accounts = sys.argv[1:]
    print(json.dumps(publish(url, queue, int(rate), float(seconds), int(accounts))))
