"""The consumer on a real RabbitMQ: what it takes and gives back."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pika import frame
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.adapters.blocking_connection import BlockingChannel

from live.feed.connection import READ_BYTES, QuickConnection
from live.feed.consumer import Input, header_stamp
from live.feed.objects import Reason, Rejected
from live.feed.source import DeadLetter
from tests.live.feed.consuming import PATIENCE, bodies, on_broker, publish, running, taken, waiting

pytestmark = pytest.mark.needs_rabbitmq


async def test_a_queue_that_is_not_there_is_made_durable(source: Input, broker: BlockingChannel) -> None:
    async with running(source):
        pass
    assert broker.queue_declare(source.queue, durable=True).method.message_count == 0
    assert broker.queue_declare(source.dead_letters, durable=True).method.message_count == 0


async def test_a_queue_with_arguments_of_its_own_is_taken_as_it_is(source: Input, broker: BlockingChannel) -> None:
    broker.queue_declare(source.queue, durable=True, arguments={"x-max-length": 10_000, "x-message-ttl": 60_000})
    async with running(source) as consumer:
        publish(broker, source.queue, b"1")
        assert bodies(await taken(consumer, 1)) == [b"1"]


async def test_messages_come_in_order_with_their_way(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, b"1", b"2", b"3")
        batches = await taken(consumer, 3)
        assert bodies(batches) == [b"1", b"2", b"3"]
        first = batches[0].deliveries[0]
        assert (first.exchange, first.routing_key, first.again) == ("", source.queue, False)
        assert abs(first.stamp / 1e6 - time.time()) < PATIENCE


async def test_what_is_settled_is_gone(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, b"1", b"2")
        for batch in await taken(consumer, 2):
            await consumer.settle(batch, [])
    assert waiting(broker, source.queue) == 0


async def test_what_is_not_settled_comes_again(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, b"1", b"2")
        await taken(consumer, 2)
    async with running(source) as consumer:
        batches = await taken(consumer, 2)
        assert bodies(batches) == [b"1", b"2"]
        assert all(delivery.again for batch in batches for delivery in batch.deliveries)


@pytest.mark.parametrize("kind", [QuickConnection, AsyncioConnection])
async def test_messages_of_every_kind_come_as_they_were(
    source: Input, broker: BlockingChannel, monkeypatch: pytest.MonkeyPatch, kind: type[AsyncioConnection]
) -> None:
    """With pika's own connection, and what it calls for each message, as with ours."""
    monkeypatch.setattr("live.feed.broker.QuickConnection", kind)
    sent = [b"[]", b"", b"x" * 300_000, b"y" * 131_064, b"{}" * 400]
    async with running(source) as consumer:
        for number, message in enumerate(sent):
            publish(broker, source.queue, message, message_id=str(number))
            publish(broker, source.queue, message, headers={"timestamp": 1_763_114_400 + number, "of": {"any": [1]}})
        first = [one for batch in await taken(consumer, 2 * len(sent)) for one in batch.deliveries]
    async with running(source) as consumer:
        second = [one for batch in await taken(consumer, 2 * len(sent)) for one in batch.deliveries]
    for came, again in ((first, False), (second, True)):
        assert [one.body for one in came] == [message for message in sent for _ in range(2)]
        assert [one.tag for one in came] == list(range(1, 2 * len(sent) + 1))
        assert [one.stamp for one in came[1::2]] == [(1_763_114_400 + n) * 1_000_000 for n in range(len(sent))]
        assert {(one.exchange, one.routing_key, one.again) for one in came} == {("", source.queue, again)}


async def test_usual_messages_cost_pika_no_frames_and_few_reads(
    source: Input, broker: BlockingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[type] = []
    reads: list[int] = []

    class Watched(QuickConnection):
        def _on_data_available(self, data_in: bytes) -> None:
            reads.append(len(data_in))
            super()._on_data_available(data_in)

        def _process_frame(self, frame_value: Any) -> None:
            seen.append(type(frame_value))
            super()._process_frame(frame_value)

    monkeypatch.setattr("live.feed.broker.QuickConnection", Watched)
    async with running(source) as consumer:
        publish(broker, source.queue, *[b"x" * 1000 * size for size in range(100)])
        await taken(consumer, 100)
    assert frame.Method in seen
    assert {frame.Header, frame.Body}.isdisjoint(seen)
    assert 4096 < max(reads) <= READ_BYTES


async def test_no_more_than_the_prefetch_is_held(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, *[b"x"] * 150)
        batches = await taken(consumer, 100)
        assert consumer.drained
        for batch in batches:
            await consumer.settle(batch, [])
        assert len(bodies(await taken(consumer, 50))) == 50


async def test_dead_letters_say_why_and_whence(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, b"bad", b"good")
        batches = await taken(consumer, 2)
        for batch in batches:
            bad = [one for one in batch.deliveries if one.body == b"bad"]
            await consumer.settle(batch, [DeadLetter(Rejected(Reason.WRONG_TYPE, "equity", b"b"), one) for one in bad])
        method, properties, body = await on_broker(lambda: broker.basic_get(source.dead_letters, auto_ack=True))
    assert body == b"b"
    assert method.message_count == 0
    assert properties.delivery_mode == 2
    headers = properties.headers
    assert headers.pop("time").endswith("+00:00")
    assert headers.pop("timestamp") == batches[0].deliveries[0].stamp // 1_000_000
    assert len(headers.pop("id")) == 32
    way = {"queue": source.queue, "exchange": "", "routing_key": source.queue}
    assert headers == {"reason": "wrong_type", "field": "equity", **way}
    assert waiting(broker, source.queue) == 0


async def test_dead_letters_find_their_queue_even_if_somebody_deleted_it(
    source: Input, broker: BlockingChannel
) -> None:
    async with running(source) as consumer:
        publish(broker, source.queue, b"bad")
        await on_broker(lambda: broker.queue_delete(source.dead_letters))
        (batch,) = await taken(consumer, 1)
        await consumer.settle(batch, [DeadLetter(Rejected(Reason.NOT_JSON, "", b"bad"), batch.deliveries[0])])
        assert await on_broker(lambda: waiting(broker, source.dead_letters)) == 1


async def test_the_topic_exchange_is_an_input(source: Input, broker: BlockingChannel) -> None:
    exchange = f"{source.queue}.exchange"
    topic = replace(source, exchange=exchange)
    try:
        async with running(topic) as consumer:
            key = "marathon.5.account.1001"
            publish(broker, key, b"1", exchange=exchange, headers={"timestamp": 1_763_114_400, "account_login": "1001"})
            publish(broker, "other.key", b"2", exchange=exchange)
            (batch,) = await taken(consumer, 1)
            one = batch.deliveries[0]
            assert (one.body, one.exchange, one.routing_key) == (b"1", exchange, key)
            assert one.stamp == 1_763_114_400_000_000
    finally:
        broker.exchange_delete(exchange)


@pytest.mark.parametrize(
    ("value", "stamp"),
    [
        (1763114400.25, 1_763_114_400_250_000),
        (Decimal("1.5"), 1_500_000),
        ("5", None),
        (1763114400250, None),
        (-1, None),
    ],
)
def test_the_header_timestamp_is_in_seconds(value: object, stamp: int | None) -> None:
    assert header_stamp({"timestamp": value}) == stamp
