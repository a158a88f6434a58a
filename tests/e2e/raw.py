"""Clients that do what no library lets them: read nothing, or answer no pings."""

import asyncio
import json
import socket

from tests.e2e.cluster import Running, token_of

CLOSE = 0x88
"""The first byte of a close frame."""


async def stalled_client(web: Running, user_id: str, marathon_id: str) -> asyncio.StreamWriter:
    """A handshake and a subscription over a socket with small buffers, from which nothing is read afterwards."""
    reader, writer = await raw_client(web, user_id)
    body = json.dumps({"event": "subscribe_marathon", "data": {"marathonId": marathon_id}}).encode()
    writer.write(b"\x81" + bytes([0x80 | len(body)]) + b"\0\0\0\0" + body)
    await writer.drain()
    reader._transport.pause_reading()  # type: ignore[attr-defined]
    return writer


async def raw_client(web: Running, user_id: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A handshake and no more: whoever uses it reads frames, and answers pings, or does not."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", web.port))
    raw.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    writer.write(
        f"GET /marathon-live?token={token_of(user_id)} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The first byte and the content of the next frame of a server, which masks nothing."""
    kind, length = await reader.readexactly(2)
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    return kind, await reader.readexactly(length)
