"""`manage.py simulate_feed`, as an operator meets it."""

import io
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pika
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from marathons.models import Marathon, Participant
from tests.cast import ALICE_LOGIN, BOB_LOGIN
from tests.e2e.cluster import ROOT, until

QUICK = {"rate": 400, "duration": 1, "accounts": 20}


def run(url: str, queue: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("simulate_feed", url=url, queue=queue, stdout=out, **{**QUICK, **options})
    return out.getvalue()


def bodies(url: str, queue: str) -> list[bytes]:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        found: list[bytes] = []
        while (body := channel.basic_get(queue, auto_ack=True)[2]) is not None:
            found.append(body)
    return found


def waiting(url: str, queue: str) -> int:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        count: int = connection.channel().queue_declare(queue, passive=True).method.message_count
    return count


@pytest.mark.needs_rabbitmq
def test_a_run_publishes_its_rate_for_its_duration_and_says_so(rabbitmq_url: str, own_queue: str) -> None:
    said = run(rabbitmq_url, own_queue)
    assert "Preparing 20 accounts" in said
    assert "Published 400 objects" in said
    assert "400 confirmed, 0 refused, 0 unconfirmed" in said
    lines = [line for body in bodies(rabbitmq_url, own_queue) for line in body.split(b"\n")]
    assert len(lines) == 400
    logins = {msgspec.json.decode(line)["login"] for line in lines}
    assert logins == {str(261_600_001 + number) for number in range(20)}


@pytest.mark.needs_rabbitmq
def test_the_faults_that_were_made_are_in_the_summary(rabbitmq_url: str, own_queue: str) -> None:
    said = run(rabbitmq_url, own_queue, garbage=0.1, duplicates=0.2, reorder=0.1, partial=0.1)
    assert re.search(r"Faults: duplicates \d+, garbage \d+, partial \d+, reorder \d+\.", said)
    repeated = Counter(bodies(rabbitmq_url, own_queue))
    assert max(repeated.values()) >= 2


@pytest.fixture
def process(rabbitmq_url: str, own_queue: str) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts the command as a process of its own."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", "simulate_feed", "--url", rabbitmq_url, "--queue", own_queue, *options]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "marathon_site.settings"}
        running.append(
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.communicate()


def published(url: str, queue: str) -> bool:
    try:
        return waiting(url, queue) > 0
    except pika.exceptions.ChannelClosedByBroker:
        return False


@pytest.mark.needs_rabbitmq
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_summary_and_everything_confirmed(
    number: signal.Signals, process: Callable[..., "subprocess.Popen[str]"], rabbitmq_url: str, own_queue: str
) -> None:
    running = process("--rate", "500")
    until(lambda: published(rabbitmq_url, own_queue), "messages in the queue")
    running.send_signal(number)
    said, complained = running.communicate(timeout=20)
    assert (running.returncode, complained) == (0, "")
    match = re.search(
        r"Published ([\d,]+) objects in ([\d,]+) messages .* ([\d,]+) confirmed, 0 refused, 0 unconf", said
    )
    assert match is not None
    objects, messages, confirmed = match.groups()
    assert objects == confirmed
    assert waiting(rabbitmq_url, own_queue) == int(messages.replace(",", ""))


@pytest.mark.needs_rabbitmq
def test_a_broker_that_does_not_answer_is_said_without_the_password(own_queue: str) -> None:
    with pytest.raises(CommandError, match="RabbitMQ cannot be used") as refusal:
        run("amqp://guest:hunter2@127.0.0.1:1/", own_queue)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--duplicates", "1.5"], "1.5 is not between 0 and 1"),
        (["--batch", "11"], "11 is not between 1 and 10"),
        (["--rate", "0"], "0 is not between"),
        (["--rate", "nan"], "nan is not between"),
        (["--accounts", "ten"], "invalid"),
        (["--logins-from-marathon", "x"], "invalid"),
        (["--accounts", "1", "--rate", "501"], "at most 500 objects/s"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("simulate_feed", *options, stdout=io.StringIO())


@pytest.mark.django_db
def test_a_marathon_without_participants_is_refused(public_marathon: Marathon) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("simulate_feed", "--logins-from-marathon", str(public_marathon.pk), stdout=io.StringIO())


@pytest.mark.needs_rabbitmq
def test_a_marathons_participants_are_who_reports(
    marathon: Marathon, alices: Participant, bobs: Participant, rabbitmq_url: str, own_queue: str
) -> None:
    run(rabbitmq_url, own_queue, accounts=None, logins_from_marathon=marathon.pk)
    lines = [line for body in bodies(rabbitmq_url, own_queue) for line in body.split(b"\n")]
    assert {msgspec.json.decode(line)["login"] for line in lines} == {ALICE_LOGIN, BOB_LOGIN}
