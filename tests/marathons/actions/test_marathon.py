"""A marathon as a whole: saved, cancelled, deleted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from marathons.actions import ActionError, cancel, delete_marathon, disqualify, save_marathon, withdraw
from marathons.actions.marathon import current_players, require_room
from marathons.clock import Stamp
from marathons.models import Account, Marathon, Participant, User
from tests.cast import crowd, make_marathon

Announced = Callable[[Callable[[], Any]], list[Stamp]]


def test_saving_takes_a_stamp_and_is_announced(marathon: Marathon, announced: Announced) -> None:
    before = Marathon.objects.get(pk=marathon.pk).stamp
    marathon.name = "Renamed"
    [stamp] = announced(lambda: save_marathon(marathon))
    assert stamp.since == {marathon.pk: before}


def test_saving_some_fields_leaves_the_others_as_others_wrote_them(marathon: Marathon) -> None:
    Marathon.objects.filter(pk=marathon.pk).update(description="by somebody else")
    marathon.name = "Renamed"
    save_marathon(marathon, ["name"])
    marathon.refresh_from_db()
    assert (marathon.name, marathon.description) == ("Renamed", "by somebody else")


@pytest.mark.parametrize(("field", "stored_again"), [("name", False), ("initial_balance", True), ("ends_at", True)])
def test_final_ranks_are_stored_again_only_for_what_places_depend_on(
    over: Marathon, field: str, stored_again: bool
) -> None:
    save_marathon(over, [field])
    over.refresh_from_db()
    assert (over.finalised_at is None) is stored_again


def test_saving_never_sets_the_clock_back(marathon: Marathon) -> None:
    stale = Marathon.objects.get(pk=marathon.pk)
    crowd(marathon, 2)
    save_marathon(stale)
    stale.refresh_from_db()
    assert stale.next_bib == 3


def test_a_marathon_is_cancelled_once(marathon: Marathon, now: datetime, announced: Announced) -> None:
    assert len(announced(lambda: cancel(marathon, now))) == 1
    assert Marathon.objects.get(pk=marathon.pk).cancelled_at == now
    with pytest.raises(ActionError, match="already cancelled"):
        cancel(marathon, now)


def test_one_that_is_over_cannot_be_cancelled(marathon: Marathon) -> None:
    with pytest.raises(ActionError, match="is over"):
        cancel(marathon, marathon.ends_at)


def test_one_that_has_not_begun_is_deleted_and_announced(now: datetime, announced: Announced) -> None:
    marathon = make_marathon(now, starts_at=now + timedelta(days=1))
    crowd(marathon, 2)
    key = marathon.pk
    [stamp] = announced(lambda: delete_marathon(marathon, now))
    assert set(stamp.since) == {key}
    assert not Participant.objects.exists()
    assert (User.objects.count(), Account.objects.count()) == (2, 2)


def test_one_that_has_begun_is_not_deleted(marathon: Marathon, alices: Participant, now: datetime) -> None:
    with pytest.raises(ActionError, match="cancel it instead"):
        delete_marathon(marathon, now)


def test_one_that_has_begun_without_anybody_is_deleted(marathon: Marathon, now: datetime) -> None:
    delete_marathon(marathon, now)
    assert not Marathon.objects.exists()


def test_players_are_those_who_did_not_withdraw(marathon: Marathon) -> None:
    first, second, _ = crowd(marathon, 3)
    withdraw(first)
    disqualify(second, "Two accounts")
    assert current_players(marathon) == 2


def test_room_is_what_the_limit_leaves(marathon: Marathon) -> None:
    crowd(marathon, 2)
    marathon.max_players = 3
    require_room(marathon, 1)
    with pytest.raises(ActionError, match="takes 3 players"):
        require_room(marathon, 2)
