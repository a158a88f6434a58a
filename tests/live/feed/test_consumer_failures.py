"""The consumer on a real RabbitMQ: standing by, and coming back after every failure."""

from collections.abc import Callable

import pytest
from pika.adapters.blocking_connection import BlockingChannel

from live.feed.consumer import Input
from live.feed.objects import Reason, Rejected
from live.feed.source import Batch, Condition, DeadLetter, LostError
from tests.live.feed.consuming import becomes, bodies, on_broker, publish, running, taken, waiting
from tests.live.feed.proxy import Proxy

pytestmark = pytest.mark.needs_rabbitmq


# Standby --------------------------------------------------------------------------------------------------------------


async def test_a_second_consumer_stands_by_and_takes_over(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as first, running(source, until=Condition.STANDBY) as second:
        publish(broker, source.queue, b"1")
        await taken(first, 1)
        assert second.drained
        await first.close()
        assert await becomes(lambda: second.condition is Condition.ACTIVE) < 5
        assert bodies(await taken(second, 1)) == [b"1"]


async def test_a_standby_takes_over_from_one_whose_network_is_gone(source: Input, through: Input, proxy: Proxy) -> None:
    async with running(through) as first, running(source, until=Condition.STANDBY) as second:
        proxy.freeze()
        assert await becomes(lambda: second.condition is Condition.ACTIVE) < 5
        await becomes(lambda: first.condition is Condition.CONNECTING)


async def test_who_steps_back_stands_in_line_again(source: Input) -> None:
    async with running(source) as first, running(source, until=Condition.STANDBY) as second:
        await first.step_back()
        await becomes(lambda: Condition.ACTIVE in (first.condition, second.condition))
        await becomes(lambda: {first.condition, second.condition} == {Condition.ACTIVE, Condition.STANDBY})


# Failures -------------------------------------------------------------------------------------------------------------


async def test_a_connection_that_is_cut_comes_back(broker: BlockingChannel, through: Input, proxy: Proxy) -> None:
    async with running(through) as consumer:
        publish(broker, through.queue, b"1")
        (batch,) = await taken(consumer, 1)
        proxy.cut()
        await becomes(lambda: consumer.condition is not Condition.ACTIVE)
        with pytest.raises(LostError):
            await consumer.settle(batch, [])
        assert await becomes(lambda: consumer.condition is Condition.ACTIVE) < 5
        (again,) = await taken(consumer, 1)
        assert again.tenure != batch.tenure
        await consumer.settle(again, [])
    assert waiting(broker, through.queue) == 0


async def test_silence_is_noticed(through: Input, proxy: Proxy) -> None:
    async with running(through) as consumer:
        proxy.freeze()
        assert await becomes(lambda: consumer.condition is Condition.CONNECTING) < 5
        proxy.thaw()
        assert await becomes(lambda: consumer.condition is Condition.ACTIVE) < 5


async def test_a_settlement_that_gets_no_answer_ends(broker: BlockingChannel, through: Input, proxy: Proxy) -> None:
    async with running(through) as consumer:
        publish(broker, through.queue, b"bad")
        (batch,) = await taken(consumer, 1)
        proxy.freeze()
        with pytest.raises(LostError):
            await consumer.settle(batch, [DeadLetter(Rejected(Reason.NOT_JSON, "", b"bad"), batch.deliveries[0])])


@pytest.mark.parametrize("freeze", [Proxy.freeze, Proxy.freeze_answers])
async def test_a_dead_letter_in_doubt_is_there_once(
    broker: BlockingChannel, through: Input, proxy: Proxy, freeze: Callable[[Proxy], None]
) -> None:
    """Whether the broker heard of the settlement or not."""
    async with running(through) as consumer:
        publish(broker, through.queue, b"bad", b"bad")
        batches = await taken(consumer, 2)
        await consumer.settle(batches[0], dead(batches[0]))
        if len(batches) > 1:
            await consumer.settle(batches[1], dead(batches[1]))
        publish(broker, through.queue, b"bad")
        (batch,) = await taken(consumer, 1)
        freeze(proxy)
        with pytest.raises(LostError):
            await consumer.settle(batch, dead(batch))
        proxy.cut()
        proxy.thaw()
        await becomes(lambda: consumer.condition is Condition.ACTIVE)
        if freeze is Proxy.freeze:  # the broker knows nothing of a settlement
            (again,) = await taken(consumer, 1)
            await consumer.settle(again, dead(again))
        publish(broker, through.queue, b"bad")
        (new,) = await taken(consumer, 1)
        await consumer.settle(new, dead(new))
    assert waiting(broker, through.dead_letters) == 4
    assert waiting(broker, through.queue) == 0


async def test_a_settlement_without_an_answer_is_no_business_of_the_next_one(
    broker: BlockingChannel, through: Input, proxy: Proxy
) -> None:
    async with running(through) as consumer:
        publish(broker, through.queue, b"bad")
        (batch,) = await taken(consumer, 1)
        proxy.freeze()
        await consumer.settle(batch, [])
        proxy.cut()
        proxy.thaw()
        (again,) = await taken(consumer, 1)
        assert again.tenure != batch.tenure
        await consumer.settle(again, dead(again))
    assert waiting(broker, through.dead_letters) == 1
    assert waiting(broker, through.queue) == 0


def dead(batch: Batch) -> list[DeadLetter]:
    return [DeadLetter(Rejected(Reason.NOT_JSON, "", one.body), one) for one in batch.deliveries]


async def test_a_broker_that_is_away_is_waited_for(
    caplog: pytest.LogCaptureFixture, through: Input, proxy: Proxy
) -> None:
    await proxy.close()
    async with running(through, until=None) as consumer:
        await becomes(lambda: "feed lost" in caplog.text)
        await proxy.start()
        assert await becomes(lambda: consumer.condition is Condition.ACTIVE) < 5
    assert caplog.text.count("feed lost") == 1


async def test_a_deleted_queue_is_made_again(source: Input, broker: BlockingChannel) -> None:
    async with running(source) as consumer:
        tenure = consumer.tenure
        await on_broker(lambda: broker.queue_delete(source.queue))
        await becomes(lambda: consumer.tenure > tenure and consumer.condition is Condition.ACTIVE)
        publish(broker, source.queue, b"1")
        assert bodies(await taken(consumer, 1)) == [b"1"]


async def test_a_consumer_can_be_closed_while_it_connects(
    through: Input,
    proxy: Proxy,
) -> None:
    proxy.freeze()
    async with running(through, until=None) as consumer:
        assert consumer.condition is Condition.CONNECTING
