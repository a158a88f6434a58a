"""What lies under an ASGI connection: whether the server bounds what it buffers, and how to drop the connection.

ASGI has no words for either. Uvicorn waits in `send` while the peer does not read. Daphne hands everything to Twisted,
which buffers without bound; and neither lets an application drop a peer that reads nothing, not even a close.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

_KEY = "marathon.wire"


class Wire:
    """A connection whose server applies back-pressure, or of which nothing is known."""

    unbounded = False

    def __init__(self, transport: Any = None) -> None:
        self._transport = transport

    def buffered(self) -> int:
        """Bytes that wait in the server for the peer to read."""
        return 0

    def abort(self) -> None:
        """Drop the connection at once, with what is buffered."""
        if self._transport is not None:
            self._transport.abort()


class TwistedWire(Wire):
    """A connection of Daphne's."""

    unbounded = True

    def buffered(self) -> int:
        waiting = self._transport
        return int(len(waiting.dataBuffer) - waiting.offset + waiting._tempDataLen)  # noqa: SLF001 - no other way to know

    def abort(self) -> None:
        self._transport.abortConnection()


def _found(send: Callable[..., Awaitable[None]]) -> Wire:
    if isinstance(send, partial) and send.args and hasattr(send.args[0], "transport"):
        transport = send.args[0].transport
        if hasattr(transport, "_tempDataLen"):
            return TwistedWire(transport)
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return Wire(transport) if hasattr(transport, "abort") else Wire()


def wire_of(scope: Mapping[str, Any]) -> Wire:
    """What `WireMiddleware` found for this connection."""
    found = scope.get(_KEY)
    return found if isinstance(found, Wire) else Wire()


class WireMiddleware:
    """ASGI, outermost: only here is `send` still the server's own."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.inner({**scope, _KEY: _found(send)}, receive, send)
