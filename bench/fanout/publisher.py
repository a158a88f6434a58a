# ruff: noqa: E402 - models can be imported once Django is set up
"""Stands in for the worker: announces changed rows over the real channel layer, as often as it is told.

`python -m bench.fanout.publisher`, in the site's environment. Lines on stdin: `start HZ SECONDS`; a line of JSON when
that is done. Each announcement changes ten of the first fifty rows. Its `seq` is the time of the monotonic clock in
nanoseconds, so that the load client knows how old a delta is.
"""

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import django
from msgspec.structs import replace

django.setup()

from channels.layers import get_channel_layer

from bench.boards.contest import MARATHON_ID
from live.board.rows import MarathonId, Money, Row, Score
from live.groups import BOARD_CHANGED, CLOCK_GROUP, CLOCK_TOLD, board_group
from live.hub import store
from live.wire.announcements import Announcement, FeedState, Told, encode
from live.wire.outbound import FeedStatus

TOP, CHANGED = 50, 10
MARATHON = MarathonId(UUID(MARATHON_ID))
DOLLARS = Decimal(100)


class Publisher:
    """The board as this program has made it up, and where it stands."""

    def __init__(self, reading: store.Reading) -> None:
        self._layer = get_channel_layer()
        self._random = random.Random(7)
        self._epoch, self._seq = reading.epoch, reading.seq
        self._rows = [self._traded(row, Decimal(1000 - place)) for place, row in enumerate(reading.rows)]

    def _traded(self, row: Row, percentage: Decimal) -> Row:
        """The row after some trading, with other digits everywhere where an account's figures change."""
        equity, profit, margin = (Decimal(self._random.randrange(1_000_000, 9_999_999)) / DOLLARS for _ in range(3))
        money = Money(equity - profit, equity, profit, margin, equity - margin, Decimal(0), "USD", 100)
        jitter = Decimal(self._random.randrange(-4999, 4999)) / 10_000
        score = Score(percentage.to_integral_value() + jitter, abs(jitter), abs(jitter) + 2)
        return replace(row, money=money, score=score, updated_at=datetime.now(UTC))

    async def announce(self, places: list[int]) -> None:
        """Change the rows at these places and tell it."""
        seq = time.monotonic_ns()
        for place in places:
            row = self._rows[place]
            self._rows[place] = replace(self._traded(row, row.score.percentage or Decimal(0)), stamp=seq)
        rows = tuple(self._rows[place] for place in places)
        told = Announcement(self._epoch, MARATHON, self._seq, seq, rows)
        self._seq = seq
        await self._layer.group_send(board_group(MARATHON), {"type": BOARD_CHANGED, "body": encode(told)})

    async def publish(self, hz: float, seconds: float) -> None:
        """Announce at an even pace. What is late is not left out."""
        began, ticks = time.monotonic(), round(hz * seconds)
        for tick in range(ticks):
            await asyncio.sleep(max(0.0, began + tick / hz - time.monotonic()))
            await self.announce(self._random.sample(range(TOP), CHANGED))
        late_ms = (time.monotonic() - began - (ticks - 1) / hz) * 1000
        print(json.dumps({"ticks": ticks, "late_ms": round(late_ms, 1)}), flush=True)

    async def tell_the_clock(self) -> None:
        """Once a second, as the worker does: without it the hub asks the database."""
        while True:
            told = Told(self._epoch, {MARATHON: self._seq}, FeedState(FeedStatus.LIVE, datetime.now(UTC)))
            await self._layer.group_send(CLOCK_GROUP, {"type": CLOCK_TOLD, "body": encode(told)})
            await asyncio.sleep(1)


async def main() -> None:
    reading = await asyncio.to_thread(store.read, MARATHON, -1)
    if reading is None:
        raise SystemExit("the marathon of the benchmark is not in this database")
    publisher = Publisher(reading)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"ready": True}), flush=True)
    await reader.readline()  # "board": somebody watches by now
    # From what the database has to what is made up here, all rows at once.
    await publisher.announce(list(range(len(reading.rows))))
    print(json.dumps({"ready": True}), flush=True)
    async with asyncio.TaskGroup() as tasks:
        clock = tasks.create_task(publisher.tell_the_clock())
        while line := await reader.readline():
            _, hz, seconds = line.split()
            await publisher.publish(float(hz), float(seconds))
        clock.cancel()


asyncio.run(main())
