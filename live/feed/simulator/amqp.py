"""pika's callbacks as coroutines: what publisher.py awaits while it sets a connection up."""

import asyncio
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import ChannelClosedByBroker

NOT_FOUND = 404


async def open_connection(parameters: pika.ConnectionParameters, lost: Callable[[Any, BaseException], None]) -> Any:
    """A connection on the running loop; `lost(connection, reason)` is called when it ends. Raises pika's errors."""
    opened = asyncio.get_running_loop().create_future()
    AsyncioConnection(
        parameters,
        on_open_callback=lambda connection: _settle(opened, connection),
        on_open_error_callback=lambda _, error: _settle(opened, error),
        on_close_callback=lost,
    )
    return await opened


async def open_channel(connection: Any) -> Any:
    opened = asyncio.get_running_loop().create_future()
    connection.channel(on_open_callback=lambda channel: _settle(opened, channel))
    return await opened


async def answer(channel: Any, ask: Callable[[Callable[[object], None]], object]) -> object:
    """What the broker answers to `ask` on a channel; raises what closes the channel instead."""
    answered = asyncio.get_running_loop().create_future()
    channel.add_on_close_callback(lambda _, reason: _settle(answered, reason))
    ask(lambda frame: _settle(answered, frame))
    return await answered


async def make_sure_of(connection: Any, queue: str) -> None:
    """Passively first: some deployments declared it with arguments, and a declaration with others is refused (406)."""
    channel = await open_channel(connection)
    try:
        await answer(channel, lambda done: channel.queue_declare(queue, passive=True, callback=done))
    except ChannelClosedByBroker as closed:
        if closed.reply_code != NOT_FOUND:
            raise
        channel = await open_channel(connection)
        await answer(channel, lambda done: channel.queue_declare(queue, durable=True, callback=done))
    channel.close()


async def close_connection(connection: Any, seconds: float) -> None:
    """Ends it in an orderly way, in at most so many seconds."""
    closed = asyncio.get_running_loop().create_future()
    connection.add_on_close_callback(lambda *_: _settle(closed, None))
    connection.close()
    await asyncio.wait((closed,), timeout=seconds)


def _settle(future: "asyncio.Future[Any]", outcome: object) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
