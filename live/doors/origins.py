"""Which pages may open sockets: with `CORS_ALLOWED_ORIGINS` set, those and our own; tokens decide in any case.

A connection brings its token itself and no cookie counts, so a foreign page gains nothing by opening one; the check is
for operators who want to say which pages are theirs.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit


class OriginMiddleware:
    """ASGI: refuses (403 at the handshake) pages of other origins, if any are named. Other clients send no origin."""

    def __init__(self, inner: Callable[..., Awaitable[None]], allowed: frozenset[str]) -> None:
        self.inner, self.allowed = inner, allowed

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        if origin_allowed(origin, host, self.allowed):
            await self.inner(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4507})


def origin_allowed(origin: str, host: str, allowed: frozenset[str]) -> bool:
    """Whether a page of this origin may open a socket on this host; `allowed` empty allows all."""
    return not allowed or not origin or origin in allowed or urlsplit(origin).netloc == host
