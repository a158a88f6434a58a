"""What lies under an ASGI connection: room for one more message, frames written as they are, a way to drop the peer.

ASGI has no words for any of it. Uvicorn waits in `send` while the peer does not read; Daphne hands everything to
Twisted, which buffers without bound; neither lets an application drop a peer that reads nothing, not even a close. And
both make every message anew for every client: encoding, framing and copying one frame 1,000 times costs as much as
sending it (docs/PERFORMANCE.md). So a frame that is made once for all is written to the transport where the server is
known; where it is not, everything goes through ASGI, only slower.

Both drop a peer that answers no ping, each in its own way and with no code of ours; here that can be said properly.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

_KEY = "marathon.wire"

# Servers without back-pressure: hand over the next frame when less than this is waiting in the server.
HIGH_WATER = 256 * 1024


class Wire:
    """A connection of which nothing is known but perhaps how to drop it."""

    def __init__(self, transport: Any = None) -> None:
        self._transport = transport

    def ready(self) -> bool:
        """Whether a frame may be written now: the connection is open, and what waits to be read is little."""
        return False

    def full(self) -> bool:
        """Whether so much waits to be read that `send` has to wait, and the server would not do so itself."""
        return False

    def write(self, framed: bytes) -> None:
        """Write one whole WebSocket frame, without waiting. Only when `ready`."""
        raise NotImplementedError

    def abort(self) -> None:
        """Drop the connection at once, with what is buffered."""
        if self._transport is not None:
            self._transport.abort()

    def on_no_pong(self, call: Callable[[], None]) -> None:
        """Call this, instead of dropping the connection, when the peer has not answered a ping in time."""


class SocketsWire(Wire):
    """A connection of live/doors/sockets.py, which takes no extensions and knows itself when it is ready."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol

    def ready(self) -> bool:
        return bool(self._protocol.takes_frames) and not self._transport.is_closing()

    def write(self, framed: bytes) -> None:
        self._transport.write(framed)

    def on_no_pong(self, call: Callable[[], None]) -> None:
        self._protocol.keepalive_timeout = call


class UvicornWire(SocketsWire):
    """A connection of uvicorn's `websockets-sansio`. Its protocol keeps no state of messages that it sends."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol)
        self._is_plain = not protocol.conn.extensions  # with permessage-deflate each client has frames of its own

    def ready(self) -> bool:
        protocol = self._protocol
        return (
            self._is_plain
            and protocol.writable.is_set()
            and protocol.handshake_complete
            and not (protocol.close_sent or protocol.disconnected or self._transport.is_closing())
        )


class TwistedWire(Wire):
    """A connection of Daphne's."""

    def full(self) -> bool:
        return self._buffered() > HIGH_WATER

    def _buffered(self) -> int:
        """How many bytes wait in Twisted."""
        waiting = self._transport
        return int(len(waiting.dataBuffer) - waiting.offset + waiting._tempDataLen)  # noqa: SLF001 - no other way to know

    def abort(self) -> None:
        self._transport.abortConnection()


class DaphneWire(TwistedWire):
    """A WebSocket of Daphne's: Autobahn's protocol on Twisted's transport.

    Autobahn has nothing to add to a whole frame. Twisted would wait for the event loop to say that the socket takes it,
    which costs five times as much as giving it to the socket; what that does not take is left to Twisted.
    """

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.transport)
        self._protocol = protocol

    def ready(self) -> bool:
        protocol = self._protocol
        return bool(protocol.state == protocol.STATE_OPEN and not protocol.send_queue and not self.full())

    def write(self, framed: bytes) -> None:
        sent = 0 if self._buffered() else self._transport.writeSomeData(framed)
        if isinstance(sent, int) and sent < len(framed):  # anything else is the error of a peer that is gone
            self._transport.write(framed[sent:])

    def on_no_pong(self, call: Callable[[], None]) -> None:
        def unanswered() -> None:
            self._protocol.autoPingTimeoutCall = None
            call()

        self._protocol.onAutoPingTimeout = unanswered


def _found(send: Callable[..., Awaitable[None]]) -> Wire:
    if isinstance(send, partial) and send.args and hasattr(send.args[0], "transport"):
        return _twisted(send.args[0])
    protocol = getattr(send, "__self__", None)
    if hasattr(protocol, "takes_frames"):
        return SocketsWire(protocol)  # first, because it makes the library's part when it is asked for
    if hasattr(getattr(protocol, "conn", None), "extensions"):
        return UvicornWire(protocol)
    transport = getattr(protocol, "transport", None)
    return Wire(transport) if hasattr(transport, "abort") else Wire()


def _twisted(protocol: Any) -> Wire:
    if not hasattr(protocol.transport, "_tempDataLen"):
        return Wire()
    return DaphneWire(protocol) if hasattr(protocol, "sendData") else TwistedWire(protocol.transport)


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
