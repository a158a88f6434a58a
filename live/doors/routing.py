"""Which door a connection takes: `/marathon-live` (with or without a slash) and everything below `/socket.io`."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import URLRouter
from django.urls import re_path

from live.auth import JWTAuthMiddleware
from live.conf import live_settings
from live.doors.consumer import MarathonLiveConsumer
from live.doors.origins import OriginMiddleware
from live.doors.socket_io import PATH, socket_io_application
from live.doors.wires import WireMiddleware

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_sockets = URLRouter([re_path(r"^marathon-live/?$", MarathonLiveConsumer.as_asgi())])
websocket_application: Application = WireMiddleware(
    OriginMiddleware(JWTAuthMiddleware(_sockets), live_settings().allowed_origins)
)
socket_io: Application = socket_io_application()


class SocketIORouter:
    """ASGI: Socket.IO's requests, of either kind, to its application; all others to the one given."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        below = scope["path"].startswith(f"{PATH}/") or scope["path"] == PATH
        await (socket_io if below else self.inner)(scope, receive, send)
