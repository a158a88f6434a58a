"""What web processes are told, and what happens when they cannot be."""

import asyncio
from typing import Any

import pytest

from live.board.rows import MarathonId
from live.feed import announcer as module
from live.feed.announcer import Announcer
from live.feed.figures import FeedFigures
from live.feed.store import Commit
from live.groups import BOARD_CHANGED, CLOCK_GROUP, CLOCK_TOLD, board_group
from live.wire.announcements import FeedState, Told, decode_announcement, decode_told
from live.wire.outbound import FeedStatus
from tests.live.feed.speaking import AUTUMN, WINTER, entrant


class Layer:
    """Keeps what it is given; fails or hangs when it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.error: Exception | None = None
        self.hangs = False

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.error:
            raise self.error
        if self.hangs:
            await asyncio.Event().wait()
        self.sent.append((group, message))


class Seconds:
    """A clock that tests move."""

    now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def layer() -> Layer:
    return Layer()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def announcer(layer: Layer, seconds: Seconds) -> Announcer:
    return Announcer(layer, FeedFigures(), seconds)


def commit(*marathon_ids: MarathonId, rows: int = 1) -> Commit:
    return Commit(
        "epoch",
        8,
        dict.fromkeys(marathon_ids, 5),
        {key: [entrant(number, marathon=key) for number in range(rows)] for key in marathon_ids},
    )


async def test_each_board_that_changed_is_told_with_its_rows(announcer: Announcer, layer: Layer) -> None:
    await announcer.commit(commit(AUTUMN, WINTER))
    assert [group for group, _ in layer.sent] == [board_group(AUTUMN), board_group(WINTER)]
    message = layer.sent[0][1]
    told = decode_announcement(message["body"])
    assert message["type"] == BOARD_CHANGED
    assert (told.epoch, told.marathon_id, told.since, told.seq) == ("epoch", AUTUMN, 5, 8)
    assert told.rows == (entrant(0).row(8),)


async def test_very_many_rows_are_only_hinted_at(
    announcer: Announcer, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    await announcer.commit(commit(AUTUMN, rows=4))
    assert decode_announcement(layer.sent[0][1]["body"]).rows is None


async def test_the_clock_is_told_to_all(announcer: Announcer, layer: Layer) -> None:
    told = Told("epoch", {AUTUMN: 8}, FeedState(FeedStatus.LIVE))
    await announcer.told(told)
    ((group, message),) = layer.sent
    assert (group, message["type"], decode_told(message["body"])) == (CLOCK_GROUP, CLOCK_TOLD, told)


async def test_a_failing_layer_is_told_of_once_and_left_alone_for_a_second(
    announcer: Announcer, layer: Layer, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    layer.error = ConnectionError("no Redis")
    for _ in range(3):
        await announcer.commit(commit(AUTUMN, WINTER))
    seconds.now += 1
    await announcer.commit(commit(AUTUMN))
    layer.error = None
    await announcer.commit(commit(AUTUMN))
    assert layer.sent == []
    seconds.now += 1
    await announcer.commit(commit(AUTUMN))
    assert len(layer.sent) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_a_layer_that_hangs_holds_nobody_up_for_long(
    announcer: Announcer, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEND_SECONDS", 0.01)
    layer.hangs = True
    async with asyncio.timeout(5):
        await announcer.commit(commit(AUTUMN, WINTER))
    assert layer.sent == []
