"""A connection to our uvicorn without a network: the library's client, the server's protocol, a pipe between them."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from live.doors.sockets import Http


class Pipe(asyncio.Transport):
    """The transport of a connection; what the server writes goes to a client of the library."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 5), "sockname": ("192.0.2.2", 80)})
        self.protocol: Any = None
        self.written = b""
        self.closed = False
        self.paused = 0

    def write(self, data: Any) -> None:
        self.written += data

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        self.paused += 1

    def resume_reading(self) -> None:
        self.paused -= 1


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Accepts, then answers each message with itself."""
    assert (await receive())["type"] == "websocket.connect"
    if scope["path"] == "/refused":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


class Line:
    """A client of the library, connected to a server's protocol."""

    def __init__(self, **options: Any) -> None:
        self.pipe, self.state = Pipe(), ServerState()
        self.state.default_headers = [(b"date", b"today")]
        config = Config(echo, ws_ping_interval=None, **{"ws_per_message_deflate": False, **options})
        config.load()
        self.pipe.protocol = Http(config, self.state, {})
        self.pipe.protocol.connection_made(self.pipe)
        self.client = ClientProtocol(parse_uri("ws://live.example/path?a=b"))
        self._read = 0

    @property
    def protocol(self) -> Any:
        return self.pipe.protocol

    def ask(self, path: str = "/path?a=b", **headers: str) -> None:
        request = self.client.connect()
        request.path = path
        for name, value in headers.items():
            request.headers[name.replace("_", "-")] = value
        self.client.send_request(request)
        self.say(b"".join(self.client.data_to_send()))

    def say(self, data: bytes) -> None:
        self.protocol.data_received(data)

    async def hear(self) -> list[Any]:
        """What the client has got since it listened last."""
        for _ in range(20):
            await asyncio.sleep(0)
        self.client.receive_data(self.pipe.written[self._read :])
        self._read = len(self.pipe.written)
        return self.client.events_received()

    @property
    def closed_with(self) -> int | None:
        return self.client.close_rcvd.code if self.client.close_rcvd is not None else None

    async def texts(self) -> list[str]:
        return [
            bytes(event.data).decode() for event in await self.hear() if getattr(event, "opcode", None) is Opcode.TEXT
        ]

    async def opened(self) -> "Line":
        self.ask()
        await self.hear()
        assert self.client.state is State.OPEN
        return self

    async def end(self) -> None:
        self.protocol.connection_lost(None)
        await asyncio.gather(*self.state.tasks)
        assert not self.state.connections
