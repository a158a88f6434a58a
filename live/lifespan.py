"""The ASGI lifespan: a web process starts its hub with itself and closes it at the end.

Uvicorn has a lifespan; under Daphne, which has none, the hub starts with the first viewer. The demo's process runs the
worker's loop as well, on the simulated feed.
"""

import gc
from typing import Any

from asgiref.sync import sync_to_async

from live.conf import live_settings
from live.process import close_process, process, utc_now


async def lifespan(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Start with the server, stop after its last connection."""
    worker = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            process()
            spare_the_collector()
            worker = await _embedded_worker()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            if worker is not None:
                await worker.close()
            await close_process()
            await send({"type": "lifespan.shutdown.complete"})
            return


def spare_the_collector() -> None:
    """Python's cycle collector looks at everything that lives, again and again while thousands of clients join.

    What is loaded by now stays, so it is left out; and it is looked for cycles less often, because sessions have few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _embedded_worker() -> Any:
    """The worker of this process where the settings ask for one, else None."""
    settings, now = live_settings(), utc_now()
    if settings.embedded_feed != "simulated":
        return None
    # Here, because no other web process needs the feed's code, nor pika.
    from live.feed.embedded import EmbeddedWorker, traders  # noqa: PLC0415

    return EmbeddedWorker(await sync_to_async(traders)(now), settings, now)
