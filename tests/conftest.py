"""What every test gets: settings of its own, the real services that answer here, hypothesis' profiles.

The environment is set before Django's settings load, and nothing of it is shared: test runs side by side use databases,
Redis channels and queues of their own.
"""

import logging
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django
import hypothesis
import pika
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql
from pytest_django import DjangoDbBlocker

from tests import services

pytest_plugins = ["tests.cast"]  # Alice, Bob, Charlie and Sam, and the marathon they meet in

RUN = secrets.token_hex(4)
"""Names what this run creates outside of its own folder."""


def _named(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def _environment(folder: Path) -> dict[str, str]:
    postgres, _ = services.look_for("postgres")
    return {
        "DJANGO_SETTINGS_MODULE": "marathon_site.settings",
        # Neither database exists: Django makes one beside it, "test_" before or ".test" behind its name.
        "DATABASE_URL": _named(postgres, f"marathon_{RUN}") if postgres else f"sqlite:///{folder / 'db.sqlite3'}",
        "DATABASE_POOL_SIZE": "0",  # a pool's idle connections would keep the test database from being dropped
        "DJANGO_DEBUG": "false",
        "DJANGO_SECRET_KEY": "a key for tests only, as long as it should be",
        "JWT_SECRET": "a jwt secret for tests only, as long as it should be",
        "LIVE_EMBEDDED_FEED": "",
        "LOG_FORMAT": "json",
        "REDIS_URL": "",  # the in-memory layer; a test that wants Redis asks for the fixture
        "REDIS_PREFIX": f"test-{RUN}",
    }


def pytest_configure(config: pytest.Config) -> None:
    """Look for the services where the caller said, then set the environment: no test reaches one by accident."""
    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: the settings loaded before these tests could set them.")
    for name in services.SERVICES:
        services.look_for(name)
    folder = tempfile.TemporaryDirectory(prefix="marathon-tests-")
    config.add_cleanup(folder.cleanup)
    os.environ.update(_environment(Path(folder.name)))
    django.setup()  # now, and not at the first import of a model, so that pytest-django finds settings to work with
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each try would bury what a failed test has to say


def pytest_report_header() -> list[str]:
    found = {name: services.look_for(name)[0] for name in services.SERVICES}
    return [
        f"services: {', '.join(name for name, where in found.items() if where) or 'none'}",
        f"unit tests' database: {'PostgreSQL' if found['postgres'] else 'SQLite'}",
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs real processes comes last: a mistake shows first where it is quick to find."""
    items.sort(key=lambda item: not {"e2e", "chaos"}.isdisjoint(item.path.parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in services.SERVICES:
        if item.get_closest_marker(f"needs_{name}"):
            services.require(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason, count in services.missing.items():
        terminalreporter.write_line(f"{count} test{'s' * (count > 1)} went without: {reason}", yellow=True)


hypothesis.settings.register_profile("dev", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=45, print_blob=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture
def postgres_url() -> str:
    """The server's own database. Tests with processes of their own use `own_database_url`."""
    return services.require("postgres")


@pytest.fixture
def redis_url() -> str:
    return services.require("redis")


@pytest.fixture
def rabbitmq_url() -> str:
    return services.require("rabbitmq")


@pytest.fixture
def chromium_path() -> str:
    return services.require("chromium")


@pytest.fixture
def node_path() -> str:
    return services.require("node")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before the test database is dropped, whoever still holds it is sent away: threads keep connections."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def own_database_url(postgres_url: str) -> Iterator[str]:
    """An empty PostgreSQL database for the processes of one test; dropped afterwards, whoever still holds it."""
    name = f"marathon_{RUN}_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield _named(postgres_url, name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def own_queue(rabbitmq_url: str) -> Iterator[str]:
    """The name of a queue that nobody else uses. Not declared; it and its dead letters are deleted afterwards."""
    name = f"marathon_{RUN}_{secrets.token_hex(4)}"
    yield name
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as broker:
        channel = broker.channel()
        for queue in (name, f"{name}.dead"):
            channel.queue_delete(queue)
