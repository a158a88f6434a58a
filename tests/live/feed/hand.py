"""A source of the pipeline that a test holds in its hand, and what goes with it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async

from live.feed.pipeline import Pipeline
from live.feed.source import Batch, Condition, DeadLetter, Delivery, LostError
from marathons.models import Account
from tests.cast import ALICE_LOGIN
from tests.live.feed.consuming import PATIENCE

QUEUE = "feed"


def utc() -> datetime:
    return datetime.now(UTC)


class Hand:
    """A Source: gives what the test puts into it, and remembers what comes back."""

    def __init__(self) -> None:
        self.name = QUEUE
        self.tenure = 1
        self.condition = Condition.ACTIVE
        self.settled: list[Batch] = []
        self.dead: list[DeadLetter] = []
        self.lost = False
        self.stepped_back = 0
        self.takes: asyncio.Event | None = None
        self.asked = 0
        self._batches: asyncio.Queue[Batch] = asyncio.Queue()

    @property
    def drained(self) -> bool:
        return self._batches.empty()

    def gives(self, *bodies: bytes) -> None:
        stamp = int(utc().timestamp() * 1e6)
        deliveries = [Delivery(tag, body, stamp, "", QUEUE, again=False) for tag, body in enumerate(bodies, 1)]
        self._batches.put_nowait(Batch(QUEUE, self.tenure, deliveries))

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def batch(self) -> Batch:
        return await self._batches.get()

    async def settle(self, batch: Batch, dead: Sequence[DeadLetter]) -> None:
        self.asked += 1
        if self.takes is not None:
            await self.takes.wait()
        if self.lost or batch.tenure != self.tenure:
            raise LostError("gone")
        self.settled.append(batch)
        self.dead += dead

    async def step_back(self) -> None:
        self.stepped_back += 1
        self.tenure += 1

    async def close(self) -> None:
        self.condition = Condition.CLOSED


class Layer:
    """A channel layer that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self.sent.append((group, message))


@asynccontextmanager
async def running(pipeline: Pipeline) -> AsyncIterator["asyncio.Task[None]"]:
    """Stopped afterwards, in order."""
    task = asyncio.create_task(pipeline.run())
    yield task
    pipeline.stop()
    await asyncio.wait_for(task, PATIENCE)


def body(equity: float, login: str = ALICE_LOGIN, **fields: Any) -> bytes:
    return json.dumps({"type": "update", "login": login, "equity": equity, **fields}).encode()


@sync_to_async
def equity_of(login: str = ALICE_LOGIN) -> Any:
    return Account.objects.filter(login=login).values_list("equity", flat=True).first()
