"""One WebSocket, from opening to its end: frames in, requests out. It never comes back; connection.py opens the next.

The only module of the client that knows `websockets`.
"""

import asyncio
import contextlib
import logging
import zlib
from collections.abc import AsyncIterator

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from live.client.backoff import Verdict, http_verdict, verdict
from live.client.errors import Failure
from live.client.frames import Frame, read_frame

PROTOCOL = "marathon-live.v1"
MOST_BYTES = 64 * 2**20
"""Of one frame, inflated: 10,000 rows with positions are less."""
CLOSE_SECONDS = 1.0
"""For the closing handshake: a peer that is gone does not answer it."""
MOST_REQUESTS = 256
"""Waiting to be sent. Servers take 60 in 10 s: more are a fault of this end, and the connection is given up."""

log = logging.getLogger("live.client")
quiet = logging.getLogger("live.client.websockets")
quiet.setLevel(logging.INFO)  # at DEBUG it would write the handshake's headers, token included


class LineError(Exception):
    """The line has ended, or never began: why, and whether to open another one."""

    def __init__(self, failure: Failure, verdict: Verdict) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.verdict = verdict


class Line:
    """An open socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._requests: asyncio.Queue[str] = asyncio.Queue(MOST_REQUESTS)

    def send(self, text: str) -> None:
        """Send soon, without waiting."""
        try:
            self._requests.put_nowait(text)
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """End it at once, without a closing handshake."""
        self._socket.transport.abort()

    async def receive(self) -> Frame:
        """Wait for the next frame; LineError when there will be none."""
        try:
            message = await self._socket.recv()
            return read_frame(message if isinstance(message, str) else _inflated(message))
        except ConnectionClosed as closed:
            raise _closed(closed) from closed
        except (msgspec.MsgspecError, zlib.error) as error:
            raise broken(error) from error

    async def write(self) -> None:
        """Send what there is to send, until the socket closes or the task is cancelled."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._socket.send(await self._requests.get())


@contextlib.asynccontextmanager
async def opened(url: str, token: str, *, compression: bool) -> AsyncIterator[Line]:
    """Open a line, and close it at the end. LineError where the other side cannot be reached or does not want it."""
    try:
        socket = await connect(
            url,
            subprotocols=_subprotocols(token, compression=compression),
            compression=None,  # frames are compressed once for all, or not at all
            max_size=MOST_BYTES,
            ping_interval=None,  # the heartbeat is watched instead
            open_timeout=None,  # who opens a line has a timeout around all of it
            close_timeout=CLOSE_SECONDS,
            logger=quiet,
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise LineError(Failure(f"http_{status}", str(refused)), http_verdict(status)) from refused
    except InvalidURI as error:
        raise LineError(Failure("bad_address", str(error)), Verdict.STAY) from error
    except (OSError, InvalidHandshake, ConnectionClosed) as error:
        raise LineError(Failure("unreachable", str(error)), Verdict.BACK) from error
    line = Line(socket)
    writer = asyncio.create_task(line.write())
    try:
        yield line
    finally:
        writer.cancel()
        await asyncio.wait([writer])
        await socket.close()


def broken(error: Exception) -> LineError:
    """Return what a frame that cannot be read comes to."""
    return LineError(Failure("close_1007", f"a frame that cannot be read: {error}"), Verdict.BACK)


def _subprotocols(token: str, *, compression: bool) -> list[Subprotocol]:
    """Name what to offer. The token rides along as one of them, so that it is in no URL and in no log."""
    names = [f"{PROTOCOL}+deflate"] if compression else []
    names += [PROTOCOL, f"bearer.{token}"] if token else [PROTOCOL]
    return [Subprotocol(name) for name in names]


def _closed(closed: ConnectionClosed) -> LineError:
    code = closed.rcvd.code if closed.rcvd else 1006
    reason = closed.rcvd.reason if closed.rcvd else "the connection was lost"
    return LineError(Failure(f"close_{code}", reason), verdict(code))


def _inflated(message: bytes) -> bytes:
    """Undo raw DEFLATE; zlib.error where it is broken, or too much."""
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    text = inflater.decompress(message, MOST_BYTES)
    if not inflater.eof:
        raise zlib.error("cut short, or more than a frame may hold")
    return text
