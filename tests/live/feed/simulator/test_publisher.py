"""Publishing to a real RabbitMQ."""

from collections.abc import Iterator
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from live.feed.broker import BrokerError
from live.feed.simulator.faults import Delivery
from live.feed.simulator.publisher import Publisher

pytestmark = pytest.mark.needs_rabbitmq

PATIENCE = 20.0


def delivery(number: int, objects: int = 1) -> Delivery:
    return Delivery(0.0, b"\n".join([str(number).encode()] * objects), objects)


@pytest.fixture
def broker(rabbitmq_url: str) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as connection:
        yield connection.channel()


@pytest.fixture
def publisher(rabbitmq_url: str, own_queue: str) -> Publisher:
    return Publisher(rabbitmq_url, own_queue)


def waiting(broker: BlockingChannel, queue: str) -> list[tuple[Any, bytes]]:
    """All messages of a queue, which is empty afterwards."""
    found = []
    while (got := broker.basic_get(queue, auto_ack=True))[0] is not None:
        found.append((got[1], got[2]))
    return found


async def publish(publisher: Publisher, count: int, objects: int = 1) -> None:
    for number in range(count):
        await publisher.publish(delivery(number, objects))


async def test_everything_arrives_persistent_and_in_order(
    publisher: Publisher, broker: BlockingChannel, own_queue: str
) -> None:
    await publisher.connect()
    await publish(publisher, 300, objects=2)
    assert await publisher.drain(PATIENCE)
    await publisher.close()
    came = waiting(broker, own_queue)
    assert [body for _, body in came] == [delivery(number, 2).body for number in range(300)]
    assert {(each.delivery_mode, each.content_type) for each, _ in came} == {(2, "application/json")}
    figures = publisher.figures
    assert (figures.messages, figures.sent, figures.confirmed, figures.refused) == (300, 600, 600, 0)


async def test_a_queue_that_is_not_there_is_made_durable_and_without_arguments(
    publisher: Publisher, broker: BlockingChannel, own_queue: str
) -> None:
    await publisher.connect()
    await publisher.close()
    assert broker.queue_declare(own_queue, durable=True, arguments={}).method.message_count == 0


async def test_a_queue_that_has_arguments_is_taken_as_it_is(
    publisher: Publisher, broker: BlockingChannel, own_queue: str
) -> None:
    broker.queue_declare(own_queue, durable=True, arguments={"x-max-length": 1_000})
    await publisher.connect()
    await publish(publisher, 3)
    assert await publisher.drain(PATIENCE)
    await publisher.close()
    assert len(waiting(broker, own_queue)) == 3


async def test_what_the_queue_refuses_is_counted(publisher: Publisher, broker: BlockingChannel, own_queue: str) -> None:
    full = {"x-max-length": 2, "x-overflow": "reject-publish"}
    broker.queue_declare(own_queue, durable=True, arguments=full)
    await publisher.connect()
    await publish(publisher, 10, objects=3)
    assert await publisher.drain(PATIENCE)
    await publisher.close()
    figures = publisher.figures
    assert figures.confirmed + figures.refused == 30
    assert figures.refused >= 3 * 3


async def test_what_no_queue_takes_is_counted(publisher: Publisher, broker: BlockingChannel, own_queue: str) -> None:
    await publisher.connect()
    broker.queue_delete(own_queue)
    await publish(publisher, 5)
    assert await publisher.drain(PATIENCE)
    assert publisher.returned == 5
    await publisher.close()


async def test_only_so_much_is_under_way_at_a_time(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.feed.simulator.publisher.WINDOW", 10)
    await publisher.connect()
    most = 0
    for number in range(200):
        await publisher.publish(delivery(number))
        most = max(most, publisher.unconfirmed)
    assert most == 10
    assert await publisher.drain(PATIENCE)
    await publisher.close()


async def test_after_a_lost_connection_nothing_is_missing(
    publisher: Publisher, broker: BlockingChannel, own_queue: str
) -> None:
    await publisher.connect()
    await publish(publisher, 100)
    assert publisher._connection is not None
    publisher._connection.abandon()
    for number in range(100, 200):
        await publisher.publish(delivery(number))
    assert await publisher.drain(PATIENCE)
    await publisher.close()
    assert publisher.figures.reconnects == 1
    assert {int(body) for _, body in waiting(broker, own_queue)} == set(range(200))


async def test_a_broker_that_does_not_answer_is_an_error_at_the_start(own_queue: str) -> None:
    with pytest.raises(BrokerError):
        await Publisher("amqp://guest:guest@127.0.0.1:1/", own_queue).connect()


async def test_closing_without_a_connection_is_nothing(publisher: Publisher) -> None:
    await publisher.close()
    assert not publisher.connected
