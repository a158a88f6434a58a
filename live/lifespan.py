"""The ASGI lifespan: a web process starts its hub with itself and closes it at the end.

Uvicorn has a lifespan; under Daphne, which has none, the hub starts with the first viewer.
"""

from typing import Any

from live.process import close_process, process


async def lifespan(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Start with the server, stop after its last connection."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            process()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await close_process()
            await send({"type": "lifespan.shutdown.complete"})
            return
