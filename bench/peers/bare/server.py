"""A yardstick: what Python itself allows. RabbitMQ -> a board in memory -> what changed, HZ times a second, written as
one prebuilt frame to every subscriber. One process on picows and uvloop, without database, history, groups or limits.
"""

import asyncio
import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import orjson
import pika
import uvloop
from board import Board, frame
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel

PORT, HZ = int(os.environ["PORT"]), float(os.environ.get("HZ", "5"))
QUEUE, AMQP_URL, SECRET = os.environ["QUEUE"], os.environ["AMQP_URL"], os.environ["JWT_SECRET"]
MOST_BUFFERED = 4 << 20
REFUSED = 4401

board = Board(Path(os.environ["PARTICIPANTS"]))
subscribers: set[asyncio.Transport] = set()


class Listener(WSListener):
    """One connection."""

    def __init__(self, *, welcome: bool) -> None:
        self._welcome = welcome

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._welcome:
            transport.send(WSMsgType.TEXT, b'{"event":"connected"}')
        else:
            transport.send_close(REFUSED)
            transport.disconnect()

    def on_ws_frame(self, transport: WSTransport, received: WSFrame) -> None:
        if received.msg_type != WSMsgType.TEXT:
            return
        message = orjson.loads(received.get_payload_as_bytes())
        if message.get("event") == "subscribe_marathon" and message["data"]["marathonId"] == board.marathon_id:
            raw = transport.underlying_transport
            raw.write(board.snapshot())
            raw.write(frame({"event": "subscribed", "data": {"marathonId": board.marathon_id}}))
            subscribers.add(raw)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        subscribers.discard(transport.underlying_transport)


def new_listener(request: WSUpgradeRequest) -> Listener:
    token = parse_qs(urlsplit(request.path.decode()).query).get("token", [""])[0]
    try:
        jwt.decode(token, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return Listener(welcome=False)
    return Listener(welcome=True)


def consume(channel: Channel) -> None:
    channel.queue_declare(QUEUE, durable=True)
    channel.basic_consume(QUEUE, lambda _channel, _method, _properties, body: board.take(body), auto_ack=True)


async def tick() -> None:
    """Send what changed, HZ times a second; who is megabytes behind misses it."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + 1 / HZ, loop.time())
        await asyncio.sleep(due - loop.time())
        if delta := board.delta():
            for transport in subscribers:
                if transport.get_write_buffer_size() < MOST_BUFFERED:
                    transport.write(delta)


async def main() -> None:
    parameters = pika.URLParameters(AMQP_URL)
    AsyncioConnection(parameters, on_open_callback=lambda one: one.channel(on_open_callback=consume))
    async with await ws_create_server(new_listener, "127.0.0.1", PORT, backlog=4096):
        await tick()


uvloop.run(main())
