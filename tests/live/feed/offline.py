"""pika's connections without a network: what the broker would send is given to them, what they do is written down."""

import struct
from collections.abc import Iterable
from typing import Any

from pika import BasicProperties, ConnectionParameters, frame, spec
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel

from live.feed.connection import QuickConnection, Taker
from live.feed.deliveries import Message

FRAME_MAX = spec.FRAME_MIN_SIZE
CONSUMERS = {"a": 1, "b": 1, "c": 2}
"""The channel of each."""


class Doubles(BasicProperties):  # type: ignore[misc]
    """Properties with a header that is a double, as other libraries send it: pika itself only reads them."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def encode(self) -> list[bytes]:
        field = b"\x09timestampd" + struct.pack(">d", self._value)
        return [struct.pack(">HI", self.FLAG_HEADERS, len(field)) + field]


def method(channel: int, said: Any) -> bytes:
    marshalled: bytes = frame.Method(channel, said).marshal()
    return marshalled


def header(channel: int, size: int, properties: BasicProperties | None = None) -> bytes:
    marshalled: bytes = frame.Header(channel, size, properties or BasicProperties("application/json")).marshal()
    return marshalled


def body(channel: int, content: bytes) -> bytes:
    marshalled: bytes = frame.Body(channel, content).marshal()
    return marshalled


def content(
    channel: int, whole: bytes, properties: BasicProperties | None, longest: int = FRAME_MAX - 8
) -> list[bytes]:
    """What follows a method: the header, and the body in as many frames as it needs."""
    parts = [whole[at : at + longest] for at in range(0, len(whole), longest)]
    return [header(channel, len(whole), properties), *(body(channel, part) for part in parts)]


def delivery(
    whole: bytes = b"{}",
    *,
    tag: int = 1,
    consumer: str = "a",
    channel: int = 0,
    again: bool = False,
    exchange: str = "",
    key: str = "marathon",
    properties: BasicProperties | None = None,
    longest: int = FRAME_MAX - 8,
) -> list[bytes]:
    """The frames of one delivery; on the consumer's own channel, if no other is named."""
    number = channel or CONSUMERS[consumer]
    deliver = method(number, spec.Basic.Deliver(consumer, tag, again, exchange, key))
    return [deliver, *content(number, whole, properties, longest)]


class Side:
    """One connection with three consumers on two channels. `calls` is all that it called, `sent` what it sent.

    `lists` counts how often messages were handed on, `by_pika` the frames that pika got.
    """

    def __init__(self, kind: type[AsyncioConnection]) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.sent: list[bytes] = []
        self.lists = 0
        self.by_pika = 0
        self.raw = self._connection(kind)
        self.channels = {number: self._channel(number) for number in sorted(set(CONSUMERS.values()))}
        for name, number in CONSUMERS.items():
            self.channels[number].basic_consume("queue", self.taker(name), consumer_tag=name)
            self.say(method(number, spec.Basic.ConsumeOk(name)))
        self.sent.clear()
        self.by_pika = 0
        self.raw.bytes_received = self.raw.frames_received = 0

    def _connection(self, kind: type[AsyncioConnection]) -> Any:
        side = self

        class Offline(kind):  # type: ignore[misc]
            def _adapter_connect_stream(self) -> None:
                self._set_connection_state(self.CONNECTION_OPEN)
                self._opened = True

            def _adapter_emit_data(self, data: bytes) -> None:
                side.sent.append(data)

            def _adapter_disconnect_stream(self) -> None:
                side.calls.append(("disconnected",))

            def _process_frame(self, frame_value: Any) -> None:
                side.by_pika += 1
                super()._process_frame(frame_value)

        return Offline(ConnectionParameters(frame_max=FRAME_MAX), custom_ioloop=object())

    def _channel(self, number: int) -> Channel:
        channel = self.raw.channel(number)
        channel.add_on_close_callback(lambda _, why: self.calls.append((number, "closed", type(why))))
        channel.add_on_cancel_callback(lambda _: self.calls.append((number, "cancelled")))
        channel.add_on_return_callback(lambda *came: self.calls.append((number, "returned", str(came[1:3]), came[3])))
        self.say(method(number, spec.Channel.OpenOk()))
        return channel

    def taker(self, name: str) -> Taker:
        def take(messages: list[Message]) -> None:
            self.lists += 1
            self.calls.extend((name, message) for message in messages)

        return Taker(take)

    def say(self, data: bytes) -> None:
        self.raw._on_data_available(data)

    def told(self, data: bytes) -> type[Exception] | None:
        """What these bytes raise."""
        try:
            self.say(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, pika's raises the same
            return type(error)
        return None

    @property
    def taken(self) -> list[tuple[str, Message]]:
        """What its consumers got."""
        return [(call[0], call[1]) for call in self.calls if isinstance(call[-1], Message)]

    @property
    def counted(self) -> tuple[int, int, bytes]:
        return self.raw.bytes_received, self.raw.frames_received, self.raw._frame_buffer


def quick() -> Side:
    return Side(QuickConnection)


def plain() -> Side:
    return Side(AsyncioConnection)


def hold_alike(chunks: Iterable[bytes]) -> tuple[Side, Side]:
    """Both get the same bytes, and do the same at once, up to the first error; return the quick and the plain side."""
    ours, pikas = quick(), plain()
    given = 0
    for chunk in chunks:
        given += len(chunk)
        raised = pikas.told(chunk)
        assert ours.told(chunk) is raised
        assert ours.calls == pikas.calls
        assert ours.sent == pikas.sent
        if raised:
            break
        assert ours.raw.bytes_received + len(ours.raw._frame_buffer) == given
    return ours, pikas
