"""pika's connection, with the usual deliveries to a `Taker` read at one look; every other frame is pika's alone.

For pika a message is three frames and a dozen calls, several times what all of it costs here. What belongs to whom is
asked of pika's own state before each run of deliveries: there is no second one that could differ.
"""

import struct
from collections.abc import Callable
from typing import Any

from pika import BasicProperties
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import ContentFrameAssembler
from pika.exceptions import AMQPError

from live.feed.deliveries import LACKING, UNUSUAL, Addressee, Headers, Message, Reader, addressee

OnMessages = Callable[[list[Message]], None]

# pika reads 4 kB at once, a dozen messages; each call of the kernel, and each list, costs as much as one of them.
READ_BYTES = 65_536

_BETWEEN_MESSAGES = vars(ContentFrameAssembler())


class Taker:
    """What a consumer gives pika to call. From pika it gets messages one by one, from QuickConnection many at once.

    `take` is called when they are no more in the connection's buffer, in order, never with none.
    """

    def __init__(self, take: OnMessages) -> None:
        self.take = take
        self._reader: Reader | None = None

    def __call__(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        way = method.redelivered, method.exchange, method.routing_key
        self.take([Message(method.delivery_tag, *way, properties.headers, body)])

    def reader(self, to: Addressee, most: int) -> Reader:
        """Who reads what is for it. It consumes once, under one name."""
        if self._reader is None:
            self._reader = Reader(to, most, _headers)
        return self._reader


def _headers(properties: bytes) -> Headers:
    try:
        headers: Headers = BasicProperties().decode(properties).headers
    except (AMQPError, struct.error, ArithmeticError, OSError, RecursionError) as error:
        raise ValueError("not properties of a message") from error
    return headers


class QuickConnection(AsyncioConnection):
    """As pika's. Without the methods that are overridden here, or where pika does not call them, only slower."""

    def _proto_connection_made(self, transport: Any) -> None:
        transport._MAX_RECV_BYTES = READ_BYTES  # noqa: SLF001 - nobody else can say so
        super()._proto_connection_made(transport)

    def _on_data_available(self, data_in: bytes) -> None:
        self._frame_buffer += data_in
        # Whoever is called may end the connection, and with it the buffer.
        while self._frame_buffer:
            end = self._take_usual()
            if end == LACKING or (end == UNUSUAL and not self._take_frame()):
                return

    def _take_usual(self) -> int:
        """Hand on the usual deliveries that the buffer begins with; return where they ended, or why there are none."""
        to = addressee(self._frame_buffer)
        taker = None if to is None else self._taker(to)
        if to is None or taker is None:
            return UNUSUAL
        messages, end = taker.reader(to, self.params.frame_max).read(self._frame_buffer)
        if messages:
            self._trim_frame_buffer(end)
            self.frames_received += sum([3 if message.body else 2 for message in messages])
            taker.take(messages)
        return end

    def _taker(self, to: Addressee) -> Taker | None:
        """Who would have it of pika; None also where pika stands in the middle of another message on that channel."""
        channel = self._channels.get(to.channel)
        if channel is None or not channel.is_open:
            return None
        name = to.consumer.decode(errors="surrogateescape")
        taker = channel._consumers.get(name)  # noqa: SLF001 - pika's own word on who consumes
        is_going = name not in channel._cancelled  # noqa: SLF001
        is_between = vars(channel._content_assembler) == _BETWEEN_MESSAGES  # noqa: SLF001
        return taker if is_going and is_between and isinstance(taker, Taker) else None

    def _take_frame(self) -> bool:
        """Let pika have one frame, as it does itself; False: the rest of it has not come."""
        size, frame = self._read_frame()
        if frame:
            self._trim_frame_buffer(size)
            self._process_frame(frame)
        return bool(frame)
