"""What writes to a connection: replies first, in order, then whatever the subscriptions have by now.

A task of its own waits for peers that do not read. It is started when something has to wait for the first time, and
not woken while nothing does: what can be written without waiting is written by whoever replies or marks a subscription,
which costs half as much as a task's turn.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from live.session.subscription import Subscription
from live.session.transport import Transport
from live.wire.codes import CloseCode
from live.wire.frames import Frame

if TYPE_CHECKING:
    from live.session.services import SessionFigures

log = structlog.get_logger(__name__)


class Writer:
    """Nothing is queued for a viewer but the replies to its own commands, and those wait in a bounded line.

    `start` is called once, when there is something for `run` to do, and has to see to it that it runs.
    """

    __slots__ = (
        "_closing",
        "_dirty",
        "_figures",
        "_idle",
        "_loop",
        "_most",
        "_replies",
        "_room",
        "_start",
        "_transport",
        "sending_since",
        "sent_at",
    )

    def __init__(
        self, transport: Transport, most_replies: int, figures: "SessionFigures", start: Callable[[], None]
    ) -> None:
        self._transport, self._figures = transport, figures
        self._start: Callable[[], None] | None = start
        self._loop = asyncio.get_running_loop()
        self._replies: deque[Frame] = deque()
        self._dirty: dict[Subscription, None] = {}
        self._idle: asyncio.Future[None] | None = None
        self._closing: int | None = None
        self._most = most_replies
        self._room: asyncio.Future[None] | None = None
        self.sent_at = self._loop.time()
        self.sending_since: float | None = None

    async def room(self) -> None:
        """Wait until one more command may be answered: who does not read his replies is not listened to."""
        while len(self._replies) >= self._most:
            self._room = self._loop.create_future()
            await self._room

    def reply(self, frame: Frame) -> None:
        """Write this next. After `finish` nothing more is said."""
        if self._closing is not None:
            return
        if self._may_write():
            self._write_now(lambda: frame)
        else:
            self._replies.append(frame)
            self._wake()

    def mark(self, subscription: Subscription) -> None:
        """A pull of this subscription may give a frame: write it now, or have the task do so."""
        if self._closing is None and self._may_write():
            self._write_now(subscription.pull)
        else:
            self._dirty[subscription] = None
            self._wake()

    def _may_write(self) -> bool:
        """Whether nothing waits, for the task to write it or for the peer to read it."""
        at_rest = self._start is not None or (self._idle is not None and not self._idle.done())
        return at_rest and self._transport.ready()

    def _write_now(self, next_frame: Callable[[], Frame | None]) -> None:
        try:
            frame = next_frame()
            if frame is not None:
                self._transport.write(frame)
                self._count(frame)
        except Exception:
            # Whoever publishes goes on with the others, and this one comes back for the board.
            log.exception("session failed to write")
            self._transport.abort()

    def finish(self, code: int) -> None:
        """Write what is waiting for the client and close. The first code counts."""
        if self._closing is None:
            self._closing = code
            self._figures.closed[code] += 1
            self._dirty.clear()
            self._wake()

    @property
    def finishing(self) -> bool:
        return self._closing is not None

    async def run(self) -> None:
        """Write until finished. Raises what the transport raises when the peer is gone."""
        try:
            await self._write()
        finally:
            self.end()

    async def _write(self) -> None:
        while True:
            frame = self._next()
            if frame is not None:
                self.sending_since = self._loop.time()
                await self._transport.send(frame)
                self.sending_since = None
                self._count(frame)
            elif self._closing is not None:
                await self._transport.close(self._closing)
                return
            else:
                self._idle = self._loop.create_future()
                await self._idle

    def _count(self, frame: Frame) -> None:
        self.sent_at = self._loop.time()
        self._figures.frames += 1
        self._figures.bytes += len(frame.data)

    def end(self) -> None:
        """Nothing is said any more, so whoever waits to answer need not: the door has to hear that the peer is gone."""
        self._start = None
        self.sending_since = None
        if self._closing is None:
            self._closing = CloseCode.NORMAL
        self._replies.clear()
        _settle(self._room)

    def _next(self) -> Frame | None:
        if self._replies:
            _settle(self._room)
            return self._replies.popleft()
        while self._dirty and self._closing is None:
            subscription = next(iter(self._dirty))
            del self._dirty[subscription]
            frame = subscription.pull()
            if frame is not None:
                return frame
        return None

    def _wake(self) -> None:
        start, self._start = self._start, None
        if start is not None:
            start()
        else:
            _settle(self._idle)


def _settle(waiting: asyncio.Future[None] | None) -> None:
    """Let whoever waits go on, if somebody does."""
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
