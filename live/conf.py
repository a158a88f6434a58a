"""The settings of the live part as one typed value, so that nothing below reads django.conf or the environment itself.

    conf = live_settings()
    conf.rabbitmq.queue, conf.tick, conf.history_bucket

Build it where a process starts (a command, the hub's lifespan) and hand it down.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from live.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitMQ:
    """Where the feed comes from: `exchange` "" is the shared queue on the default exchange; `heartbeat` in seconds."""

    url: str
    queue: str
    exchange: str
    prefetch: int
    heartbeat: int

    @property
    def dead_letters(self) -> str:
        """The queue that rejected objects go to."""
        return f"{self.queue}.dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """`tick`: the least time between two frames of a view; `max_skew`: how far ahead of now a timestamp may be."""

    rabbitmq: RabbitMQ
    tick: timedelta
    embedded_feed: str  # "" or "simulated"
    max_skew: timedelta
    history_bucket: timedelta
    history_retention: timedelta
    allowed_origins: frozenset[str]
    limits: Limits

    @property
    def tick_seconds(self) -> float:
        return self.tick.total_seconds()


def live_settings() -> LiveSettings:
    """What Django's settings say now (tests override them)."""
    return LiveSettings(
        rabbitmq=RabbitMQ(
            url=settings.RABBITMQ_URL,
            queue=settings.RABBITMQ_QUEUE,
            exchange=settings.RABBITMQ_EXCHANGE,
            prefetch=settings.RABBITMQ_PREFETCH,
            heartbeat=settings.RABBITMQ_HEARTBEAT,
        ),
        tick=timedelta(milliseconds=settings.LIVE_TICK_MS),
        embedded_feed=settings.LIVE_EMBEDDED_FEED,
        max_skew=timedelta(seconds=settings.FEED_MAX_SKEW_SECONDS),
        history_bucket=timedelta(seconds=settings.HISTORY_BUCKET_SECONDS),
        history_retention=timedelta(days=settings.HISTORY_RETENTION_DAYS),
        allowed_origins=frozenset(settings.CORS_ALLOWED_ORIGINS),
        limits=_limits(),
    )


def _limits() -> Limits:
    return Limits(
        subscriptions=settings.LIVE_SUBSCRIPTIONS,
        message_bytes=settings.LIVE_MESSAGE_BYTES,
        messages_per_10s=settings.LIVE_MESSAGES_PER_10S,
        connections=settings.LIVE_CONNECTIONS,
        connections_per_user=settings.LIVE_CONNECTIONS_PER_USER,
        connections_per_address=settings.LIVE_CONNECTIONS_PER_ADDRESS,
        authenticate_within=settings.LIVE_AUTHENTICATE_SECONDS,
        slow_after=settings.LIVE_SLOW_SECONDS,
        heartbeat=settings.LIVE_HEARTBEAT_SECONDS,
        token_warning=settings.LIVE_TOKEN_WARNING_SECONDS,
        token_grace=settings.LIVE_TOKEN_GRACE_SECONDS,
    )
