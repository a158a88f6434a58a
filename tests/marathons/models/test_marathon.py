"""What a marathon derives from its columns."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from marathons.models import Marathon, MarathonStatus
from marathons.models.participant import board_name
from tests.cast import make_marathon

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("after_start", "status"),
    [
        (-timedelta(microseconds=1), MarathonStatus.UPCOMING),
        (timedelta(0), MarathonStatus.ONGOING),
        (DAY - timedelta(microseconds=1), MarathonStatus.ONGOING),
        (DAY, MarathonStatus.FINISHED),
    ],
)
def test_the_status_follows_the_times(now: datetime, after_start: timedelta, status: MarathonStatus) -> None:
    assert Marathon(starts_at=now, ends_at=now + DAY).status_at(now + after_start) == status


def test_cancelled_is_cancelled_at_any_time(now: datetime) -> None:
    marathon = Marathon(starts_at=now, ends_at=now + DAY, cancelled_at=now)
    assert {marathon.status_at(now + n * DAY) for n in (-1, 0, 1)} == {MarathonStatus.CANCELLED}


def test_only_one_created_before_its_start_captures_baselines(now: datetime) -> None:
    assert Marathon(starts_at=now, created_at=now - DAY).captures_baselines
    assert not Marathon(starts_at=now, created_at=now).captures_baselines


def test_ones_own_baseline_wins_over_the_marathons() -> None:
    marathon = Marathon(initial_balance=Decimal(10))
    assert (marathon.baseline_of(Decimal(7)), marathon.baseline_of(None)) == (Decimal(7), Decimal(10))


def test_without_any_baseline_there_is_none() -> None:
    assert Marathon(initial_balance=None).baseline_of(None) is None


def test_a_board_never_shows_an_address() -> None:
    assert (board_name("", 7), board_name("Ann Example", 7)) == ("Trader 7", "Ann Example")


def test_a_new_marathon_has_a_stamp(db: None, now: datetime) -> None:
    assert Marathon.objects.get(pk=make_marathon(now).pk).stamp > 0
