"""RabbitMQ as coroutines. Connections, channels, and how they end; of the worker only this and connection.py know pika.

Everything here runs on one asyncio loop. A connection or channel that ends says so once, through its `lost` future, and
every call that waits for an answer then raises BrokerError.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError, ChannelClosedByBroker

from live.feed.connection import OnMessages, QuickConnection, Taker

ACCESS_REFUSED = 403
NOT_FOUND = 404

CONNECT_SECONDS = 3.0
HANDSHAKE_SECONDS = 5.0

Headers: TypeAlias = Mapping[str, Any]
OnConfirm: TypeAlias = Callable[[int, bool, bool], None]
"""Called with the number of a message, whether it stands for all before it too, whether the broker took it."""

# pika logs every attempt to connect, with a traceback; whoever calls us says it once.
logging.getLogger("pika").setLevel(logging.CRITICAL)


class BrokerError(Exception):
    """The connection or the channel is gone. `code` is the broker's reply code, 0 if it did not say anything."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def _error(reason: BaseException | None) -> BrokerError:
    if isinstance(reason, ChannelClosedByBroker):
        return BrokerError(reason.reply_code, reason.reply_text)
    return BrokerError(0, str(reason) or type(reason).__name__)


def _resolve(future: "asyncio.Future[Any]", value: object) -> None:
    if not future.done():
        future.set_result(value)


class Channel:
    """One channel. `lost` ends with a BrokerError when it closes, whoever closes it."""

    def __init__(self, raw: Any, lost: "asyncio.Future[BrokerError]") -> None:
        self._raw = raw
        self.lost = lost
        self.returned = 0
        self._got: asyncio.Future[Any] | None = None
        raw.add_on_close_callback(lambda _, reason: self.end(_error(reason)))
        raw.add_on_cancel_callback(lambda _: self.end(BrokerError(0, "the broker cancelled the consumer")))
        raw.add_on_return_callback(self._on_return)

    def end(self, error: BrokerError) -> None:
        """Nothing more will come over this channel."""
        _resolve(self.lost, error)

    def _on_return(self, *_: object) -> None:
        self.returned += 1

    async def _answer(self, ask: Callable[..., object], *args: Any, **options: Any) -> Any:
        """Wait for the broker's answer to one method, or for the channel's end."""
        answered = asyncio.get_running_loop().create_future()
        try:
            ask(*args, **options, callback=partial(_resolve, answered))
        except AMQPError as error:
            raise _error(error) from error
        await asyncio.wait((answered, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if self.lost.done():
            raise self.lost.result()
        return answered.result()

    async def prefetch(self, count: int) -> None:
        """Have at most so many deliveries under way."""
        await self._answer(self._raw.basic_qos, prefetch_count=count)

    async def transactional(self) -> None:
        """From here on publishing and acknowledging take effect with `commit`, all of it or nothing."""
        await self._answer(self._raw.tx_select)

    async def confirmed(self, on_confirm: OnConfirm) -> None:
        """From here on the broker says of what was published, by its number on this channel, that it has it or not."""

        def said(frame: Any) -> None:
            method = frame.method
            on_confirm(method.delivery_tag, method.multiple, isinstance(method, pika.spec.Basic.Ack))

        await self._answer(self._raw.confirm_delivery, said)

    async def consume(self, queue: str, on_messages: OnMessages) -> None:
        """Become the queue's only consumer, who gets what has come at once, in order. BrokerError with ACCESS_REFUSED
        while another one is.
        """
        taker = Taker(on_messages)
        await self._answer(self._raw.basic_consume, queue=queue, on_message_callback=taker, exclusive=True)

    async def declare(self, queue: str, *, passive: bool) -> int:
        """Return how many messages are ready. A queue that is made is durable and has no arguments."""
        frame = await self._answer(self._raw.queue_declare, queue=queue, passive=passive, durable=True)
        ready: int = frame.method.message_count
        return ready

    async def declare_exchange(self, exchange: str, *, passive: bool) -> None:
        """A topic exchange, durable where it is made."""
        options = {"exchange_type": "topic", "passive": passive, "durable": True}
        await self._answer(self._raw.exchange_declare, exchange=exchange, **options)

    async def bind(self, queue: str, exchange: str, pattern: str) -> None:
        """Route to the queue what has a matching key."""
        await self._answer(self._raw.queue_bind, queue=queue, exchange=exchange, routing_key=pattern)

    def publish(self, queue: str, body: bytes, headers: Headers, content_type: str = "application/json") -> None:
        """Hand over one persistent message; one that no queue takes comes back and counts as `returned`."""
        properties = pika.BasicProperties(content_type, headers=dict(headers), delivery_mode=2)
        self._now(self._raw.basic_publish, "", queue, body, properties, mandatory=True)

    def acknowledge(self, tag: int, *, multiple: bool) -> None:
        """Say that this delivery, or all up to it, may be forgotten."""
        self._now(self._raw.basic_ack, tag, multiple=multiple)

    def _now(self, send: Callable[..., object], *args: Any, **options: Any) -> None:
        try:
            send(*args, **options)
        except AMQPError as error:
            raise _error(error) from error

    async def commit(self) -> None:
        """Make what was published and acknowledged take effect; it is safe with the broker when this returns."""
        await self._answer(self._raw.tx_commit)

    async def get(self, queue: str) -> tuple[Any, Any, bytes] | None:
        """Take one message without consuming: pika's method and properties, and the body; None when there is none."""
        if self._got is None:
            self._raw.add_callback(lambda _: self._on_got(None), [pika.spec.Basic.GetEmpty], one_shot=False)
        self._got = got = asyncio.get_running_loop().create_future()
        self._now(self._raw.basic_get, queue, lambda _, *message: self._on_got(message))
        await asyncio.wait((got, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if self.lost.done():
            raise self.lost.result()
        found: tuple[Any, Any, bytes] | None = got.result()
        return found

    def _on_got(self, message: object) -> None:
        if self._got is not None:
            _resolve(self._got, message)

    def close(self) -> None:
        """Close it, without waiting for the broker's answer. Closing twice is nothing."""
        if self._raw.is_open:
            self._raw.close()


class Connection:
    """One open connection; made by `connect`. `lost` ends with a BrokerError when it closes, whoever closes it."""

    def __init__(self, raw: Any, lost: "asyncio.Future[BrokerError]") -> None:
        self._raw = raw
        self.lost = lost

    @property
    def bytes_received(self) -> int:
        """Grows with every frame, heartbeats included."""
        received: int = self._raw.bytes_received
        return received

    def on_blocked(self, call: Callable[[bool], None]) -> None:
        """Have `call(True)` when the broker stops taking what we publish (a memory or disk alarm), False afterwards."""
        self._raw.add_on_connection_blocked_callback(lambda *_: call(True))
        self._raw.add_on_connection_unblocked_callback(lambda *_: call(False))

    async def channel(self) -> Channel:
        """Open a channel."""
        loop = asyncio.get_running_loop()
        opened = loop.create_future()
        try:
            raw = self._raw.channel(on_open_callback=partial(_resolve, opened))
        except AMQPError as error:
            raise _error(error) from error
        channel = Channel(raw, loop.create_future())
        self._end_with_us(channel)
        await asyncio.wait((opened, channel.lost), return_when=asyncio.FIRST_COMPLETED)
        if channel.lost.done():
            raise channel.lost.result()
        return channel

    def _end_with_us(self, channel: Channel) -> None:
        def end(lost: "asyncio.Future[BrokerError]") -> None:
            channel.end(lost.result())

        self.lost.add_done_callback(end)
        # A standby opens a channel a second, for weeks.
        channel.lost.add_done_callback(lambda _: self.lost.remove_done_callback(end))

    async def make_sure_of(self, queue: str) -> int:
        """Have the queue exist, whatever arguments it was declared with; return how many messages are ready in it."""
        ready: int = await self._look_then_make(lambda channel, passive: channel.declare(queue, passive=passive))
        return ready

    async def make_sure_of_exchange(self, exchange: str) -> None:
        """Have the topic exchange exist."""
        await self._look_then_make(lambda channel, passive: channel.declare_exchange(exchange, passive=passive))

    async def _look_then_make(self, declare: Callable[[Channel, bool], Any]) -> Any:
        # Declaring something anew with other arguments is refused (406), so look first. Not found closes the channel.
        channel = await self.channel()
        try:
            return await declare(channel, True)
        except BrokerError as error:
            if error.code != NOT_FOUND:
                raise
            channel = await self.channel()
            return await declare(channel, False)
        finally:
            channel.close()

    def abandon(self) -> None:
        """Start to close it; whoever wants to know when that is done waits for `lost`."""
        if self._raw.is_open:
            self._raw.close()

    async def watch(self, heartbeat: int) -> None:
        """End the connection when nothing has come for two heartbeats and a second: the broker sends one every half.

        pika itself gives up later. A look that comes late itself proves nothing: then it was us who stood still.
        """
        loop = asyncio.get_running_loop()
        seen, heard, looked = self.bytes_received, loop.time(), loop.time()
        while not self.lost.done():
            await asyncio.sleep(heartbeat / 4)
            now, looked_before, looked = loop.time(), looked, loop.time()
            if self.bytes_received != seen or now - looked_before > heartbeat:
                seen, heard = self.bytes_received, now
            elif now - heard > 2 * heartbeat + 1:
                self.lost.set_result(BrokerError(0, f"nothing heard for {2 * heartbeat + 1} s"))
                self.abandon()

    async def close(self, seconds: float = HANDSHAKE_SECONDS) -> None:
        """Close it in order: what was sent before is with the broker then. Never waits longer than `seconds`."""
        self.abandon()
        await asyncio.wait((self.lost,), timeout=seconds)


async def connect(url: str, *, heartbeat: int, name: str) -> Connection:
    """Open a connection; `name` shows in the broker's list. BrokerError if that does not work within seconds."""
    parameters = pika.URLParameters(url)
    parameters.heartbeat = heartbeat
    parameters.socket_timeout = CONNECT_SECONDS
    parameters.stack_timeout = HANDSHAKE_SECONDS
    parameters.client_properties = {"connection_name": name}
    loop = asyncio.get_running_loop()
    opened, lost = loop.create_future(), loop.create_future()

    def done(made: Any) -> None:
        if not isinstance(made, BaseException):
            made.add_on_close_callback(lambda _, reason: _resolve(lost, _error(reason)))
            if opened.cancelled():
                made.close()
        _resolve(opened, made)

    attempt = QuickConnection.create_connection([parameters], done, custom_ioloop=loop)
    try:
        made = await opened
    except asyncio.CancelledError:
        with contextlib.suppress(AMQPConnectorException):  # it may have come to its end meanwhile
            attempt.abort()
        raise
    if isinstance(made, BaseException):
        raise _error(_root(made))
    return Connection(made, lost)


def _root(reason: BaseException) -> BaseException:
    """What an attempt to connect really failed from, under pika's wrapping."""
    while inner := getattr(reason, "exception", None) or (getattr(reason, "exceptions", None) or [None])[-1]:
        reason = inner
    return reason
