"""A queue of one's own, from both sides, and a cable to it that can be cut."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from live.feed.consumer import Input
from tests.live.feed.proxy import Proxy


@pytest.fixture
def broker(rabbitmq_url: str) -> Iterator[BlockingChannel]:
    """The publisher's side."""
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as connection:
        yield connection.channel()


@pytest.fixture
def source(rabbitmq_url: str, own_queue: str) -> Input:
    """The worker's side."""
    return Input(url=rabbitmq_url, queue=own_queue, dead_letters=f"{own_queue}.dead", prefetch=100, heartbeat=1)


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[Proxy]:
    """The cable between them."""
    proxy = Proxy(rabbitmq_url)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
def through(source: Input, proxy: Proxy) -> Input:
    """The worker's side, by way of the cable."""
    return replace(source, url=proxy.url)
