"""The worker as a process: signals, standby, several queues, storms."""

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import pika
import psycopg
import pytest

from tests.e2e.cluster import Cluster, now_ms, until

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]


def equity(cluster: Cluster, login: str) -> float | None:
    with psycopg.connect(cluster.database_url) as database:
        row = database.execute("SELECT equity FROM marathons_account WHERE login = %s", [login]).fetchone()
    return None if row is None else float(row[0])


def update(login: str, value: float) -> dict[str, Any]:
    return {"type": "update", "login": login, "equity": value, "timestamp": now_ms()}


@pytest.fixture
def second_queue(cluster: Cluster) -> Iterator[str]:
    name = f"{cluster.queue}.second"
    yield name
    _delete(cluster, name)


def _delete(cluster: Cluster, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(cluster.rabbitmq_url)) as broker:
        for each in (queue, f"{queue}.dead"):
            broker.channel().queue_delete(each)


def test_a_term_signal_ends_it_with_0_and_nothing_lost(cluster: Cluster) -> None:
    worker = cluster.start_worker()
    cluster.publish([update(str(number % 50), number) for number in range(2_000)])
    assert worker.stop(signal.SIGTERM) == 0, worker.said()
    cluster.start_worker()
    until(lambda: [equity(cluster, str(number)) for number in range(50)] == list(range(1_950, 2_000)), "all is taken")


def test_a_standby_says_so_and_takes_over_within_five_seconds(cluster: Cluster) -> None:
    """From one that stands still, which stands by when it goes on; and from one that is killed."""
    first = cluster.start_worker()
    second = cluster.start_worker(wait=False)
    until(lambda: "standing by" in second.said(), "the second one stands by")
    cluster.publish([update("1", 1)])
    until(lambda: equity(cluster, "1") == 1, "the first one works")
    first.process.send_signal(signal.SIGSTOP)
    assert seconds_until_taken(cluster, 2) < 5
    first.process.send_signal(signal.SIGCONT)
    until(lambda: "standing by" in first.said(), "the first one stands by")
    second.stop(signal.SIGKILL)
    assert seconds_until_taken(cluster, 3) < 5
    assert [one.said().count("standing by") for one in (first, second)] == [1, 1]


def seconds_until_taken(cluster: Cluster, value: float) -> float:
    """How long it takes from publishing to the database."""
    cluster.publish([update("1", value)])
    published = time.monotonic()
    until(lambda: equity(cluster, "1") == value, "it is taken")
    return time.monotonic() - published


def test_one_worker_takes_several_queues(cluster: Cluster, second_queue: str) -> None:
    worker = cluster.start_worker("--queue", cluster.queue, "--queue", second_queue)
    until(lambda: worker.said().count("queue taken") == 2, "both queues are taken")
    cluster.publish([update("1", 1)])
    cluster.publish([update("2", 2)], second_queue)
    until(lambda: (equity(cluster, "1"), equity(cluster, "2")) == (1, 2), "both are read")


def test_the_topic_exchange_is_read_beside_the_queue(cluster: Cluster) -> None:
    exchange = f"{cluster.queue}.exchange"
    cluster.extra["RABBITMQ_EXCHANGE"] = exchange
    worker = cluster.start_worker()
    until(lambda: worker.said().count("queue taken") == 2, "both inputs are taken")
    with pika.BlockingConnection(pika.URLParameters(cluster.rabbitmq_url)) as broker:
        key = "marathon.42.account.2"
        broker.channel().basic_publish(exchange, key, json.dumps(update("2", 2)).encode())
    cluster.publish([update("1", 1)])
    try:
        until(lambda: (equity(cluster, "1"), equity(cluster, "2")) == (1, 2), "both are read")
    finally:
        worker.stop()
        _delete(cluster, f"{cluster.queue}.topic")
        with pika.BlockingConnection(pika.URLParameters(cluster.rabbitmq_url)) as broker:
            broker.channel().exchange_delete(exchange)


def test_a_storm_of_garbage_neither_stops_it_nor_fills_its_log(cluster: Cluster) -> None:
    worker = cluster.start_worker()
    lines = len(worker.said().splitlines())
    cluster.publish([b"\n".join([b"secret garbage %d" % number for number in range(50)])] * 200)
    cluster.publish([update("1", 1)])
    until(lambda: equity(cluster, "1") == 1, "what is good is taken")
    until(lambda: cluster.waiting(f"{cluster.queue}.dead") == 10_000, "all of it lies with the dead letters")
    said = worker.said()
    assert "secret" not in said
    assert len(said.splitlines()) - lines < 10
    assert worker.process.poll() is None


def test_every_ten_seconds_it_says_how_it_goes(cluster: Cluster) -> None:
    worker = cluster.start_worker()
    cluster.publish([update("1", 1), "garbage"])
    until(lambda: "objects_per_s" in worker.said(), "the line is there")
    line = json.loads(next(line for line in worker.said().splitlines() if "objects_per_s" in line))
    assert {"objects_per_s", "lag_ms", "batch_size", "commit_ms", "rejected"} <= line.keys()
    assert (line["objects_per_s"], line["rejected"]) == (pytest.approx(0.1, abs=0.05), 1)


def test_what_it_cannot_do_it_says_and_ends(cluster: Cluster) -> None:
    with psycopg.connect(cluster.database_url, autocommit=True) as database:
        database.execute("DROP TABLE marathons_feedworker")
    worker = cluster.start_worker(wait=False)
    assert worker.process.wait(60) != 0
    assert "marathons_feedworker" in worker.said()
