"""The network between clients and web processes, for tests that break it: a TCP relay that can lead elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

CHUNK = 64 * 1024


class Road:
    """One address for clients. `port` is where new connections lead; connections under way stay where they are."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = ""
        self._ways: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()

    def cut(self) -> None:
        """Lose every connection at once, without a goodbye."""
        for way in tuple(self._ways):
            way.transport.abort()

    def freeze(self) -> None:
        """Carry nothing any more, and tell nobody."""
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either end is gone."""
        try:
            await self._open.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        self._ways |= {writer, far_writer}
        ways = [
            asyncio.create_task(self._pass(reader, far_writer)),
            asyncio.create_task(self._pass(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            self._ways -= {writer, far_writer}
            far_writer.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._open.wait()
                writer.write(data)
                await writer.drain()


@contextlib.asynccontextmanager
async def road_to(port: int) -> AsyncIterator[Road]:
    """A road to a port of this machine."""
    road = Road(port)
    server = await asyncio.start_server(road.carry, "127.0.0.1", 0)
    road.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/marathon-live"
    try:
        yield road
    finally:
        server.close()
        road.thaw()
        road.cut()
