# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""What a board of 10,000 participants costs a web process: to load it, and to keep it in order at 2,000 changes/s.

    make bench-board

Loaded from a PostgreSQL database of its own. Then the replica hears some seconds of announcements in real time, as the
worker sends them at that rate, and publishes at its tick to views that are watched; CPU is the process's. The rival
hears the same, and sorts the whole board at each tick.
"""

import argparse
import asyncio
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
from msgspec.structs import replace

from bench.feed.stage import prepare
from bench.harness import machine
from bench.harness.processes import SERVER_CORE
from bench.harness.services import ROOT, services

RESULTS = ROOT / "bench" / "results"
CHANGES, COMMITS, TICK = 2_000, 100, 0.2
"""Changed rows and commits a second; seconds between two frames of a view."""
LOAD_SECONDS, CORE_SHARE = 1.0, 0.20
DATA = """
UPDATE marathons_standing SET tier = 0, balance = 10000, equity = 10000 + made.gain, profit = made.gain, margin = 500,
    free_margin = 9500 + made.gain, credit = 0, currency = 'USD', leverage = 100, score = made.gain / 100, drawdown = 1,
    max_drawdown = abs(made.gain) / 100, equity_high = 12000, equity_low = 9000, updated_at = now(), positions = %s
FROM (SELECT participant_id id, round((random() * 6000 - 3000)::numeric, 2) gain FROM marathons_standing) made
WHERE made.id = participant_id
"""
POSITIONS = (
    '[{"ticket": 1, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "openPrice": 1.1, "currentPrice": 1.105,'
    ' "profit": 50, "swap": -1.2, "openTime": "2026-11-02T09:31:07Z"}]'
)


@dataclass(frozen=True, slots=True)
class Share:
    """CPU beside the time that passed, and us of CPU a changed row."""

    name: str
    cpu: float
    seconds: float

    @property
    def of_core(self) -> float:
        return self.cpu / self.seconds

    @property
    def each(self) -> float:
        return self.cpu / self.seconds / CHANGES * 1e6


class FullSort:
    """The rival: keeps rows by participant, and sorts them all when a tick is over."""

    def __init__(self, rows: Iterable[Any]) -> None:
        from live.board.ranking import order_key

        self._key = order_key
        self._rows = {row.identity.participant_id: row for row in rows}
        self.ordered: Sequence[Any] = ()

    def announced(self, announcement: Any) -> None:
        self._rows.update((row.identity.participant_id, row) for row in announcement.rows)

    def tick(self) -> None:
        self.ordered = sorted(self._rows.values(), key=self._key)


class Viewer:
    """Pulls the delta of a view whenever there is one, as a session does; the view keeps it."""

    def __init__(self, view: Any, style: Any) -> None:
        self._view, self._style, self._base = view, style, view.published
        view.watchers.add(self)
        self.bytes = 0

    def wake(self) -> None:
        asyncio.get_running_loop().call_soon(self._pull)

    def _pull(self) -> None:
        frame = self._view.frame(self._style, self._base)
        self._base = self._view.published
        self.bytes += len(frame.text) if frame else 0


async def load(marathon_id: Any) -> tuple[Any, float]:
    """A replica loaded as the hub does it, and the seconds that took."""
    from live.hub import store
    from live.hub.replica import Replica

    async def read(board: Any, since: int) -> Any:
        return await asyncio.to_thread(store.read, board, since)

    replica = Replica(marathon_id, read, lambda: datetime.now(UTC), TICK)
    began = time.monotonic()
    await replica.load()
    return replica, time.monotonic() - began


def announcements(replica: Any, rows: Sequence[Any], seconds: float) -> list[bytes]:
    """What the worker says in so many seconds."""
    from live.wire.announcements import Announcement, encode

    chance, seq = random.Random(1), replica.seq
    told = []
    for _ in range(round(seconds * COMMITS)):
        changed = tuple(_moved(row, chance, seq + 1) for row in chance.sample(rows, CHANGES // COMMITS))
        told.append(encode(Announcement(replica.epoch, replica.marathon_id, seq, seq + 1, changed)))
        seq += 1
    return told


def _moved(row: Any, chance: random.Random, seq: int) -> Any:
    """The row with another equity, as its next update brings it."""
    profit = Decimal(chance.randrange(-300_000, 300_000)) / 100
    money = replace(row.money, equity=10_000 + profit, profit=profit)
    return replace(row, money=money, score=replace(row.score, percentage=profit / 100), stamp=seq)


async def hear(name: str, told: Sequence[bytes], take: Callable[[Any], None]) -> Share:
    """Take them at the pace at which the worker says them; what it costs to wait and decode is included."""
    from live.wire.announcements import decode_announcement

    began, cpu = time.monotonic(), time.process_time()
    for number, body in enumerate(told, 1):
        take(decode_announcement(body))
        await asyncio.sleep(max(0.0, began + number / COMMITS - time.monotonic()))
    return Share(name, time.process_time() - cpu, time.monotonic() - began)


async def sort_each_tick(told: Sequence[bytes], rows: Sequence[Any]) -> Share:
    """The rival's share."""
    rival, heard = FullSort(rows), 0

    def take(announcement: Any) -> None:
        nonlocal heard
        rival.announced(announcement)
        heard += 1
        if heard % round(TICK * COMMITS) == 0:
            rival.tick()

    return await hear("rival: a full sort at each tick, no view", told, take)


async def measure(marathon_id: Any, seconds: float) -> tuple[list[float], list[Share]]:
    """Seconds of three loads; shares with nobody watching, with windows watched, with the whole board, the rival's."""
    from live.board.views import All, Page, Top
    from live.hub.frames import DELTAS

    loads = [(await load(marathon_id))[1] for _ in range(3)]
    shares = []
    watched = {
        "replica, nobody watches": (),
        "replica, top 50 and two pages watched": (Top(50), Page(60, 50), Page(150, 50)),
        "replica, the whole board watched": (All(),),
    }
    for name, views in watched.items():
        replica, _ = await load(marathon_id)
        rows = replica.view(All()).published.state.rows
        for view in views:
            Viewer(replica.view(view), DELTAS)
        shares.append(await hear(name, announcements(replica, rows, seconds), replica.announced))
        await replica.close()
    shares.append(await sort_each_tick(announcements(replica, rows, seconds), rows))
    return loads, shares


def text(facts: Mapping[str, str], loads: Sequence[float], shares: Sequence[Share], participants: int) -> str:
    """The whole report."""
    most = max(loads)
    lines = [
        machine.heading("A board in a web process", dict(facts)),
        f"{participants:,} participants; {CHANGES:,} changed rows a second in {COMMITS} announcements, ticks of"
        f" {TICK * 1000:.0f} ms.\n",
        "| target | measured | |\n|---|---|---|",
        f"| loads in < {LOAD_SECONDS:.0f} s | {most:.2f} s | {_met(most < LOAD_SECONDS)} |",
        f"| applies {CHANGES:,} changes/s on < {CORE_SHARE:.0%} of a core | {shares[0].of_core:.1%} |"
        f" {_met(shares[0].of_core < CORE_SHARE)} |\n",
        "| hears, decodes, applies, publishes | of a core | CPU us a changed row |\n|---|---|---|",
        *(f"| {one.name} | {one.of_core:.1%} | {one.each:.1f} |" for one in shares),
    ]
    return "\n".join(lines) + "\n"


def _met(met: bool) -> str:
    return "met" if met else "**not met**"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10, help="of announcements, for each line")
    options = parser.parse_args()
    machine.require_linux()
    RESULTS.mkdir(exist_ok=True)
    facts = machine.describe()
    os.sched_setaffinity(0, {SERVER_CORE})
    with services("board") as own:
        os.environ.update(own.environment())
        prepare(own, options.participants)
        with psycopg.connect(own.database_url, autocommit=True) as database:
            database.execute(DATA, [POSITIONS])
            database.execute("VACUUM ANALYZE")
        loads, shares = run(options.seconds)
    said = text(facts, loads, shares, options.participants)
    print(said)
    (RESULTS / "board.md").write_text(said)
    raise SystemExit(0 if max(loads) < LOAD_SECONDS and shares[0].of_core < CORE_SHARE else 1)


def run(seconds: float) -> tuple[list[float], list[Share]]:
    """Measure in this process."""
    import django

    django.setup()
    from marathons.models import Marathon

    marathon_id = Marathon.objects.values_list("pk", flat=True).get()
    found = asyncio.run(measure(marathon_id, seconds))
    django.db.connections.close_all()
    return found


if __name__ == "__main__":
    main()
