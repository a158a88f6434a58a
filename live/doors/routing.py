"""Which door a connection takes: `/marathon-live` (with or without a slash) and everything below `/socket.io`."""

from collections.abc import Awaitable, Callable
from typing import Any

from live.auth import JWTAuthMiddleware
from live.conf import live_settings
from live.doors.consumer import MarathonLiveConsumer
from live.doors.origins import OriginMiddleware
from live.doors.socket_io import PATH, socket_io_application
from live.doors.wires import WireMiddleware

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

socket_io: Application = socket_io_application()


class SocketRouter:
    """ASGI: the one path that has WebSockets. Channels' router matches patterns and copies the scope."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in {"/marathon-live", "/marathon-live/"}:
            raise ValueError(f"No route found for path {path!r}.")
        await self.inner(scope, receive, send)


def _sockets() -> Application:
    conf, inner = live_settings(), JWTAuthMiddleware(SocketRouter(MarathonLiveConsumer.as_asgi()))
    return WireMiddleware(OriginMiddleware(inner, conf.allowed_origins) if conf.allowed_origins else inner)


websocket_application: Application = _sockets()


class SocketIORouter:
    """ASGI: Socket.IO's requests, of either kind, to its application; all others to the one given."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        below = scope["path"].startswith(f"{PATH}/") or scope["path"] == PATH
        await (socket_io if below else self.inner)(scope, receive, send)
