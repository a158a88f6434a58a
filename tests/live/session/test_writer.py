"""The writer: at once where nothing is in the way, in order always, by a task of its own where a peer does not read."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from live.wire.frames import Frame
from tests.live.session.desk import Desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    yield made
    if made.task is not None:
        made.task.cancel()
        await asyncio.gather(made.task, return_exceptions=True)


async def test_an_idle_connection_gets_a_frame_at_once(desk: Desk) -> None:
    desk.publish("one")
    assert desk.sent == ["one"]
    assert (desk.figures.frames, desk.figures.bytes) == (1, 2)


async def test_a_stream_that_has_nothing_new_writes_nothing(desk: Desk) -> None:
    desk.mark()
    assert desk.sent == []


async def test_an_idle_connection_gets_a_reply_at_once_and_needs_no_task(desk: Desk) -> None:
    desk.writer.reply(Frame("reply", b"{}"))
    assert desk.sent == ["reply"]
    assert desk.task is None


async def test_no_frame_overtakes_a_reply(desk: Desk) -> None:
    desk.pipe.reading.clear()
    desk.writer.reply(Frame("reply", b"{}"))
    desk.pipe.reading.set()
    desk.publish("board")
    assert desk.sent == [], "the task has what came before"
    await desk.settle()
    assert desk.sent == ["reply", "board"]


async def test_a_connection_that_read_too_late_is_written_to_at_once_again(desk: Desk) -> None:
    desk.pipe.reading.clear()
    desk.publish("one")
    desk.pipe.reading.set()
    await desk.settle()
    desk.writer.reply(Frame("reply", b"{}"))
    assert desk.sent == ["one", "reply"]


async def test_nobody_writes_to_a_connection_that_ended(desk: Desk) -> None:
    desk.writer.end()
    desk.pipe.reading.clear()
    desk.writer.reply(Frame("reply", b"{}"))
    desk.publish("board")
    desk.writer.finish(4001)
    assert (desk.sent, desk.task) == ([], None)


async def test_a_peer_that_does_not_read_gets_what_is_newest_when_it_reads_again(desk: Desk) -> None:
    desk.pipe.reading.clear()
    for name in ("one", "two", "three", "four"):
        desk.publish(name)
        await desk.settle()
    assert desk.sent == []
    desk.pipe.reading.set()
    await desk.settle()
    assert desk.sent == ["one", "four"], "what was under way, then the newest of what came meanwhile"


async def test_it_is_known_since_when_a_peer_does_not_read(desk: Desk) -> None:
    desk.pipe.reading.clear()
    desk.publish("one")
    await desk.settle()
    assert desk.writer.sending_since is not None
    desk.pipe.reading.set()
    await desk.settle()
    assert desk.writer.sending_since is None


async def test_a_connection_that_breaks_is_dropped_and_whoever_publishes_goes_on(desk: Desk) -> None:
    desk.pipe.broken = True
    desk.publish("one")
    assert desk.pipe.aborted


async def test_nothing_follows_the_end(desk: Desk) -> None:
    desk.writer.reply(Frame("bye", b"{}"))
    desk.writer.finish(4001)
    desk.publish("board")
    assert desk.task is not None
    await asyncio.wait_for(desk.task, 5)
    assert desk.sent == ["bye"]
    assert desk.pipe.closed == 4001
