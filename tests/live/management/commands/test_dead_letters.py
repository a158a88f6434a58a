"""`manage.py dead_letters` on a real RabbitMQ."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pika
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from pika.adapters.blocking_connection import BlockingChannel

pytestmark = pytest.mark.needs_rabbitmq

LETTERS = [(b"garbage", "not_json", ""), (b'{"equity":"much"}', "wrong_type", "equity"), (b"\xff", "not_utf8", "")]


@pytest.fixture
def broker(rabbitmq_url: str) -> Iterator[BlockingChannel]:
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as connection:
        yield connection.channel()


@pytest.fixture
def queue(broker: BlockingChannel, own_queue: str, rabbitmq_url: str, settings: LazySettings) -> str:
    """A queue with three dead letters."""
    settings.RABBITMQ_QUEUE, settings.RABBITMQ_URL = own_queue, rabbitmq_url
    broker.queue_declare(own_queue, durable=True)
    broker.queue_declare(f"{own_queue}.dead", durable=True)
    for body, reason, field in LETTERS:
        headers = {"reason": reason, "field": field, "time": "2025-11-14T10:00:00.000+00:00", "queue": own_queue}
        broker.basic_publish("", f"{own_queue}.dead", body, pika.BasicProperties(headers=headers))
    return own_queue


@pytest.fixture
def dead_letters() -> Callable[..., str]:
    """Run the command; return what it said."""

    def run(*arguments: Any, **options: Any) -> str:
        out = StringIO()
        call_command("dead_letters", *arguments, stdout=out, **options)
        return out.getvalue()

    return run


def bodies(broker: BlockingChannel, queue: str) -> list[bytes | None]:
    """All bodies of a queue, which is empty afterwards."""
    count = broker.queue_declare(queue, passive=True).method.message_count
    return [broker.basic_get(queue, auto_ack=True)[2] for _ in range(count)]


def test_the_list_shows_them_and_leaves_them(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    said = dead_letters("list")
    assert "wrong_type equity" in said
    assert "garbage" in said
    assert "3 shown of 3" in said
    assert bodies(broker, f"{queue}.dead") == [body for body, _, _ in LETTERS]


def test_the_list_can_be_narrowed(queue: str, dead_letters: Any) -> None:
    assert "1 shown of 3" in dead_letters("list", reason="not_json")
    assert "2 shown of 3" in dead_letters("list", limit=2)


def test_one_is_shown_whole(queue: str, dead_letters: Any) -> None:
    assert '{"equity":"much"}' in dead_letters("show", 2)
    assert "reason: not_utf8" in dead_letters("show", 3)


def test_replaying_puts_them_back_into_their_queue(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    assert dead_letters("replay", reason="wrong_type") == "1 put back into their queue\n"
    assert bodies(broker, queue) == [LETTERS[1][0]]
    assert bodies(broker, f"{queue}.dead") == [LETTERS[0][0], LETTERS[2][0]]


def test_a_replayed_one_keeps_the_time_at_which_it_came(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    """Without, it would overtake all that was said since."""
    properties = pika.BasicProperties(headers={"reason": "late", "timestamp": 1_763_114_400})
    broker.basic_publish("", f"{queue}.dead", b"{}", properties)
    dead_letters("replay", reason="late")
    _, replayed, _ = broker.basic_get(queue, auto_ack=True)
    assert replayed.headers == {"timestamp": 1_763_114_400}


def test_replaying_makes_a_queue_that_is_gone(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    broker.queue_delete(queue)
    dead_letters("replay")
    assert len(bodies(broker, queue)) == 3


def test_discarding_deletes_what_was_meant(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    assert dead_letters("discard", 1) == "1 discarded\n"
    assert bodies(broker, f"{queue}.dead") == [LETTERS[1][0], LETTERS[2][0]]


def test_discarding_all_has_to_be_said(queue: str, broker: BlockingChannel, dead_letters: Any) -> None:
    with pytest.raises(CommandError, match="Which ones"):
        dead_letters("discard")
    dead_letters("discard", all=True)
    assert bodies(broker, f"{queue}.dead") == []


@pytest.mark.parametrize("arguments", [("show",), ("show", 9)])
def test_what_is_not_there_cannot_be_shown(queue: str, dead_letters: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(CommandError):
        dead_letters(*arguments)


def test_a_broker_that_is_away_is_told_of(settings: LazySettings, dead_letters: Any) -> None:
    settings.RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:1/"
    with pytest.raises(CommandError, match="RabbitMQ"):
        dead_letters("list")
