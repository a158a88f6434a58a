"""The equity curve over HTTP: raw, by the hour, by the day, from and to, and never too much of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from live.doors.http import curves
from marathons.models import EquityPoint, Participant
from tests.marathons.api.caller import Caller

START = datetime(2026, 1, 5, 22, 30, tzinfo=UTC)


@pytest.fixture
def path(alices: Participant) -> str:
    """Three hours of points, ten minutes apart: 100, 101, 102, ... at their ends."""
    EquityPoint.objects.bulk_create(
        EquityPoint(
            participant=alices,
            bucket=START + timedelta(minutes=10 * index),
            open=Decimal(99 + index),
            high=Decimal(110 + index),
            low=Decimal(90 + index),
            close=Decimal(100 + index),
            balance=Decimal(50 + index),
            opened_at=START,
            closed_at=START,
        )
        for index in range(18)
    )
    return f"marathons/{alices.marathon_id}/participants/{alices.pk}/equity"


def points(caller: Caller, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get(path, **query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["points"]
    return found


def test_raw_points_are_those_that_are_stored(as_alice: Caller, path: str) -> None:
    found = points(as_alice, path)
    assert len(found) == 18
    assert found[0] == {
        "time": "2026-01-05T22:30:00.000Z", "open": 99, "high": 110, "low": 90, "close": 100, "balance": 50,
    }  # fmt: skip


def test_an_hour_joins_its_points(as_alice: Caller, path: str) -> None:
    found = points(as_alice, path, resolution="hourly")
    assert [point["time"][11:16] for point in found] == ["22:00", "23:00", "00:00", "01:00"]
    assert found[1] == {
        "time": "2026-01-05T23:00:00.000Z", "open": 102, "high": 118, "low": 93, "close": 108, "balance": 58,
    }  # fmt: skip


def test_a_day_is_one_of_utc(as_alice: Caller, path: str) -> None:
    found = points(as_alice, path, resolution="daily")
    assert [(point["time"][:10], point["open"], point["close"]) for point in found] == [
        ("2026-01-05", 99, 108),
        ("2026-01-06", 108, 117),
    ]


def test_a_part_of_the_curve_can_be_asked_for(as_alice: Caller, path: str) -> None:
    found = points(as_alice, path, **{"from": "2026-01-05T22:40:00Z", "to": "2026-01-05T23:00:00Z"})
    assert [point["close"] for point in found] == [101, 102]


def test_a_long_curve_comes_in_parts(as_alice: Caller, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "MOST_POINTS", 10)
    first = as_alice.get(path).json()
    assert len(first["points"]) == 10
    rest = as_alice.get(path, **{"from": first["next"]}).json()
    assert (len(rest["points"]), rest["next"]) == (8, None)
    assert as_alice.get(path, resolution="hourly").json()["next"] is None


@pytest.mark.parametrize(
    "query",
    [{"resolution": "weekly"}, {"from": "yesterday"}, {"from": "2026-01-06T00:00:00Z", "to": "2026-01-05T00:00:00Z"}],
)
def test_a_wrong_question_is_told_which_part_is_wrong(as_alice: Caller, path: str, query: dict[str, str]) -> None:
    answer = as_alice.get(path, **query)
    assert answer.status_code == 400
    assert set(answer.json()) & set(query)


def test_a_curve_of_a_private_marathon_is_for_its_people(
    anybody: Caller, as_charlie: Caller, as_bob: Caller, bobs: Participant, path: str
) -> None:
    assert [caller.get(path).status_code for caller in (anybody, as_charlie, as_bob)] == [404, 404, 200]


def test_a_curve_costs_the_same_queries_however_long(
    as_alice: Caller, path: str, django_assert_num_queries: Any
) -> None:
    for resolution in ("raw", "hourly", "daily"):
        with django_assert_num_queries(3):
            points(as_alice, path, resolution=resolution)
