"""Puts a worker together: sources, store, announcer, pipeline. For the command, and for a process that embeds one."""

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from channels.layers import get_channel_layer

from live.conf import LiveSettings, RabbitMQ
from live.feed.announcer import Announcer
from live.feed.consumer import Consumer, Input
from live.feed.figures import FeedFigures
from live.feed.objects import MICROSECOND
from live.feed.pipeline import Pipeline
from live.feed.source import Source
from live.feed.store import Store

TOPIC_SUFFIX = ".topic"
"""What the queue of our own is called that is bound to RABBITMQ_EXCHANGE: socket_data.topic."""


def rabbitmq_sources(rabbitmq: RabbitMQ, queues: Sequence[str] | None = None) -> list[Source]:
    """Return a source for each queue; by default the configured one, and one bound to the exchange if there is any."""
    inputs = [_input(rabbitmq, queue) for queue in queues or [rabbitmq.queue]]
    if rabbitmq.exchange and not queues:
        inputs.append(_input(rabbitmq, f"{rabbitmq.queue}{TOPIC_SUFFIX}", rabbitmq.exchange))
    return [Consumer(one) for one in inputs]


def _input(rabbitmq: RabbitMQ, queue: str, exchange: str = "") -> Input:
    return Input(
        url=rabbitmq.url,
        queue=queue,
        dead_letters=f"{queue}.dead",
        exchange=exchange,
        prefetch=rabbitmq.prefetch,
        heartbeat=rabbitmq.heartbeat,
    )


def worker(sources: Sequence[Source], settings: LiveSettings) -> Pipeline:
    """Return a worker for these sources; run it on the loop that this is called on."""
    figures = FeedFigures()
    return Pipeline(
        sources,
        Store(uuid.uuid4(), settings.history_bucket // MICROSECOND, _now),
        Announcer(get_channel_layer(), figures, time.monotonic),
        figures,
        max_skew=settings.max_skew,
        utc=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
