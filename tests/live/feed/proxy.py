"""A TCP proxy whose cable can be cut: without a word (`freeze`), or in order (`cut`); and a server that is away."""

import asyncio
import contextlib
from urllib.parse import urlsplit


class Proxy:
    """Forwards connections to one address. Start it with `start`, end it with `close`."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 0)
        self._parts = parts
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._there, self._back = asyncio.Event(), asyncio.Event()
        self.thaw()
        self._port = 0

    @property
    def url(self) -> str:
        """The target's URL by way of this proxy."""
        login = f"{self._parts.username}:{self._parts.password}@" if self._parts.username else ""
        return f"{self._parts.scheme}://{login}127.0.0.1:{self._port}{self._parts.path}"

    async def start(self) -> None:
        """Listen; after a `close` on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection(*self._target)
            self._writers |= {writer, back}
            await asyncio.gather(self._pump(reader, back, self._there), self._pump(there, writer, self._back))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, open_: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await open_.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    def freeze(self) -> None:
        """Nothing goes through any more, and nobody is told."""
        self._there.clear()
        self._back.clear()

    def freeze_answers(self) -> None:
        """What the server says does not get through any more; it still hears everything."""
        self._back.clear()

    def thaw(self) -> None:
        """What was held back goes through."""
        self._there.set()
        self._back.set()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def close(self) -> None:
        """Be away: refuse connections, end those there are."""
        if self._server is not None:
            self._server.close()
        self.thaw()
        self.cut()
