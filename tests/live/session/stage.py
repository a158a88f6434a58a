"""A process with boards, users and viewers for tests of sessions; no database, no server, and time as a test sets it.

pytest-django refuses every query, in any thread, so a reading that is not of this store fails its test.
"""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
from django.conf import settings

import live.auth
from live.board.rows import Login, MarathonId, ParticipantId, Row
from live.groups import BOARD_CHANGED
from live.hub import store
from live.hub.facts import MarathonFacts
from live.process import Process
from live.session.session import Session
from live.wire.announcements import Announcement, encode
from live.wire.frames import Frame
from marathons.access import Viewer
from tests.live.board.boards import a_row

MARATHON = MarathonId(UUID(int=7))


def user_of(bib: int) -> UUID:
    """The user of a participant, as `a_row` makes them."""
    return UUID(int=1000 + bib)


STAFF = UUID(int=1)


class Screen:
    """A transport that keeps what it was sent. `stuck` holds back what is sent from now on."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.address = address
        self.frames: list[Frame] = []
        self.closed: int | None = None
        self.aborted = False
        self.gone = False
        self.reads = asyncio.Event()
        self.reads.set()
        self._bell = asyncio.Event()

    def ready(self) -> bool:
        return self.reads.is_set() and not self.gone

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._bell.set()

    async def send(self, frame: Frame) -> None:
        await self.reads.wait()
        if self.gone:
            raise ConnectionResetError
        self.frames.append(frame)
        self._bell.set()

    async def close(self, code: int) -> None:
        self.closed = int(code)
        self._bell.set()

    def abort(self) -> None:
        self.aborted = True

    def hangs_up(self) -> None:
        """The peer is gone; whoever waits to send hears of it."""
        self.gone = True
        self.reads.set()

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._bell.clear()
                await self._bell.wait()

    async def has(self, count: int, event: str) -> None:
        """Wait until so many frames of this event have come."""
        await self.until(lambda: len(self.all(event)) >= count)

    def all(self, event: str) -> list[dict[str, Any]]:
        return [json.loads(frame.data) for frame in self.frames if frame.event == event]

    @property
    def events(self) -> list[str]:
        return [frame.event for frame in self.frames]


@dataclass
class Board:
    """A marathon as the database has it."""

    facts: MarathonFacts
    rows: dict[int, Row]
    seq: int = 1
    epoch: str = "e"
    there: bool = True
    """False once it is deleted."""


@dataclass
class Stage:
    """Ten participants, 10 % to 1 %, on one board; more of both as a test needs them."""

    monkeypatch: pytest.MonkeyPatch
    boards: dict[MarathonId, Board] = field(default_factory=dict)
    users: dict[UUID, Viewer] = field(default_factory=dict)
    accounts: dict[str, list[tuple[MarathonId, ParticipantId]]] = field(default_factory=dict)
    readings: int = 0

    def __post_init__(self) -> None:
        self.now = datetime.now(UTC)
        self.before_reading: Callable[[], None] = lambda: None
        self.after_reading: Callable[[], None] = lambda: None
        self.marathon()
        self.users |= {user_of(bib): Viewer(user_of(bib)) for bib in range(1, 21)}
        self.users[STAFF] = Viewer(STAFF, is_staff=True)
        self.monkeypatch.setattr(store, "read", self._read)
        self.monkeypatch.setattr(store, "followed", self._followed)
        self.monkeypatch.setattr(live.auth, "_viewers", self._viewers)
        self.process = Process()
        self.process.services.now = lambda: self.now
        self.process.hub.now = lambda: self.now
        self.process.hub._heard_told = float("inf")  # its worker is never missed

    async def close(self) -> None:
        for session in tuple(self.process.services.sessions):
            await session.close()
        await self.process.close()

    # The database ------------------------------------------------------------------------------------------------

    def marathon(self, marathon_id: MarathonId = MARATHON, **facts: Any) -> Board:
        day = timedelta(days=1)
        public = MarathonFacts(marathon_id, "M", self.now - day, self.now + day, None, "public", "own")
        rows = {
            bib: msgspec.structs.replace(a_row(bib, str(bib)), positions=b'[{"ticket":%d}]' % bib)
            for bib in range(1, 11)
        }
        self.boards[marathon_id] = Board(replace(public, **facts), rows)
        return self.boards[marathon_id]

    def _read(self, marathon_id: MarathonId, since: int) -> store.Reading | None:
        self.readings += 1
        self.before_reading()
        board = self.boards.get(marathon_id)
        if board is None or not board.there:
            return None
        rows = [row for row in board.rows.values() if row.stamp > since]
        found = store.Reading(board.epoch, board.seq, board.facts, rows)
        self.after_reading()
        return found

    def _followed(self, _viewer: Viewer, login: Login) -> list[tuple[MarathonId, ParticipantId]] | None:
        return self.accounts.get(login)

    def _viewers(self, user_ids: list[UUID]) -> dict[UUID, Viewer]:
        return {user_id: self.users[user_id] for user_id in user_ids if user_id in self.users}

    # What happens ------------------------------------------------------------------------------------------------

    def commit(self, *rows: Row, marathon_id: MarathonId = MARATHON, **facts: Any) -> Announcement:
        """Rows, or facts of the marathon, change; nobody is told yet."""
        board = self.boards[marathon_id]
        since, board.seq = board.seq, board.seq + 1
        stamped = tuple(msgspec.structs.replace(row, stamp=board.seq) for row in rows)
        board.rows |= {row.identity.bib: row for row in stamped}
        board.facts = replace(board.facts, **facts)
        return Announcement(board.epoch, marathon_id, since, board.seq, None if facts else stamped)

    def announce(self, announcement: Announcement) -> None:
        self.process.hub._heard({"type": BOARD_CHANGED, "body": encode(announcement)})

    async def changed(self, *rows: Row, **facts: Any) -> None:
        """They change, this process hears of it, and has taken it in."""
        announcement = self.commit(*rows, **facts)
        self.announce(announcement)
        replica = self.process.hub.replicas[announcement.marathon_id]
        await replica.healed_to(announcement.seq)
        await turn()

    # Viewers -----------------------------------------------------------------------------------------------------

    async def session(self, user_id: UUID, screen: Screen | None = None, **claims: Any) -> tuple[Session, Screen]:
        """A connection that is authenticated."""
        screen = screen or Screen()
        session = Session(self.process.services, screen)
        await session.open(self.token(user_id, **claims))
        await screen.has(1, "connected")
        return session, screen

    def token(self, user_id: UUID, **claims: Any) -> str:
        payload = {"sub": str(user_id), "type": "access", "exp": self.now + timedelta(hours=1), **claims}
        return jwt.encode(payload, settings.JWT_SECRET, "HS256")

    async def watching(self, user_id: UUID, **options: Any) -> tuple[Session, Screen]:
        """A connection that is subscribed to the marathon."""
        session, screen = await self.session(user_id)
        await ask(session, "subscribe_marathon", marathonId=str(MARATHON), **options)
        await screen.has(1, "subscribed")
        return session, screen

    @property
    def watchers(self) -> int:
        """How many streams the views of all boards have."""
        replicas: Iterable[Any] = self.process.hub.replicas.values()
        return sum(len(view.watchers) for replica in replicas for view in replica._views.values())


async def ask(session: Session, event: str, **data: Any) -> None:
    await session.receive(json.dumps({"event": event, "data": data}))


async def turn() -> None:
    """Let whatever is ready on the loop go on."""
    await asyncio.sleep(0)
