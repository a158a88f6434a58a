"""A cluster for a test or a module of tests; its logs are shown when a test fails."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster import Cluster


@pytest.fixture
def cluster(
    tmp_path: Path, own_database_url: str, redis_url: str, rabbitmq_url: str, own_queue: str
) -> Iterator[Cluster]:
    """A migrated database with a staff user; nothing runs yet."""
    made = Cluster(tmp_path, own_database_url, redis_url, rabbitmq_url, own_queue)
    made.prepare()
    yield made
    made.close()
    for running in made.running:
        sys.stdout.write(f"---- {running.name} said:\n{running.said()[-4000:]}\n")
