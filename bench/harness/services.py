"""PostgreSQL, Redis and RabbitMQ for one benchmark: a database, a prefix and a queue of its own on running servers.

They are named by DATABASE_URL, REDIS_URL and RABBITMQ_URL, or looked for at their usual addresses. Whatever is made
here is removed when the `with` ends.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pika
import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).parents[2]
JWT_SECRET = "a secret of the benchmark, long enough for HS256"


def _address(variable: str, usual: str) -> str:
    return os.environ.get(variable) or usual


POSTGRES_URL = _address("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = _address("REDIS_URL", "redis://127.0.0.1:6379/0")
RABBITMQ_URL = _address("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/")


@dataclass(frozen=True, slots=True)
class Services:
    """`name` is that of the database, the queue and the Redis prefix."""

    name: str

    @property
    def database_url(self) -> str:
        return urlsplit(POSTGRES_URL)._replace(path=f"/{self.name}").geturl()

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a process of ours is started with: the settings of production, and nothing of the caller's."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        return {
            **kept,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": REDIS_URL,
            "REDIS_PREFIX": self.name,
            "RABBITMQ_URL": RABBITMQ_URL,
            "RABBITMQ_QUEUE": self.name,
            "JWT_SECRET": JWT_SECRET,
            "DJANGO_SECRET_KEY": "a key of the benchmark, which is as long as it has to be",
            "DJANGO_SETTINGS_MODULE": "marathon_site.settings",
            **(extra or {}),
        }

    def run(self, *arguments: str) -> None:
        """Run a Python program in that environment, `manage.py migrate` for example. CalledProcessError."""
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment(), check=True)

    def consumers(self) -> int:
        """How many consume the queue; 0 too where there is none yet."""
        with pika.BlockingConnection(pika.URLParameters(RABBITMQ_URL)) as broker:
            try:
                return int(broker.channel().queue_declare(self.name, passive=True).method.consumer_count)
            except pika.exceptions.ChannelClosedByBroker:
                return 0


@contextmanager
def services(purpose: str, template: Services | None = None) -> Iterator[Services]:
    """Make a database and a queue, remove them afterwards. With a template the database begins as a copy of that."""
    made = Services(f"{template.name if template else f'bench_{purpose}_{os.getpid()}'}{'_run' if template else ''}")
    _create(made.name, template.name if template else "template1")
    try:
        _declare(made.name)
        yield made
    finally:
        _delete_queues(made.name)
        _drop(made.name)


def _create(name: str, template: str) -> None:
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def _drop(name: str) -> None:
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _declare(queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(RABBITMQ_URL)) as broker:
        broker.channel().queue_declare(queue, durable=True)


def _delete_queues(queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(RABBITMQ_URL)) as broker:
        channel = broker.channel()
        for name in (queue, f"{queue}.dead"):
            channel.queue_delete(name)


def versions() -> dict[str, str]:
    """The versions of the three servers; ends the program where one of them does not answer."""
    try:
        return {"PostgreSQL": _postgres_version(), "Redis": _redis_version(), "RabbitMQ": _rabbitmq_version()}
    except (psycopg.OperationalError, redis.RedisError, pika.exceptions.AMQPError) as error:
        said = str(error).strip() or type(error).__name__
        raise SystemExit(f"PostgreSQL, Redis and RabbitMQ are needed, and one does not answer: {said}") from error


def _postgres_version() -> str:
    with psycopg.connect(POSTGRES_URL) as server:
        return str(server.info.parameter_status("server_version")).split(" ")[0]


def _redis_version() -> str:
    with redis.Redis.from_url(REDIS_URL) as client:
        return str(client.info("server")["redis_version"])


def _rabbitmq_version() -> str:
    with pika.BlockingConnection(pika.URLParameters(RABBITMQ_URL)) as broker:
        return str(broker._impl.server_properties["version"])  # noqa: SLF001 - pika shows it nowhere else
