"""The metrics: all there, read by Prometheus' own parser, and not for everybody."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import AsyncClient, RequestFactory
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from live import metrics
from live.doors.http import operations
from live.process import close_process, process
from marathons.models import FeedWorker

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    yield AsyncClient()
    await close_process()


@pytest.fixture
def worker(transactional_db: None) -> None:
    FeedWorker.objects.create(
        queue="socket_data", holder=uuid4(), taken_at=NOW, seen_at=NOW, last_object_at=NOW, rejected=7
    )


async def read(client: AsyncClient) -> dict[str, float]:
    """Each sample under its name and labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.content
    return {
        " ".join([sample.name, *(f"{name}={value}" for name, value in sample.labels.items())]): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


async def test_every_metric_is_exposed(client: AsyncClient, worker: None) -> None:
    figures = process().services.figures
    figures.errors["bad_request"], figures.closed[4504] = 1, 1
    names = {key.split()[0] for key in await read(client)}
    expected = {metric.full_name for metric in metrics.METRICS} - {metrics.FEED_UPDATED.full_name}
    assert expected <= names
    assert "process_cpu_seconds_total" in names


async def test_metrics_say_what_the_process_counts(client: AsyncClient, worker: None) -> None:
    services = process().services
    services.figures.frames, services.figures.bytes = 5, 1234
    services.figures.errors["bad_request"] += 2
    services.figures.closed[4504] += 3
    found = await read(client)
    assert found["marathon_live_frames_sent_total"] == 5
    assert found["marathon_live_frame_bytes_sent_total"] == 1234
    assert found["marathon_live_errors_total code=bad_request"] == 2
    assert found["marathon_live_closed_total code=4504"] == 3
    assert found["marathon_live_feed_status status=down"] == 1
    assert found["marathon_live_worker_rejected_total queue=socket_data"] == 7
    assert found["marathon_live_worker_last_object_timestamp_seconds queue=socket_data"] == NOW.timestamp()


async def test_without_a_token_only_this_machine_reads(client: AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert (await client.get("/metrics", headers={header: "10.0.0.1"})).status_code == 403


@pytest.mark.parametrize(
    ("address", "near"), [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("", False), ("unix:", False)]
)
def test_this_machine_is_known_by_its_address(address: str, near: bool) -> None:
    assert operations._is_next_door(RequestFactory(REMOTE_ADDR=address).get("/metrics")) is near


async def test_with_a_token_whoever_has_it_reads(client: AsyncClient, settings: Settings) -> None:
    settings.METRICS_TOKEN = "let me in"

    async def status(authorization: str) -> int:
        return (await client.get("/metrics", headers={"Authorization": authorization})).status_code

    assert [await status(said) for said in ("Bearer let me in", "Bearer nonsense", "Basic let me in", "")] == [
        200, 401, 401, 401,
    ]  # fmt: skip


def test_every_metric_is_in_the_docs() -> None:
    text = Path("docs/OPERATIONS.md").read_text(encoding="utf-8")
    assert [metric.full_name for metric in metrics.METRICS if f"`{metric.full_name}`" not in text] == []
