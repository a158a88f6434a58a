"""A publisher for tests: messages as they come from terminals, at a steady pace, and remembered."""

import asyncio
import random
from typing import Any

from tests.e2e.cluster import Cluster, now_ms
from tests.e2e.truth import Truth


def snapshot(login: str, **fields: Any) -> dict[str, Any]:
    """A full snapshot as the publisher sends it."""
    return {
        "type": "account",
        "login": login,
        "balance": 10150.25,
        "equity": 10200.50,
        "profit": 150.25,
        "margin": 500.0,
        "freeMargin": 9700.5,
        "currency": "USD",
        "leverage": 100,
        "positions": [],
        "orders": [],
        "timestamp": now_ms(),
        **fields,
    }


class Feeder:
    """Random but valid messages for many accounts; remembers what it sent."""

    def __init__(self, logins: list[str], truth: Truth, seed: int = 7) -> None:
        self.logins, self.truth, self.random = logins, truth, random.Random(seed)

    def message(self, login: str) -> dict[str, Any]:
        equity = round(self.random.uniform(5_000, 20_000), 2)
        balance = round(equity - self.random.uniform(-500, 500), 2)
        money = {"balance": balance, "equity": equity, "profit": round(equity - balance, 2)}
        kind = self.random.choice(["account", "update", "update"])
        message = snapshot(login, **money) if kind == "account" else {"type": "update", "login": login, **money}
        message["timestamp"] = now_ms()
        self.truth.take(message)
        return message


async def feed(cluster: Cluster, feeder: Feeder, rate: int, seconds: float) -> None:
    """Publish so many objects a second, in batches of a tenth of a second, on a thread of its own."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    for tenth in range(int(seconds * 10)):
        messages = [feeder.message(feeder.random.choice(feeder.logins)) for _ in range(rate // 10)]
        await asyncio.to_thread(cluster.publish, messages)
        await asyncio.sleep(max(0.0, begin + (tenth + 1) / 10 - loop.time()))
