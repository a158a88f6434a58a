"""How values are told in the history."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from marathons.history import change, plain, record, shown
from marathons.models import Participant, User


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ("", "nothing"),
        (True, "yes"),
        (False, "no"),
        (Decimal("10000.50000000"), "10000.5"),
        (Decimal("1E+4"), "10000"),
        (Decimal("0E-8"), "0"),
        (datetime(2026, 11, 22, 10, 5, tzinfo=UTC), "2026-11-22 10:05:00 UTC"),
        (7, "7"),
        ("x" * 200, "x" * 120 + "…"),
    ],
)
def test_a_value_is_told_as_people_read_it(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_change_names_the_old_and_the_new() -> None:
    assert change("initial balance", None, Decimal(5)) == "Initial balance: nothing → 5"


@pytest.mark.parametrize(("amount", "text"), [("100", "100"), ("100.0", "100"), ("0.10", "0.1"), ("-5.00", "-5")])
def test_amounts_lose_only_the_zeros_that_say_nothing(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_lines_are_recorded_in_the_name_of_who_did_it(alices: Participant, sam: User) -> None:
    record(sam, [(alices, "Withdrawn"), (alices.marathon, "One withdrew")])
    lines = LogEntry.objects.order_by("pk").values_list("user", "object_id", "change_message")
    assert list(lines) == [(sam.pk, str(alices.pk), "Withdrawn"), (sam.pk, str(alices.marathon_id), "One withdrew")]
