"""While the feed runs, one of the processes is killed every few seconds: nothing is lost, nothing counts twice.

`make chaos` runs each for a minute; CHAOS_SECONDS says how long, CHAOS_SEED which messages.
"""

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pika
import psycopg
import pytest

from tests.chaos.feeder import Feeder
from tests.chaos.outcome import dead_letters, wrong_history, wrong_standings
from tests.chaos.servers import PostgreSQL, RabbitMQ, Redis
from tests.e2e.cluster import Cluster, NeverError, Running, until

SECONDS = float(os.environ.get("CHAOS_SECONDS", "7"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
EVERY = 3.0
RATE = 500
PLAYERS = 200
RECOVERY = 60.0

pytestmark = pytest.mark.timeout(SECONDS * 6 + 300)

MARATHON = """
from datetime import timedelta
from django.utils import timezone
from marathons.actions import save_marathon
from marathons.enrolment import Entry, enrol
from marathons.models import Marathon
now = timezone.now()
marathon = save_marathon(Marathon(name="Chaos", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1),
                                  initial_balance=10_000))
enrol(marathon, [Entry(f"p{n}@example.com", str(800_000 + n)) for n in range(PLAYERS)], now)
"""


@dataclass
class Stage:
    """Servers of our own and the cluster on them."""

    cluster: Cluster
    postgres: PostgreSQL
    rabbitmq: RabbitMQ
    redis: Redis
    workers: list[Running]

    def new_marathon(self) -> list[str]:
        """Forget all others; return the logins that take part."""
        with psycopg.connect(self.postgres.url, autocommit=True) as database:
            database.execute("TRUNCATE marathons_user, marathons_marathon, marathons_account CASCADE")
        self.cluster.manage("shell", "-c", MARATHON.replace("PLAYERS", str(PLAYERS)))
        return [str(800_000 + number) for number in range(PLAYERS)]

    @property
    def worker(self) -> Running:
        return self.workers[-1]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not under pytest's, which only its own user may enter: PostgreSQL never runs as root."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def stage(folder: Path) -> Iterator[Stage]:
    folders = {name: folder / name for name in ("postgres", "rabbitmq", "redis", "logs")}
    for each in folders.values():
        each.mkdir()
    postgres = PostgreSQL(folders["postgres"])
    rabbitmq, redis = RabbitMQ(folders["rabbitmq"]), Redis(folders["redis"])
    servers = (postgres, rabbitmq, redis)
    try:
        with ThreadPoolExecutor() as threads:  # they take seconds each, and do not need each other
            list(threads.map(lambda server: server.start(), servers))
        cluster = Cluster(folders["logs"], postgres.url, redis.url, rabbitmq.url, "chaos")
        cluster.prepare()
        yield Stage(cluster, postgres, rabbitmq, redis, [])
        cluster.close()
    finally:
        for server in servers:
            server.stop()


def kill_the_worker(stage: Stage) -> None:
    stage.worker.stop(signal.SIGKILL)
    stage.workers.append(stage.cluster.start_worker(wait=False))


def restart_rabbitmq(stage: Stage) -> None:
    stage.rabbitmq.stop(signal.SIGTERM)
    stage.rabbitmq.start()


def crash_postgresql(stage: Stage) -> None:
    stage.postgres.stop(signal.SIGQUIT)  # its "immediate" mode: no good-bye to anybody, recovery at the next start
    stage.postgres.start()


def crash_redis(stage: Stage) -> None:
    stage.redis.stop()
    stage.redis.start()


def raise_the_memory_alarm(stage: Stage) -> None:
    stage.rabbitmq.control("set_vm_memory_high_watermark", "0.00001")
    stage.rabbitmq.control("set_vm_memory_high_watermark", "0.4")


def settled(stage: Stage, feeder: Feeder) -> bool:
    """Whether the worker has come to the end of what was sent: standings show it, and all is acknowledged."""
    try:
        is_read = stage.cluster.waiting() == 0 and not wrong_standings(stage.postgres.url, feeder.truth)
    except (pika.exceptions.AMQPError, OSError):
        return False
    return is_read and stage.rabbitmq.holds("chaos") == 0


def after_more_of(feeder: Feeder) -> None:
    """Between two strikes as much is sent as comes in the time between them."""
    enough = len(feeder.sent) + RATE * EVERY
    until(lambda: len(feeder.sent) >= enough, "the feed goes on", RECOVERY)


STRIKES = [kill_the_worker, restart_rabbitmq, crash_postgresql, crash_redis, raise_the_memory_alarm]


@pytest.mark.parametrize("strike", STRIKES)
def test_nothing_is_lost_and_nothing_counts_twice(stage: Stage, strike: Callable[[Stage], None]) -> None:
    logins = stage.new_marathon()
    stage.workers.append(stage.cluster.start_worker())
    feeder = Feeder(stage.rabbitmq.url, "chaos", logins, RATE, SEED)
    feeder.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        after_more_of(feeder)
        strike(stage)
    feeder.finish()
    with suppress(NeverError):
        until(lambda: settled(stage, feeder), "the worker has come to the end", RECOVERY)
    assert stage.worker.stop() == 0, stage.worker.said()[-2000:]
    assert stage.cluster.waiting() == 0
    assert wrong_standings(stage.postgres.url, feeder.truth)[:5] == []
    assert wrong_history(stage.postgres.url, feeder.sent)[:5] == []
    letters = dead_letters(stage.rabbitmq.url, "chaos")
    assert set(letters) == feeder.bad
    assert letters.total() <= len(feeder.bad) + feeder.repeats, "a dead letter is there twice"
