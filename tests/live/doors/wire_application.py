"""What tests of wires let real servers serve: it says whether its wire is ready, and then writes on it."""

from typing import Any

from live.doors.wires import WireMiddleware, wire_of
from live.wire.frames import BINARY, TEXT, websocket_frame

LONG = b"long " * 20_000


async def _application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    wire = wire_of(scope)
    await receive()
    before = wire.ready()
    await send({"type": "websocket.accept"})
    ready = wire.ready()
    await send({"type": "websocket.send", "text": f"{type(wire).__name__} {before} {ready}"})
    if ready:
        wire.write(websocket_frame(TEXT, b"short"))
        wire.write(websocket_frame(BINARY, LONG))
    await send({"type": "websocket.send", "text": "after"})
    await receive()
    await send({"type": "websocket.close", "code": 4001})
    # Whoever writes once more finds out first.
    assert not wire.ready()


application = WireMiddleware(_application)
