"""The WebSocket door: a Channels consumer that carries a session and knows nothing of its protocol.

It joins no group and has no channel of its own: the process hears of changes once, for all consumers (live/hub).
"""

import asyncio
import contextlib
from functools import partial
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from live.auth import DEFLATE_SUBPROTOCOL, subprotocol_of
from live.doors.wires import Wire, wire_of
from live.process import process
from live.session.session import Session
from live.wire.codes import CloseCode
from live.wire.frames import Frame

# Names no layer: with one, Channels makes a channel for each consumer and a thread hop before every event.
NO_LAYER = "none"
# Twisted tells nobody when it has room again.
LOOK_AGAIN = 0.05


class WebSocketTransport:
    """Sends a session's frames through ASGI."""

    __slots__ = ("_deflates", "_send", "_wire", "address", "closed")

    def __init__(self, send: Any, wire: Wire, address: str, *, deflates: bool) -> None:
        self._send, self._wire, self._deflates = send, wire, deflates
        self.address = address
        self.closed = False

    def ready(self) -> bool:
        return self._wire.ready()

    def write(self, frame: Frame) -> None:
        self._wire.write(frame.framed_packed if self._deflates else frame.framed)

    async def send(self, frame: Frame) -> None:
        """Waits while the peer does not read: by the server's own back-pressure, or by looking at its buffer."""
        while self._wire.full():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_AGAIN)
        if self._wire.ready():
            self.write(frame)
            return
        packed = frame.packed if self._deflates else None
        if packed is not None:
            await self._send({"type": "websocket.send", "bytes": packed})
        else:
            await self._send({"type": "websocket.send", "text": frame.text})

    async def close(self, code: int) -> None:
        self.closed = True
        await self._send({"type": "websocket.close", "code": int(code)})

    def abort(self) -> None:
        self._wire.abort()


class MarathonLiveConsumer(AsyncConsumer):
    """One connection to `/marathon-live`."""

    channel_layer_alias = NO_LAYER
    session: Session | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        try:
            # Channels' own waits for messages of a layer as well, for which it makes a task for each one's receiving.
            while True:
                await self.dispatch(await receive())
        except StopConsumer:
            return
        except asyncio.CancelledError:
            # The server is stopping and gives no other sign (Daphne): say it in a way that clients understand.
            if self.session is not None and not self.session.writer.finishing:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(self._going_away(), 1.0)
            raise
        finally:
            await self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own closes old database connections first: a hop to a thread, nearly half of what joining costs.

        Nobody has a connection here: the hub's threads read the database, and give theirs back.
        """
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        subprotocol = subprotocol_of(self.scope["subprotocols"])
        client = self.scope.get("client") or ("", 0)
        wire = wire_of(self.scope)
        transport = WebSocketTransport(
            self.base_send,
            wire,
            str(client[0]),
            deflates=subprotocol == DEFLATE_SUBPROTOCOL,
        )
        await self.send({"type": "websocket.accept", "subprotocol": subprotocol})
        self.session = Session(process().services, transport)
        wire.on_no_pong(partial(self.session.writer.finish, CloseCode.NO_PONG))
        await self.session.open(self.scope["token"])

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        session = self.session
        if session is None:
            return
        text = message.get("text")
        if text is not None:
            await session.receive(text)
        else:
            await session.receive_binary()

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        await self._leave()
        raise StopConsumer

    async def _going_away(self) -> None:
        if self.session is not None:
            self.session.say_bye()
            await self.session.written()

    async def _leave(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.close()
