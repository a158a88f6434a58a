"""uvicorn's HTTP and WebSockets, with the usual handshake and the usual message read at one look.

For `uvicorn --http live.doors.sockets:Http --ws websockets-sansio`; what is not usual is uvicorn's alone. That parses
each handshake twice, as HTTP and as a WebSocket's, and builds the answer header by header: half of what it cost to join
(docs/PERFORMANCE.md), which counts when thousands come back at once.
"""

import asyncio
import logging
from functools import cached_property
from secrets import token_bytes
from typing import Any
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from live.doors.handshake import LONGEST, Handshake, usual_handshake, usual_pong, usual_text

_ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
_PING = b"\x89\x04"
# Messages that wait for the application before reading pauses. uvicorn pauses after each: two calls of the kernel's.
MOST_WAITING = 16


class Http(asyncio.Protocol):
    """A connection of which nothing has come yet. What comes first decides whether it is one of `Sockets` or uvicorn's.

    The server's set of connections has it, so that it is closed when the server stops.
    """

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None) -> None:
        self.config, self.server_state, self.app_state = config, server_state, app_state
        self._connections: set[Any] = server_state.connections

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._connections.discard(self)
        handshake = None if self.config.ws_per_message_deflate else usual_handshake(data)
        if handshake is not None:
            self.transport.set_protocol(Sockets(self, handshake))
            return
        http = HttpToolsProtocol(self.config, self.server_state, self.app_state)
        http.connection_made(self.transport)
        self.transport.set_protocol(http)
        http.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)

    def shutdown(self) -> None:
        self.transport.close()


class Sockets(WebSocketsSansIOProtocol):
    """One WebSocket. `_handshake` is there until it is answered, `_early` what came meanwhile; of much, reading pauses.

    `_is_usual`: all that came since then was usual. From the first other bytes on, every byte is the library's, which
    alone knows where in a frame or a message it stands.
    """

    takes_frames = False
    """Whether one may be written past it now, unless the transport is closing. Each frame to each client asks."""

    _early = b""
    _is_usual = False

    # What uvicorn's sets on each, and which is the same for all at first.
    handshake_initiated = True
    handshake_complete = close_sent = disconnected = read_paused = False
    close_timer = ping_timer = pong_timer = pending_ping_payload = initial_response = None
    close_timeout = 10.0
    ping_sent_at = last_ping_rtt = 0.0
    curr_msg_data_type = "bytes"
    logger = logging.getLogger("uvicorn.error")

    def __init__(self, http: Http, handshake: Handshake) -> None:
        """Take the connection over and ask the application, as `connection_made` and `handle_connect` do."""
        config, state, transport = http.config, http.server_state, http.transport
        self.config, self.app, self.app_state, self.transport = config, config.loaded_app, http.app_state, transport
        self.loop = asyncio.get_running_loop()
        self.root_path, self.asgi_version = config.root_path, config.asgi_version
        self.ping_interval, self.ping_timeout = config.ws_ping_interval, config.ws_ping_timeout
        self.connections, self.tasks, self.default_headers = state.connections, state.tasks, state.default_headers
        self.server, self.client = get_local_addr(transport), get_remote_addr(transport)
        self.scheme = "wss" if is_ssl(transport) else "ws"
        self.queue = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()
        self.frames = []
        self.connections.add(self)
        self._handshake: Handshake | None = handshake
        self._ask(handshake)

    @cached_property
    def conn(self) -> ServerProtocol:  # type: ignore[override]
        """The library's side of it. Made when it is needed: not for usual messages, nor for what is written past it."""
        state = State.OPEN if self.handshake_complete else State.CONNECTING
        return ServerProtocol(state=state, max_size=self.config.ws_max_size, logger=self.logger)

    def _ask(self, handshake: Handshake) -> None:
        path, _, query = handshake.target.partition("?")
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(path),
            "raw_path": (self.root_path + path).encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": handshake.headers,
            "subprotocols": handshake.subprotocols,
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def data_received(self, data: bytes) -> None:
        if self._is_usual:
            self._is_usual = not self.close_sent and len(data) <= self.config.ws_max_size and self._took(data)
            if self._is_usual:
                return
        elif self._handshake is not None:
            self._early += data
            if len(self._early) > LONGEST:
                self.transport.pause_reading()
            return
        super().data_received(data)

    def _took(self, data: bytes) -> bool:
        """Take one whole message, or the answer to the ping; False: these bytes are something else."""
        text = usual_text(data)
        if text is not None:
            self._heard(text)
            return True
        if self.pending_ping_payload is not None and usual_pong(data) == self.pending_ping_payload:
            self.handle_pong(Frame(Opcode.PONG, self.pending_ping_payload))
            return True
        return False

    def send_keepalive_ping(self) -> None:
        """As uvicorn's; but without the library for its one frame."""
        self.ping_timer = None
        if self.close_sent or self.transport.is_closing():
            return
        self.pending_ping_payload = token_bytes(4)
        self.ping_sent_at = self.loop.time()
        self.transport.write(_PING + self.pending_ping_payload)
        if self.ping_timeout is not None:
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)
        else:
            self.schedule_ping()

    def _heard(self, text: str) -> None:
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused and self.queue.qsize() >= MOST_WAITING:
            self.read_paused = True
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.takes_frames = False

    def resume_writing(self) -> None:
        super().resume_writing()
        self.takes_frames = self.handshake_complete and not self.close_sent

    def connection_lost(self, exc: Exception | None) -> None:
        self.takes_frames = False
        super().connection_lost(exc)

    async def send(self, message: Any) -> None:
        handshake = self._handshake
        if handshake is not None:
            self._handshake = None
            if message["type"] == "websocket.accept" and not self.disconnected:
                self._accept(handshake, message)
                return
        await super().send(message)
        self.takes_frames = self.takes_frames and not self.close_sent

    def _accept(self, handshake: Handshake, message: Any) -> None:
        if self.transport.is_closing():
            return
        headers = [*self.default_headers, *message.get("headers", ())]
        if message.get("subprotocol"):
            headers.append((b"Sec-WebSocket-Protocol", message["subprotocol"].encode("latin-1")))
        self.transport.write(b"%b%b\r\n%b\r\n" % (_ACCEPTED, handshake.accept, _lines(headers)))
        self.handshake_complete = self._is_usual = True
        self.takes_frames = self.writable.is_set()
        self.start_keepalive()
        if self._early:
            early, self._early = self._early, b""
            if len(early) > LONGEST:
                self.transport.resume_reading()
            self.data_received(early)


def _lines(headers: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
