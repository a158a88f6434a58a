"""What load balancers and orchestrators are told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import AsyncClient, Client

from live import health
from live.process import close_process, process
from marathons.models import FeedWorker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    yield AsyncClient()
    await close_process()


@pytest.fixture
def worker(transactional_db: None) -> FeedWorker:
    now = datetime.now(UTC)
    return FeedWorker.objects.create(queue="socket_data", holder=uuid4(), taken_at=now, seen_at=now)


async def checks(client: AsyncClient) -> tuple[int, dict[str, Any]]:
    answer = await client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


async def ready_layer() -> None:
    """The hub has its channel a moment after the start."""
    hub = process().hub
    while not hub.layer_answers:
        await hub.threads.run(int)


def test_a_process_that_runs_is_healthy() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json(), answer["Cache-Control"]) == (200, {"status": "ok"}, "no-store")
    assert Client().post("/healthz").status_code == 405
    assert Client().head("/healthz/").status_code == 200


async def test_a_process_that_has_everything_is_ready(client: AsyncClient, worker: FeedWorker) -> None:
    await ready_layer()
    status, found = await checks(client)
    assert (status, set(found.values())) == (200, {health.OK})
    assert set(found) == {"database", "migrations", "feed", "channelLayer", "process"}


async def test_without_a_worker_it_is_not_ready(client: AsyncClient, worker: FeedWorker) -> None:
    await ready_layer()
    await FeedWorker.objects.aupdate(seen_at=datetime.now(UTC) - timedelta(minutes=1))
    status, found = await checks(client)
    assert (status, found["feed"], found["database"]) == (503, health.FEED_DOWN, health.OK)


async def test_a_process_that_goes_away_is_not_ready(client: AsyncClient, worker: FeedWorker) -> None:
    process().services.draining = True
    status, found = await checks(client)
    assert (status, found["process"]) == (503, health.DRAINING)


async def test_a_dead_database_is_the_reason(
    client: AsyncClient, worker: FeedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> str:
        raise OperationalError("no route to host")

    monkeypatch.setattr(health, "_migrations", fails)
    status, found = await checks(client)
    assert (status, found["database"]) == (503, "does not answer (OperationalError)")
    assert "route" not in str(found)


async def test_missing_migrations_are_counted(
    client: AsyncClient, worker: FeedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [1, 2])
    status, found = await checks(client)
    assert (status, found["migrations"]) == (503, "2 not applied: run manage.py migrate")


async def test_a_silent_layer_is_the_reason(client: AsyncClient, worker: FeedWorker) -> None:
    await ready_layer()
    process().hub._channel = ""
    status, found = await checks(client)
    assert (status, found["channelLayer"]) == (503, health.LAYER_SILENT)
