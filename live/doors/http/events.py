"""A session's way out as server-sent events: the server pulls each, and until it does the session waits.

That wait is the same back-pressure as on a socket: what happens meanwhile is merged into the next delta.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

from msgspec import Struct, json

from live.doors.wires import Wire
from live.session.session import Session
from live.wire.codes import CloseCode
from live.wire.frames import Frame

# Twisted tells nobody when it has room again.
LOOK_AGAIN = 0.05

BOARDS = {"marathon_leaderboard": "snapshot", "marathon_delta": "delta"}
# What the answer's headers say on a socket is said by messages.
UNSAID = frozenset({"connected", "authenticated", "subscribed", "error"})


class _Place(Struct):
    epoch: str
    seq: int


class _Bye(Struct, rename="camel"):
    retry_after_ms: int


_said: "WeakKeyDictionary[Frame, bytes]" = WeakKeyDictionary()


def event_of(frame: Frame) -> bytes:
    """A frame as an event, encoded once for all who get it; empty for what is not said here."""
    said = _said.get(frame)
    if said is None:
        said = _said[frame] = _encoded(frame)
    return said


def _encoded(frame: Frame) -> bytes:
    if frame.event in BOARDS:
        place = json.decode(frame.data, type=_Place)
        return frame.event_stream(BOARDS[frame.event], f"{place.epoch}:{place.seq}")
    match frame.event:
        case "heartbeat":
            return b": heartbeat\n\n"
        case "bye":
            return b"retry: %d\n\n" % json.decode(frame.data, type=_Bye).retry_after_ms
        case event if event in UNSAID:
            return b""
    return b"event: %b\ndata: %b\n\n" % (frame.event.encode(), frame.data)


class EventTransport:
    """Hands a session's frames to the one response that carries them."""

    def __init__(self, wire: Wire, address: str) -> None:
        self.address = address
        self.session: Session | None = None
        self._wire = wire
        self._handed: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._reason: dict[str, Any] = {}
        self._ending: asyncio.Task[None] | None = None

    def ready(self) -> bool:
        return False

    def write(self, frame: Frame) -> None:
        raise NotImplementedError("a response is pulled, never pushed")

    async def send(self, frame: Frame) -> None:
        """Waits until the server asks for more."""
        if frame.event == "error" and self.session is not None:
            # Nobody can answer to an error here, so it is the end.
            self._reason = json.decode(frame.data)
            self.session.writer.finish(CloseCode.NORMAL)
        said = event_of(frame)
        if said:
            await self._hand_over(said)

    async def close(self, code: int) -> None:
        known = next(one for one in CloseCode if one == code)
        reason = {"reason": known.name.lower(), "message": known.meaning}
        if self._reason:
            reason = {"reason": self._reason["code"], "message": self._reason["message"]}
        end = json.encode({"code": int(known), **reason, "reconnect": known.reconnect})
        await self._hand_over(b"event: end\ndata: %b\n\n" % end)
        await self._handed.put(None)

    def abort(self) -> None:
        """Drop the connection; the session ends here, for a response that is not read is not ended by its server."""
        self._wire.abort()
        if self.session is not None and self._ending is None:
            self._ending = asyncio.create_task(self.session.close(), name="event stream aborted")

    async def _hand_over(self, said: bytes) -> None:
        await self._handed.put(said)
        await self._handed.join()

    async def events(self) -> AsyncIterator[bytes]:
        """The body of the response. Its end, for whatever reason, is the session's."""
        try:
            while (said := await self._handed.get()) is not None:
                yield said
                await self._until_read()
                self._handed.task_done()
        finally:
            if self.session is not None:
                await self.session.close()

    async def _until_read(self) -> None:
        while self._wire.full():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_AGAIN)
