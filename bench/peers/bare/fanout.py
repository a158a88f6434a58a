"""Fan-out and nothing else, the most that Python allows: one prebuilt frame, written to every transport.

argv: PORT; stdin: start HZ SECONDS BYTES
"""

import asyncio
import json
import sys
import time

import uvloop
from board import frame
from picows import WSListener, WSTransport, WSUpgradeRequest, ws_create_server

clients: set[asyncio.Transport] = set()


class Listener(WSListener):
    """One connection."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        clients.add(transport.underlying_transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        clients.discard(transport.underlying_transport)


def new_listener(_request: WSUpgradeRequest) -> Listener:
    return Listener()


async def publish(hz: float, seconds: float, size: int) -> None:
    began, ticks = time.monotonic(), round(hz * seconds)
    for tick in range(ticks):
        await asyncio.sleep(max(0.0, began + tick / hz - time.monotonic()))
        message = frame({"ts": time.monotonic_ns(), "pad": "x" * (size - 40)})
        for client in clients:
            client.write(message)
    print(json.dumps({"ticks": ticks}), flush=True)


async def main() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async with await ws_create_server(new_listener, "127.0.0.1", int(sys.argv[1]), backlog=4096):
        while line := await reader.readline():
            _, hz, seconds, size = line.split()
            await publish(float(hz), float(seconds), int(size))


uvloop.run(main())
