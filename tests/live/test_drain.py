"""Going away: everybody is told, those who come meanwhile too, and who does not read keeps nobody waiting."""

import asyncio
import signal

import pytest

from live import drain
from live.session.session import Session
from tests.live.session.stage import Screen, Stage, user_of

ALICE, BOB = user_of(1), user_of(2)


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Those given on to the server."""
    raised: list[int] = []
    monkeypatch.setattr(signal, "raise_signal", raised.append)
    monkeypatch.setattr(drain, "PAUSE", 0.001)
    return raised


async def ended(screen: Screen) -> None:
    await screen.until(lambda: screen.closed)


async def test_everybody_is_told_when_to_come_back_and_then_the_server_goes(stage: Stage, signals: list[int]) -> None:
    sessions = [await stage.session(user) for user in (ALICE, BOB)]
    stage.process.drain.begin()
    await asyncio.gather(*(ended(screen) for _, screen in sessions))
    for session, screen in sessions:
        await session.close()
        assert (screen.events[-1], screen.closed) == ("bye", 4001)
    spread = {screen.all("bye")[0]["retryAfterMs"] for _, screen in sessions}
    assert all(500 <= wait <= 5_000 for wait in spread)
    assert stage.process.drain._task is not None
    await stage.process.drain._task
    assert signals == [signal.SIGTERM]


async def test_who_comes_meanwhile_is_sent_away(stage: Stage) -> None:
    stage.process.services.draining = True
    screen = Screen()
    await Session(stage.process.services, screen).open(stage.token(ALICE))
    await screen.until(lambda: screen.closed)
    assert (screen.events, screen.closed) == (["bye"], 4001)


async def test_who_does_not_read_is_dropped_in_the_end(
    stage: Stage, signals: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "PATIENCE", 0.05)
    _, deaf = await stage.session(ALICE)
    deaf.reads.clear()
    stage.process.drain.begin()
    assert stage.process.drain._task is not None
    await stage.process.drain._task
    assert (deaf.aborted, signals) == (True, [signal.SIGTERM])
