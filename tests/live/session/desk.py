"""A writer at work, with a pipe in place of the connection and a stream in place of the view."""

import asyncio
from typing import cast

from live.session.services import SessionFigures
from live.session.subscription import Subscription
from live.session.writer import Writer
from live.wire.frames import Frame


class Pipe:
    """A transport that is read while `reading`; `sent` is what has gone through."""

    address = "192.0.2.1"

    def __init__(self) -> None:
        self.reading = asyncio.Event()
        self.reading.set()
        self.sent: list[Frame] = []
        self.closed: int | None = None
        self.aborted = False
        self.broken = False

    def ready(self) -> bool:
        return self.reading.is_set()

    def write(self, frame: Frame) -> None:
        assert self.ready()
        if self.broken:
            raise RuntimeError("the handle is closed")
        self.sent.append(frame)

    async def send(self, frame: Frame) -> None:
        await self.reading.wait()
        self.sent.append(frame)

    async def close(self, code: int) -> None:
        self.closed = code

    def abort(self) -> None:
        self.aborted = True


class Stream:
    """A subscription that has one frame: the newest."""

    def __init__(self) -> None:
        self.newest: Frame | None = None

    def pull(self) -> Frame | None:
        frame, self.newest = self.newest, None
        return frame


class Desk:
    """A writer at work, on a pipe."""

    def __init__(self) -> None:
        self.pipe, self.stream, self.figures = Pipe(), Stream(), SessionFigures()
        self.writer = Writer(self.pipe, 4, self.figures, self._start)
        self.task: asyncio.Task[None] | None = None

    def _start(self) -> None:
        assert self.task is None
        self.task = asyncio.create_task(self.writer.run())

    def publish(self, name: str) -> None:
        self.stream.newest = Frame(name, b"{}")
        self.mark()

    def mark(self) -> None:
        self.writer.mark(cast("Subscription", self.stream))

    @property
    def sent(self) -> list[str]:
        return [frame.event for frame in self.pipe.sent]

    async def settle(self) -> None:
        """Let the task come to where it waits."""
        for _ in range(5):
            await asyncio.sleep(0)
