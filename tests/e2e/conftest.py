"""Clusters for the end-to-end tests: a module shares its processes, each test has marathons of its own."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pika
import psycopg
import pytest
from psycopg import sql

from tests import services
from tests.e2e.cluster import Cluster


def _named(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


@contextmanager
def database(template: str = "template1") -> Iterator[str]:
    """The name of a new PostgreSQL database; dropped afterwards, whoever still holds it."""
    name = sql.Identifier(f"e2e_{secrets.token_hex(4)}")
    with psycopg.connect(services.require("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
        yield name.as_string(server).strip('"')
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database with a staff user, from which each cluster's is copied."""
    with database() as name:
        url = _named(services.require("postgres"), name)
        Cluster(tmp_path_factory.mktemp("template"), url, "", "", "e2e").prepare()
        yield name


@contextmanager
def new_cluster(folder: Path, template: str, **extra: str) -> Iterator[Cluster]:
    """A cluster in which nothing runs yet. What its processes said is shown when a test fails."""
    queue = f"e2e_{secrets.token_hex(4)}"
    rabbitmq = services.require("rabbitmq")
    with database(template) as name:
        url = _named(services.require("postgres"), name)
        made = Cluster(folder, url, services.require("redis"), rabbitmq, queue, dict(extra))
        try:
            yield made
        finally:
            made.close()
            for running in made.running:
                sys.stdout.write(f"---- {running.name} said:\n{running.said()[-3000:]}\n")
            with pika.BlockingConnection(pika.URLParameters(rabbitmq)) as broker:
                for each in (queue, f"{queue}.dead"):
                    broker.channel().queue_delete(each)


@pytest.fixture
def cluster(tmp_path: Path, migrated: str) -> Iterator[Cluster]:
    """One for a single test, which may break it."""
    with new_cluster(tmp_path, migrated) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Iterator[Cluster]:
    """One for all tests of a module, which leave it as they found it."""
    with new_cluster(tmp_path_factory.mktemp("cluster"), migrated) as made:
        yield made
