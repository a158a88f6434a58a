"""Disqualified, withdrawn, reinstated: the class on the board follows, and nobody slips out of a disqualification."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from marathons.actions import ActionError, change_status, disqualify, reinstate, withdraw
from marathons.clock import Stamp
from marathons.models import Clock, Marathon, Participant, ParticipantStatus, Standing, Tier, User
from tests.cast import crowd, has_equity, make_marathon, take_part

Announced = Callable[[Callable[[], Any]], list[Stamp]]


def stored(participant: Participant) -> tuple[str, str, int]:
    one = Participant.objects.select_related("standing").get(pk=participant.pk)
    return one.status, one.disqualification_reason, one.standing.tier


def test_a_disqualified_participant_is_listed_last_with_the_reason(alices: Participant) -> None:
    has_equity(alices, "11000")
    disqualify(alices, "  Two accounts ")
    assert stored(alices) == ("disqualified", "Two accounts", Tier.DISQUALIFIED)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_disqualification_without_a_reason_that_can_be_shown_is_refused(alices: Participant, reason: str) -> None:
    with pytest.raises(ActionError, match="reason"):
        disqualify(alices, reason)
    assert stored(alices)[0] == "active"


@pytest.mark.parametrize(("has_data", "tier"), [(True, Tier.RANKED), (False, Tier.NO_DATA)])
def test_who_is_reinstated_gets_the_class_of_their_data(alices: Participant, has_data: bool, tier: Tier) -> None:
    if has_data:
        has_equity(alices, "11000")
    disqualify(alices, "Two accounts")
    reinstate(alices)
    assert stored(alices) == ("active", "", tier)


def test_who_withdraws_stays_listed(alices: Participant) -> None:
    withdraw(alices)
    assert stored(alices) == ("withdrawn", "", Tier.WITHDRAWN)


def test_who_is_disqualified_cannot_withdraw_from_it(alices: Participant) -> None:
    stale = Participant.objects.get(pk=alices.pk)
    disqualify(alices, "Two accounts")
    with pytest.raises(ActionError, match="Number 1 is disqualified"):
        withdraw(stale)
    assert stored(alices)[0] == "disqualified"


def test_nobody_comes_back_into_a_full_marathon(now: datetime, alice: User) -> None:
    marathon = make_marathon(now, max_players=1)
    participant = take_part(marathon, alice, "1001")
    withdraw(participant)
    crowd(marathon, 1)
    with pytest.raises(ActionError, match="full"):
        reinstate(participant)


def test_who_was_disqualified_kept_the_place(now: datetime, alice: User) -> None:
    participant = take_part(make_marathon(now, max_players=1), alice, "1001")
    disqualify(participant, "Two accounts")
    reinstate(participant)
    assert stored(participant)[0] == "active"


def test_a_change_of_many_takes_one_stamp(marathon: Marathon, announced: Announced) -> None:
    people = crowd(marathon, 5)
    before = Clock.objects.get().value
    stamps = announced(lambda: change_status(people, ParticipantStatus.DISQUALIFIED, "Collusion"))
    assert [stamp.seq for stamp in stamps] == [before + 1]
    assert set(Standing.objects.values_list("stamp", flat=True)) == {before + 1}


def test_if_one_of_many_cannot_nobody_does(alices: Participant, bobs: Participant) -> None:
    disqualify(bobs, "Two accounts")
    with pytest.raises(ActionError):
        change_status([alices, bobs], ParticipantStatus.WITHDRAWN)
    assert stored(alices)[0] == "active"


def test_a_change_of_nobody_takes_no_stamp(db: None) -> None:
    change_status([], ParticipantStatus.WITHDRAWN)
    assert Clock.objects.get().value == 0


def test_a_correction_after_the_end_has_the_final_ranks_stored_again(over: Marathon, alices: Participant) -> None:
    disqualify(alices, "Two accounts")
    over.refresh_from_db()
    assert over.finalised_at is None
