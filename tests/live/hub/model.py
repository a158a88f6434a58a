"""A model of everything between the database and a client's screen, driven by random schedules.

Real: replicas, views, subscriptions, frames, resume. Modelled: the database (a list of stamped rows), the channel layer
(which loses, delays, repeats and reorders announcements), the clients (which read slowly, drop, come back to another
process), and the worker. After each schedule everything quiets down and each client must show the server's board.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from live.board.patch import patched
from live.board.rows import MarathonId, Row, Status
from live.board.views import All, Around, Page, Top, View
from live.hub.facts import MarathonFacts
from live.hub.frames import DELTAS, Mode, Style
from live.hub.replica import Replica
from live.hub.store import Reading
from live.session.subscription import Subscription
from live.wire.announcements import Announcement, decode_announcement, encode
from live.wire.entries import Detail
from live.wire.frames import Frame
from tests.live.board.boards import a_row, participant

MARATHON = MarathonId(UUID(int=42))
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FULL = Style(Mode.FULL, Detail.OPEN)
PEOPLE = 12


@dataclass
class Database:
    """The truth: rows with stamps, and the one clock."""

    rows: dict[int, Row] = field(default_factory=dict)
    epoch: str = "e1"
    clock: int = 0
    stamp: int = 0
    facts: MarathonFacts = field(
        default_factory=lambda: MarathonFacts(
            MARATHON, "Model", NOW - timedelta(days=1), NOW + timedelta(days=1), None, "public", "own"
        )
    )

    async def read(self, marathon_id: MarathonId, since: int) -> Reading | None:
        rows = [row for row in self.rows.values() if row.stamp > since]
        reading = Reading(self.epoch, self.stamp, self.facts, rows)
        await asyncio.sleep(0)  # what commits until it arrives is not in it
        return reading

    def commit(self, rows: list[Row]) -> Announcement:
        """One transaction: the next stamp for these rows."""
        self.clock += 1
        since, self.stamp = self.stamp, self.clock
        stamped = tuple(msgspec.structs.replace(row, stamp=self.clock) for row in rows)
        self.rows.update({row.identity.bib: row for row in stamped})
        return Announcement(self.epoch, MARATHON, since, self.clock, stamped)


class Client:
    """One viewer: applies what it pulls the way docs/PROTOCOL.md says, and checks that the chain has no gap."""

    def __init__(self, view: View, style: Style) -> None:
        self.view, self.style = view, style
        self.entries: list[dict[str, Any]] = []
        self.epoch, self.seq, self.offset, self.total = "", -1, 0, 0
        self.subscription: Subscription | None = None
        self.deltas = self.resumed = 0

    async def connect(self, replica: Replica) -> None:
        """Subscribe as a session does: resume a whole board where that is possible, else take a snapshot."""
        if self.epoch == replica.epoch:
            await replica.healed_to(self.seq)
        self.subscription = Subscription(replica, replica.view(self.view), self.style, lambda _: None)
        can_resume = self.style is DELTAS and isinstance(self.view, All) and self.epoch == replica.epoch
        if can_resume and 0 <= self.seq <= self.subscription.seq:
            self.resumed += 1
            self.take(self.subscription.resume(self.seq))
        else:
            self.take(self.subscription.snapshot())

    def drop(self) -> None:
        if self.subscription is not None:
            self.subscription.close()
            self.subscription = None

    def pull(self) -> None:
        frame = self.subscription.pull() if self.subscription is not None else None
        if frame is not None:
            self.take(frame)

    def take(self, frame: Frame) -> None:
        data = json.loads(frame.data)
        if frame.event == "marathon_delta":
            assert data["since"] == self.seq, f"a gap: at {self.seq}, got a delta since {data['since']}"
            assert data["epoch"] == self.epoch
            self.deltas += 1
            self.entries = patched(self.entries, data)
        else:
            self.entries = data["entries"]
        assert data["seq"] >= self.seq or data["epoch"] != self.epoch, "went back in time"
        self.epoch, self.seq = data["epoch"], data["seq"]
        self.offset, self.total = data["offset"], data["totalParticipants"]


class Schedule:
    """One random run; `seed` replays it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.database = Database()
        self.replicas = [Replica(MARATHON, self.database.read, lambda: NOW, 0.0) for _ in range(2)]
        self.mail: list[list[bytes]] = [[], []]
        self.clients: list[Client] = []

    async def run(self) -> None:
        self._commit_some(self.random.randint(0, PEOPLE))
        for replica in self.replicas:
            assert await replica.load()
        for _ in range(self.random.randint(2, 5)):
            self.clients.append(await self._client())
        for _ in range(self.random.randint(5, 25)):
            await self._step()
        await self._settle()
        await self._check()
        for client in self.clients:
            client.drop()
        for replica in self.replicas:
            replica.drop_unwatched_views()
            assert replica.views == 0, "a view outlived its watchers"
            await replica.close()

    # Steps -------------------------------------------------------------------------------------------------------

    async def _step(self) -> None:
        steps: list[tuple[float, Callable[[], Awaitable[None] | None]]] = [
            (8, lambda: self._commit_some(self.random.randint(1, 4))),
            (1, self._other_board),
            (1, self._hint),
            (6, self._deliver),
            (6, self._pull),
            (2, self._reconnect),
            (1, self._told),
            (0.2, self._new_epoch),
        ]
        (chosen,) = self.random.choices([step for _, step in steps], [weight for weight, _ in steps])
        step = chosen()
        if step is not None:
            await step
        for _ in range(self.random.randint(0, 4)):
            await asyncio.sleep(0)

    async def _client(self) -> Client:
        views: list[View] = [
            All(),
            All(),
            Top(self.random.randint(1, 6)),
            Page(self.random.randint(1, 4), self.random.randint(1, 5)),
            Around(participant(self.random.randint(1, PEOPLE)), self.random.randint(1, 5)),
        ]
        client = Client(self.random.choice(views), self.random.choice([DELTAS, DELTAS, DELTAS, FULL]))
        await client.connect(self.random.choice(self.replicas))
        return client

    def _commit_some(self, count: int) -> None:
        bibs = self.random.sample(range(1, PEOPLE + 1), count)
        if bibs:
            self._post(self.database.commit([self._changed(bib) for bib in bibs]))

    def _changed(self, bib: int) -> Row:
        former = self.database.rows.get(bib)
        status = self.random.choice([Status.ACTIVE] * 8 + [Status.DISQUALIFIED, Status.WITHDRAWN])
        percentage = None if former is None and self.random.random() < 0.3 else str(self.random.randint(-5, 5))
        row = a_row(bib, percentage, status=status, joined=bib)
        if former is not None and self.random.random() < 0.3:
            return msgspec.structs.replace(former, positions=b'[{"ticket":%d}]' % self.random.randint(1, 9))
        return msgspec.structs.replace(row, updated_at=NOW + timedelta(seconds=self.database.clock))

    def _other_board(self) -> None:
        self.database.clock += 1

    def _hint(self) -> None:
        """Somebody changes a row in the admin: announced without rows."""
        announcement = self.database.commit([self._changed(self.random.randint(1, PEOPLE))])
        self._post(msgspec.structs.replace(announcement, rows=None))

    def _post(self, announcement: Announcement) -> None:
        body = encode(announcement)
        for box in self.mail:
            if self.random.random() < 0.75:
                box.append(body)

    def _deliver(self) -> None:
        index = self.random.randrange(2)
        box = self.mail[index]
        if self.random.random() < 0.2:
            self.random.shuffle(box)
        for _ in range(min(len(box), self.random.randint(1, 3))):
            body = box[0] if self.random.random() < 0.1 else box.pop(0)
            self.replicas[index].announced(decode_announcement(body))

    def _pull(self) -> None:
        for client in self.random.sample(self.clients, self.random.randint(0, len(self.clients))):
            client.pull()

    async def _reconnect(self) -> None:
        client = self.random.choice(self.clients)
        client.drop()
        if self.random.random() < 0.2:
            self.clients[self.clients.index(client)] = await self._client()
        else:
            await client.connect(self.random.choice(self.replicas))

    def _told(self) -> None:
        self.random.choice(self.replicas).told(self.database.epoch, self.database.stamp)

    def _new_epoch(self) -> None:
        self.database.epoch += "x"
        self.database.clock += 1

    # The end -----------------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """The worker's word of every second arrives; nothing happens any more."""
        for replica in self.replicas:
            replica.told(self.database.epoch, self.database.stamp)
            while replica.behind or replica.seq < self.database.stamp or replica.epoch != self.database.epoch:
                await asyncio.sleep(0)
                replica.told(self.database.epoch, self.database.stamp)
        for _ in range(4):
            await asyncio.sleep(0)

    async def _check(self) -> None:
        for client in self.clients:
            client.pull()
            assert client.subscription is not None
            replica = client.subscription.replica
            fresh = Client(client.view, client.style)
            await fresh.connect(replica)
            assert client.entries == fresh.entries, f"{client.view} {client.style.mode} differs"
            assert (client.offset, client.total, client.epoch) == (fresh.offset, fresh.total, fresh.epoch)
            fresh.drop()
            self._check_the_board(client)
        boards = [await _all(replica) for replica in self.replicas]
        assert boards[0] == boards[1], "two processes show different boards"

    def _check_the_board(self, client: Client) -> None:
        """Held against the database, with the order written out here once more."""
        if not isinstance(client.view, All):
            return
        expected = sorted(self.database.rows.values(), key=_place)
        assert [entry["bib"] for entry in client.entries] == [row.identity.bib for row in expected]
        for place, (entry, row) in enumerate(zip(client.entries, expected, strict=True), 1):
            assert entry["rank"] == (place if row.status is Status.ACTIVE else None)
            assert entry["status"] == row.status


def _place(row: Row) -> tuple[Any, ...]:
    order = [Status.ACTIVE, Status.NO_DATA, Status.DISQUALIFIED, Status.WITHDRAWN]
    score = row.score
    return (
        order.index(row.status),
        -score.percentage if score.percentage is not None else Decimal("Infinity"),
        score.max_drawdown if score.max_drawdown is not None else Decimal("Infinity"),
        row.identity.joined_at,
        row.identity.participant_id,
    )


async def _all(replica: Replica) -> list[dict[str, Any]]:
    client = Client(All(), FULL)
    await client.connect(replica)
    client.drop()
    return client.entries


async def run_schedules(first: int, count: int) -> dict[str, int]:
    """Run so many schedules from a seed on; raises with the seed of the one that failed."""
    seen = {"deltas": 0, "resumed": 0, "healed": 0}
    for seed in range(first, first + count):
        schedule = Schedule(seed)
        try:
            await schedule.run()
        except Exception as error:
            error.add_note(f"replay with: MODEL_SEED={seed} MODEL_SCHEDULES=1")
            raise
        seen["deltas"] += sum(client.deltas for client in schedule.clients)
        seen["resumed"] += sum(client.resumed for client in schedule.clients)
        seen["healed"] += sum(replica.healed for replica in schedule.replicas)
    return seen
