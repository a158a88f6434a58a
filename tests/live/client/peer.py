"""A server for the tests of the Python client: a real socket on this machine, whose every word a test says itself.

And clients that talk to it.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from live.client import Backoff, Failure, Feed, Frame, MarathonLive, Observer, State

AT_ONCE = Backoff(0, 0, 0)
PATIENCE = 5.0
"""Seconds until a test that waits for something has failed."""


def _deflated(text: str) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text.encode()) + packer.flush()


class Talk:
    """One connection, from the server's side."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.requests: list[dict[str, Any]] = []

    @property
    def offered(self) -> list[str]:
        """The subprotocols that the client named."""
        assert self.socket.request is not None
        return self.socket.request.headers.get("Sec-WebSocket-Protocol", "").split(", ")

    @property
    def token(self) -> str:
        return self.offered[-1].removeprefix("bearer.")

    async def says(self, event: str, data: Any = None, request_id: Any = None, *, packed: bool = False) -> None:
        frame = {"event": event, "data": {} if data is None else data}
        text = json.dumps(frame if request_id is None else {**frame, "id": request_id})
        await self.socket.send(_deflated(text) if packed else text)

    async def welcomes(self, **hello: Any) -> None:
        await self.says("connected", {"protocol": 1, "userId": "u-1", "heartbeatMs": 15_000, **hello})

    async def hears(self, event: str) -> dict[str, Any]:
        """The client's next request, which has to be this one."""
        async with asyncio.timeout(PATIENCE):
            request: dict[str, Any] = json.loads(await self.socket.recv())
        assert request["event"] == event, request
        self.requests.append(request)
        return request

    async def confirms(self, request: dict[str, Any], event: str = "subscribed") -> None:
        await self.says(event, {}, request["id"])

    async def refuses(self, request: dict[str, Any], code: str, **more: Any) -> None:
        await self.says("error", {"code": code, "message": code, **more}, request["id"])

    async def hangs_up(self, code: int) -> None:
        await self.socket.close(code)

    async def gone(self) -> int:
        """Wait until the client has closed; its code."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code or 0


class Peer:
    """The server. Each connection waits for the test to ask for it."""

    def __init__(self) -> None:
        self.url = ""
        self.refuse_with: int | None = None
        self._arrived: asyncio.Queue[Talk] = asyncio.Queue()

    async def arrives(self) -> Talk:
        """The next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._arrived.get()

    async def lets_in(self, **hello: Any) -> Talk:
        """The next connection, welcomed."""
        talk = await self.arrives()
        await talk.welcomes(**hello)
        return talk

    async def handle(self, socket: ServerConnection) -> None:
        self._arrived.put_nowait(Talk(socket))
        await socket.wait_closed()

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        return None if self.refuse_with is None else socket.respond(self.refuse_with, "no")

    def choose(self, socket: ServerConnection, offered: Any) -> Any:
        return offered[0] if offered else None


@asynccontextmanager
async def listening() -> AsyncIterator[Peer]:
    """A peer at an address of its own."""
    peer = Peer()
    serving = serve(
        peer.handle,
        "127.0.0.1",
        0,
        process_request=peer.check,
        select_subprotocol=peer.choose,
        ping_interval=None,
        close_timeout=0.1,
    )
    async with serving as server:
        peer.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/marathon-live"
        yield peer


def entry(bib: int, **more: Any) -> dict[str, Any]:
    return {
        "bib": bib,
        "participantId": f"p-{bib}",
        "userId": f"u-{bib}",
        "userName": f"Trader {bib}",
        "status": "active",
        "rank": bib,
        "equity": 100.0 * bib,
        **more,
    }


def snapshot(**more: Any) -> dict[str, Any]:
    """Rows 1, 2 and 3 of the marathon "m1" at seq 10."""
    return {
        "marathonId": "m1",
        "marathonName": "Spring",
        "status": "ongoing",
        "totalParticipants": 3,
        "epoch": "e1",
        "seq": 10,
        "view": "all",
        "offset": 0,
        "entries": [entry(1), entry(2), entry(3)],
        "updatedAt": None,
        **more,
    }


def delta(**more: Any) -> dict[str, Any]:
    """From seq 10 to seq 12, with nothing in it unless told."""
    return {
        "marathonId": "m1",
        "epoch": "e1",
        "since": 10,
        "seq": 12,
        "totalParticipants": 3,
        "offset": 0,
        "changed": [],
        "removed": [],
        "moved": [],
        "updatedAt": None,
        **more,
    }


class Notes(Observer):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.failures: list[Failure] = []
        self.delays: list[float] = []
        self.feeds: list[str] = []
        self.errors: list[str] = []
        self.events: list[str] = []

    def state(self, state: State, failure: Failure | None, retry_in: float | None) -> None:
        self.states.append(state)
        self.failures += [failure] if failure else []
        self.delays += [] if retry_in is None else [retry_in]

    def feed(self, feed: Feed) -> None:
        self.feeds.append(feed.status)

    def error(self, failure: Failure) -> None:
        self.errors.append(failure.code)

    def frame(self, frame: Frame) -> None:
        self.events.append(frame.event)


@asynccontextmanager
async def connected(
    peer: Peer, notes: Notes | None = None, token: Any = "t0", **more: Any
) -> AsyncIterator[tuple[MarathonLive, Talk]]:
    """A client that is connected, and the peer's end of it."""
    welcome = asyncio.create_task(peer.lets_in(**more.pop("hello", {})))
    async with MarathonLive(peer.url, token, observer=notes, **{"backoff": AT_ONCE, **more}) as live:
        yield live, await welcome


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what the client does in its own time."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0)
