"""Baselines: the organiser's word, and capture by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marathons.actions import ActionError, cancel, capture_baselines, set_baseline
from marathons.clock import Stamp
from marathons.models import Account, Clock, Marathon, Participant
from tests.cast import crowd, has_equity, make_marathon

Announced = Callable[[Callable[[], Any]], list[Stamp]]


def stored(participant: Participant) -> tuple[Decimal | None, str]:
    one = Participant.objects.get(pk=participant.pk)
    return one.initial_balance, one.baseline_source


@pytest.fixture
def lonely(db: None, now: datetime) -> Participant:
    """One whom only the feed formula can rank: neither they nor the marathon has a baseline."""
    return crowd(make_marathon(now, initial_balance=None), 1)[0]


def test_the_organisers_baseline_is_kept_with_its_time(
    alices: Participant, now: datetime, announced: Announced
) -> None:
    stamps = announced(lambda: set_baseline(alices, Decimal("9500.5"), now))
    alices.refresh_from_db()
    assert stored(alices) == (Decimal("9500.5"), "organiser")
    assert alices.baseline_at == now
    assert alices.standing.stamp == stamps[0].seq


def test_a_baseline_is_taken_away(alices: Participant, now: datetime) -> None:
    set_baseline(alices, Decimal(5), now)
    set_baseline(alices, None, now)
    alices.refresh_from_db()
    assert (stored(alices), alices.baseline_at) == ((None, ""), None)


@pytest.mark.parametrize("amount", ["0", "-1", "0.000000001", "1e15", "NaN", "Infinity"])
def test_what_is_no_capital_is_refused(alices: Participant, now: datetime, amount: str) -> None:
    with pytest.raises(ActionError, match="more than 0"):
        set_baseline(alices, Decimal(amount), now)
    assert stored(alices) == (None, "")


def test_capturing_takes_equity_without_credit(lonely: Participant, now: datetime) -> None:
    has_equity(lonely, "10500.25", at=now)
    Account.objects.update(credit=500)
    [captured] = capture_baselines([lonely], now)
    assert stored(lonely) == (Decimal("10000.25"), "captured")
    message = captured.baseline_message
    assert message is not None
    assert message["type"] == "by hand"
    assert datetime.fromisoformat(message["timestamp"]).replace(tzinfo=UTC) == now
    assert (Decimal(message["equity"]), Decimal(message["credit"])) == (Decimal("10500.25"), Decimal(500))


@pytest.mark.parametrize("equity", [None, "0", "-5"])
def test_where_there_is_no_capital_nothing_is_captured(lonely: Participant, now: datetime, equity: str | None) -> None:
    if equity is not None:
        has_equity(lonely, equity)
    before = Clock.objects.get().value
    assert capture_baselines([lonely], now) == []
    assert (stored(lonely), Clock.objects.get().value) == ((None, ""), before)


def test_a_baseline_that_is_known_is_not_captured_over(lonely: Participant, now: datetime) -> None:
    has_equity(lonely, "10500")
    stale = Participant.objects.get(pk=lonely.pk)
    set_baseline(lonely, Decimal(9000), now)
    assert capture_baselines([stale], now) == []
    assert stored(lonely) == (Decimal(9000), "organiser")


def test_where_everybody_starts_with_the_same_nothing_is_captured(alices: Participant, now: datetime) -> None:
    has_equity(alices, "10500")
    assert capture_baselines([alices], now) == []


def test_after_the_end_nothing_is_captured(lonely: Participant, now: datetime) -> None:
    has_equity(lonely, "10500")
    assert capture_baselines([lonely], lonely.marathon.ends_at) == []
    cancel(lonely.marathon, now)
    assert capture_baselines([lonely], now) == []


def test_many_are_captured_with_one_stamp_for_each_of_their_boards(now: datetime, announced: Announced) -> None:
    marathon = make_marathon(now, initial_balance=None)
    people = crowd(marathon, 3)
    for one in people:
        has_equity(one, "10500")
    [stamp] = announced(lambda: capture_baselines(people, now))
    assert set(stamp.since) == {marathon.pk}


def test_a_baseline_after_the_end_has_the_final_ranks_stored_again(
    over: Marathon, alices: Participant, now: datetime
) -> None:
    set_baseline(alices, Decimal(5), now + timedelta(days=30))
    over.refresh_from_db()
    assert over.finalised_at is None
