"""The Socket.IO door: clients of the existing service, unchanged. It carries the same sessions; no protocol logic here.

Events arrive with decoded data and leave as the frames that all doors share, wrapped in Socket.IO's packets. Each web
process serves its own clients, so no manager connects the processes; polling needs a load balancer that keeps a client
with its process.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import socketio
from engineio.packet import MESSAGE, Packet

from live.auth import token_of
from live.conf import live_settings
from live.process import process
from live.session.session import Session
from live.wire.codes import ErrorCode
from live.wire.frames import Frame

NAMESPACES = ("/marathon-live", "/marathon-live/")
PATH = "/socket.io"


class SocketIOTransport:
    """Sends a session's frames as events of one namespace."""

    __slots__ = ("_eio_sid", "_namespace", "_server", "_sid", "_tasks", "address")

    def __init__(self, server: socketio.AsyncServer, namespace: str, sid: str, address: str) -> None:
        self._server, self._namespace, self._sid = server, namespace, sid
        self._eio_sid = server.manager.eio_sid_from_sid(sid, namespace)
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = address

    def ready(self) -> bool:
        return False

    def write(self, frame: Frame) -> None:
        raise NotImplementedError("the library's queue takes messages in coroutines only")

    async def send(self, frame: Frame) -> None:
        """Waits until what was sent before is on its way: the library's queue itself has no bound."""
        socket = self._socket()
        await socket.queue.join()
        await socket.send(Packet(MESSAGE, data=f'2{self._namespace},["{frame.event}",{frame.data.decode()}]'))

    async def close(self, code: int) -> None:
        await self._server.disconnect(self._sid, namespace=self._namespace)

    def abort(self) -> None:
        socket = self._server.eio.sockets.get(self._eio_sid)
        if socket is not None:
            task = asyncio.create_task(socket.close(wait=False, abort=True))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _socket(self) -> Any:
        socket = self._server.eio.sockets.get(self._eio_sid)
        if socket is None or socket.closed:
            raise ConnectionResetError("the Socket.IO client is gone")
        return socket


class LiveNamespace(socketio.AsyncNamespace):
    """One session for each client of the namespace."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.sessions: dict[str, Session] = {}

    async def trigger_event(self, event: str, sid: str, *arguments: Any) -> None:
        """Every event of every client comes here, and the library's own, whose names a client can use as well."""
        session = self.sessions.get(sid)
        if session is not None and self.server.manager.is_connected(sid, self.namespace):
            await session.receive_event(event, arguments[0] if arguments else None)
        elif session is not None:
            del self.sessions[sid]
            await session.close()
        elif event == "connect":
            await self._connect(sid, *arguments)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> None:
        scope = environ["asgi.scope"]
        address = str((scope.get("client") or ("",))[0])
        session = Session(process().services, SocketIOTransport(self.server, self.namespace, sid, address))
        self.sessions[sid] = session
        token = _token(scope, auth)
        await session.open(token)
        if token is None and not session.writer.finishing:
            # The handshake could have brought it; clients of the existing service expect to be told at once.
            session.fail(ErrorCode.AUTHENTICATION_REQUIRED)


def _token(scope: Mapping[str, Any], auth: Any) -> str | None:
    """Where Socket.IO clients put the token: `auth: {token}`, `query: {token}`, or a header."""
    given = auth.get("token") if isinstance(auth, dict) else None
    return given if isinstance(given, str) and given else token_of(scope)


def socket_io_application() -> socketio.ASGIApp:
    """The ASGI application for everything below `/socket.io`."""
    conf = live_settings()
    server = socketio.AsyncServer(
        async_mode="asgi",
        namespaces=list(NAMESPACES),
        # The CONNECT packet goes out before the handler runs, so that nothing a session says can overtake it.
        always_connect=True,
        # One message after the other: a client that asks too much waits, and answers keep the order of questions.
        async_handlers=False,
        cors_allowed_origins=sorted(conf.allowed_origins) or None,
        max_http_buffer_size=conf.limits.message_bytes * 2,
        logger=False,
        engineio_logger=False,
    )
    for name in NAMESPACES:
        server.register_namespace(LiveNamespace(name))
    return socketio.ASGIApp(server, socketio_path=PATH)
