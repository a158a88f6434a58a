"""What an update costs for each viewer more: no query, no message of the channel layer, no encoding of a frame.

The tests have no database at all (pytest-django refuses every query, in any thread), so a query would fail them.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from channels.layers import get_channel_layer
from msgspec.structs import replace

from live.board.rows import Row
from live.groups import BOARD_CHANGED, board_group
from live.hub import store, view
from live.hub.facts import MarathonFacts
from live.hub.frames import delta_frame
from live.process import Process
from live.session.session import Session
from live.wire.announcements import Announcement, encode
from live.wire.frames import Frame
from marathons.tokens import issue_guest
from tests.live.board.boards import a_row
from tests.live.session.stage import MARATHON, Screen

VIEWERS = 40


@pytest.fixture
async def process(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
    """A hub whose one board is not in any database; its worker is never missed."""
    now = datetime.now(UTC)
    facts = MarathonFacts(MARATHON, "M", now - timedelta(days=1), now + timedelta(days=1), None, "public", "own")
    rows = [a_row(bib, str(bib)) for bib in range(1, 11)]
    monkeypatch.setattr(store, "read", lambda *_: store.Reading("e", 1, facts, rows))
    made = Process()
    made.hub._heard_told = float("inf")
    made.hub.start()
    yield made
    await made.close()


async def _watch(process: Process, screen: Screen, **options: Any) -> Session:
    session = Session(process.services, screen)
    token, _ = issue_guest(MARATHON, datetime.now(UTC))
    await session.open(token)
    data = {"marathonId": str(MARATHON), **options}
    await session.receive(json.dumps({"event": "subscribe_marathon", "data": data}))
    await screen.has(1, "subscribed")
    return session


def _moved(seq: int) -> Announcement:
    row: Row = a_row(1, str(Decimal(seq)), stamp=seq)
    return Announcement("e", MARATHON, seq - 1, seq, (replace(row, updated_at=datetime.now(UTC)),))


async def test_an_update_costs_one_layer_message_and_one_frame_for_all_viewers(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    screens = [Screen() for _ in range(VIEWERS)]
    sessions = [await _watch(process, screen, updates="delta") for screen in screens]
    counted: Counter[str] = Counter()
    _count(monkeypatch, counted, process)
    layer = get_channel_layer()
    for update in range(1, 4):
        body = encode(_moved(update + 1))
        await layer.group_send(board_group(MARATHON), {"type": BOARD_CHANGED, "body": body})
        await asyncio.gather(*(screen.has(update, "marathon_delta") for screen in screens))
    deltas = [{id(frame) for frame in screen.frames if frame.event == "marathon_delta"} for screen in screens]
    assert all(seen == deltas[0] for seen in deltas), "the viewers were not given the same three frames"
    assert counted["heard"] == 3
    assert counted["encoded"] == 3
    assert counted["reads"] == 0
    for session in sessions:
        await session.close()
    assert not process.services.sessions


def _count(monkeypatch: pytest.MonkeyPatch, counted: Counter[str], process: Process) -> None:
    """Count what the process hears of boards, reads from the database, and encodes."""
    heard, run = process.hub._board_changed, process.hub.threads.run

    def hear(body: bytes) -> None:
        counted["heard"] += 1
        heard(body)

    def encode_delta(*arguments: Any) -> Frame:
        counted["encoded"] += 1
        return delta_frame(*arguments)

    async def read(*arguments: Any) -> Any:
        counted["reads"] += 1
        return await run(*arguments)

    monkeypatch.setattr(process.hub, "_board_changed", hear)
    monkeypatch.setattr(view, "delta_frame", encode_delta)
    monkeypatch.setattr(process.hub.threads, "run", read)


async def test_viewers_who_come_at_once_share_one_snapshot(process: Process) -> None:
    screens = [Screen() for _ in range(VIEWERS)]
    sessions = await asyncio.gather(*(_watch(process, screen, updates="delta") for screen in screens))
    boards = {id(frame) for screen in screens for frame in screen.frames if frame.event == "marathon_leaderboard"}
    assert len(boards) == 1
    for session in sessions:
        await session.close()
