"""The one process of the demo: the port taken first, the server on it last, told when it is ready."""

import errno
import socket
from collections.abc import Callable

import uvicorn

HOST = "127.0.0.1"
# Seconds for connections to end when the demo is stopped.
PATIENCE = 3


class PortTakenError(Exception):
    """Something else listens on the port."""


def take_port(port: int) -> socket.socket:
    """A socket bound to the port, before anything else is done. Raises PortTakenError, or OSError."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Without it the port would stay taken for a minute after a demo that had viewers.
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError from error
        raise
    return taken


class Server(uvicorn.Server):
    """The site, as in production; calls `ready` when it answers."""

    def __init__(self, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                "marathon_site.asgi:application",
                loop="uvloop",
                http="live.doors.sockets:Http",
                ws="websockets-sansio",
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=PATIENCE,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()
