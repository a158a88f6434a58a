"""What goes wrong on the way, on purpose and by the seed."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from live.feed.messages import parse
from live.feed.objects import micros
from live.feed.simulator.faults import GARBAGE, LONGEST_DELAY, Delivery, Faults, disturbed, spoilt
from live.feed.simulator.fleet import Report

BODY = (
    b'{"type":"account","login":"261632689","timestamp":"2025-11-14T10:00:00.000Z","balance":10000.00,"equity":10100.00,'
    b'"profit":100.00,"margin":0.00,"freeMargin":10100.00,"credit":0.00,"currency":"USD","leverage":100,"positions":[],'
    b'"orders":[]}'
)
NOW = micros(datetime(2025, 11, 14, 10, tzinfo=UTC))


def objects(count: int) -> Iterator[Report]:
    return (Report(float(number), BODY) for number in range(count))


def numbered(count: int) -> list[Delivery]:
    return [Delivery(number / 10, str(number).encode(), 1) for number in range(count)]


def after(deliveries: list[Delivery], seed: int = 1, **faults: float) -> tuple[list[Delivery], Counter[str]]:
    counts: Counter[str] = Counter()
    return list(disturbed(iter(deliveries), Faults(**faults), seed, counts)), counts


@pytest.mark.parametrize("kind", range(len(GARBAGE)))
def test_every_kind_of_garbage_is_refused(kind: int) -> None:
    understood, rejected = parse(GARBAGE[kind](BODY), NOW, NOW)
    assert understood == []
    assert len(rejected) == 1


def test_garbage_comes_in_addition_so_that_nothing_that_was_said_is_lost() -> None:
    counts: Counter[str] = Counter()
    came = list(spoilt(objects(300), Faults(garbage=0.5), 1, counts))
    assert [report for report in came if report.body == BODY] == list(objects(300))
    assert counts["garbage"] == len(came) - 300
    assert 100 < counts["garbage"] < 200


def test_garbage_never_breaks_out_of_its_line() -> None:
    assert all(b"\n" not in spoil(BODY) for spoil in GARBAGE)


def test_a_partial_object_lacks_fields_or_has_them_null_and_is_understood() -> None:
    whole: dict[str, Any] = json.loads(BODY)
    counts: Counter[str] = Counter()
    absent = null = 0
    for report in spoilt(objects(200), Faults(partial=1.0), 1, counts):
        part = json.loads(report.body)
        assert parse(report.body, NOW, NOW)[1] == []
        assert all(value is None or value == whole[name] for name, value in part.items())
        assert {"type", "login", "timestamp"} <= set(part)
        absent += len(whole) - len(part)
        null += sum(value is None for value in part.values())
    assert counts["partial"] == 200
    assert absent > 400
    assert null > 150


def test_a_duplicate_is_the_same_body_again_a_little_later() -> None:
    sent = numbered(200)
    came, counts = after(sent, duplicates=0.25)
    bodies = Counter(delivery.body for delivery in came)
    assert set(bodies.values()) == {1, 2}
    assert counts["duplicates"] == len(came) - 200
    for delivery in came:
        assert 0 <= delivery.due - int(delivery.body) / 10 <= LONGEST_DELAY


def test_reordering_changes_the_order_and_loses_nothing() -> None:
    sent = numbered(200)
    came, counts = after(sent, reorder=0.5)
    assert [delivery.body for delivery in came] != [delivery.body for delivery in sent]
    assert sorted(delivery.body for delivery in came) == sorted(delivery.body for delivery in sent)
    assert 60 < counts["reorder"] < 140


def test_due_times_stay_in_order_whatever_the_faults() -> None:
    came, _ = after(numbered(300), duplicates=0.5, reorder=0.5)
    dues = [delivery.due for delivery in came]
    assert dues == sorted(dues)


def test_what_is_held_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.feed.simulator.faults.MOST_HELD", 3)
    came, _ = after([delivery._replace(due=0.0) for delivery in numbered(50)], reorder=1.0)
    assert len(came) == 50


def test_the_same_seed_makes_the_same_faults() -> None:
    assert after(numbered(100), duplicates=0.3, reorder=0.3) == after(numbered(100), duplicates=0.3, reorder=0.3)
    assert after(numbered(100), reorder=0.3) != after(numbered(100), seed=2, reorder=0.3)


def test_one_switch_does_not_change_what_another_does() -> None:
    alone, _ = after(numbered(200), duplicates=0.2)
    together, _ = after(numbered(200), duplicates=0.2, reorder=0.3)
    assert Counter(delivery.body for delivery in alone) == Counter(delivery.body for delivery in together)


def test_without_faults_everything_passes_as_it_is() -> None:
    assert after(numbered(50)) == (numbered(50), Counter())
