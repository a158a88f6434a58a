"""Another account counts: what the old one showed is forgotten."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from marathons.actions import (
    ActionError,
    capture_baselines,
    disqualify,
    move_to_account,
    save_account,
    save_user,
    set_baseline,
)
from marathons.clock import Stamp
from marathons.models import Account, Clock, EquityPoint, Marathon, Participant, Standing, Tier, User
from tests.cast import BOB_LOGIN, crowd, has_equity, make_marathon, take_part

Announced = Callable[[Callable[[], Any]], list[Stamp]]


@pytest.fixture
def another(db: None) -> Account:
    return save_account(Account(login="2002"))


def test_the_standing_starts_anew(alices: Participant, another: Account, now: datetime, announced: Announced) -> None:
    has_equity(alices, "11000")
    amount = Decimal(1)
    EquityPoint.objects.create(
        participant=alices, bucket=now, open=amount, high=amount, low=amount, close=amount, opened_at=now, closed_at=now
    )
    [stamp] = announced(lambda: move_to_account(alices, another))
    standing = Standing.objects.get(pk=alices.pk)
    assert (standing.tier, standing.equity, standing.score, standing.equity_high) == (Tier.NO_DATA, None, None, None)
    assert standing.stamp == stamp.seq
    assert not alices.equity_points.exists()


def test_the_account_becomes_the_users(alices: Participant, another: Account) -> None:
    move_to_account(alices, another)
    another.refresh_from_db()
    assert another.owner_id == alices.user_id


def test_a_captured_baseline_goes_with_the_account_it_came_from(now: datetime, another: Account) -> None:
    one = crowd(make_marathon(now, initial_balance=None), 1)[0]
    has_equity(one, "10500")
    capture_baselines([one], now)
    move_to_account(one, another)
    one.refresh_from_db()
    assert (one.initial_balance, one.baseline_source, one.baseline_message) == (None, "", None)


def test_the_organisers_baseline_stays(alices: Participant, another: Account, now: datetime) -> None:
    set_baseline(alices, Decimal(5000), now)
    move_to_account(alices, another)
    alices.refresh_from_db()
    assert alices.initial_balance == 5000


def test_the_class_follows_the_status_as_it_is_now(alices: Participant, another: Account) -> None:
    stale = Participant.objects.get(pk=alices.pk)
    disqualify(alices, "Two accounts")
    move_to_account(stale, another)
    assert Standing.objects.get(pk=alices.pk).tier == Tier.DISQUALIFIED


def test_the_same_account_again_changes_nothing(alices: Participant) -> None:
    has_equity(alices, "11000")
    before = Clock.objects.get().value
    move_to_account(alices, alices.account)
    assert Standing.objects.get(pk=alices.pk).equity == 11_000
    assert Clock.objects.get().value == before


def test_an_account_that_plays_here_already_is_refused(alices: Participant, bobs: Participant) -> None:
    Account.objects.update(owner=None)
    with pytest.raises(ActionError, match="already takes part"):
        move_to_account(alices, bobs.account)


def test_an_account_of_somebody_else_is_refused(alices: Participant, bob: User, public_marathon: Marathon) -> None:
    theirs = take_part(public_marathon, bob, BOB_LOGIN)
    with pytest.raises(ActionError, match="somebody else"):
        move_to_account(alices, theirs.account)


def test_a_new_account_carries_the_stamp_by_which_the_worker_finds_it(another: Account) -> None:
    another.refresh_from_db()
    assert another.stamp == Clock.objects.get().value > 0


def test_a_new_name_is_told_on_every_board(
    alices: Participant, alice: User, public_marathon: Marathon, announced: Announced
) -> None:
    take_part(public_marathon, alice, "1001")
    alice.first_name = "Alicia"
    [stamp] = announced(lambda: save_user(alice))
    assert set(stamp.since) == {alices.marathon_id, public_marathon.pk}
    assert set(Standing.objects.filter(participant__user=alice).values_list("stamp", flat=True)) == {stamp.seq}


def test_a_new_name_does_not_touch_the_final_ranks(over: Marathon, alices: Participant, alice: User) -> None:
    Marathon.objects.filter(pk=over.pk).update(finalised_at=over.ends_at)
    save_user(alice)
    over.refresh_from_db()
    assert over.finalised_at is not None


def test_who_takes_part_nowhere_is_renamed_without_a_stamp(charlie: User) -> None:
    save_user(charlie)
    assert Clock.objects.get().value == 0
