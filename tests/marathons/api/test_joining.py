"""POST join and DELETE participation: what users do for themselves."""

from datetime import datetime, timedelta

import pytest

from marathons.actions import cancel, disqualify
from marathons.models import Marathon, Participant, ParticipantStatus, User
from tests.cast import ALICE_LOGIN, make_marathon
from tests.marathons.api.caller import Caller


@pytest.fixture
def tomorrow(db: None, now: datetime) -> Marathon:
    return make_marathon(now, name="Tomorrow's", starts_at=now + timedelta(days=1))


@pytest.fixture
def join(tomorrow: Marathon) -> str:
    return f"marathons/{tomorrow.pk}/join"


@pytest.fixture
def participation(tomorrow: Marathon) -> str:
    return f"marathons/{tomorrow.pk}/participation"


def refused(answer: object) -> str:
    """Why a request was a conflict."""
    assert getattr(answer, "status_code", None) == 409
    return str(answer.json()["detail"])  # type: ignore[attr-defined]


def test_a_user_joins_with_an_account(as_alice: Caller, alice: User, join: str) -> None:
    answer = as_alice.post(join, {"accountLogin": ALICE_LOGIN})
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["bib"], shown["userId"], shown["accountLogin"]) == (1, str(alice.pk), ALICE_LOGIN)


def test_a_visitor_cannot_join_or_leave(anybody: Caller, join: str, participation: str) -> None:
    assert anybody.post(join, {"accountLogin": "1"}).status_code == 401
    assert anybody.delete(participation).status_code == 401


def test_nobody_joins_twice(as_alice: Caller, join: str) -> None:
    as_alice.post(join, {"accountLogin": "1"})
    assert "already take part" in refused(as_alice.post(join, {"accountLogin": "1"}))


def test_nobody_joins_with_the_account_of_another(as_alice: Caller, as_bob: Caller, join: str) -> None:
    as_alice.post(join, {"accountLogin": "1"})
    assert "somebody else" in refused(as_bob.post(join, {"accountLogin": "1"}))


def test_nobody_joins_what_has_started(as_alice: Caller, public_marathon: Marathon) -> None:
    assert "has started" in refused(as_alice.post(f"marathons/{public_marathon.pk}/join", {"accountLogin": "1"}))


def test_nobody_joins_what_is_full(as_alice: Caller, as_bob: Caller, join: str) -> None:
    Marathon.objects.update(max_players=1)
    as_alice.post(join, {"accountLogin": "1"})
    assert "full" in refused(as_bob.post(join, {"accountLogin": "2"}))


def test_a_refused_join_leaves_no_account_behind(as_alice: Caller, as_bob: Caller, join: str, alice: User) -> None:
    as_alice.post(join, {"accountLogin": "1"})
    as_alice.post(join, {"accountLogin": "2"})
    assert list(alice.accounts.values_list("login", flat=True)) == ["1"]


def test_a_private_marathon_is_not_there_for_strangers(as_charlie: Caller, marathon: Marathon) -> None:
    assert as_charlie.post(f"marathons/{marathon.pk}/join", {"accountLogin": "1"}).status_code == 404
    assert as_charlie.delete(f"marathons/{marathon.pk}/participation").status_code == 404


def test_who_leaves_and_comes_back_keeps_the_number(as_alice: Caller, join: str, participation: str) -> None:
    first = as_alice.post(join, {"accountLogin": "1"}).json()
    assert as_alice.delete(participation).status_code == 204
    assert Participant.objects.get().status == ParticipantStatus.WITHDRAWN
    again = as_alice.post(join, {"accountLogin": "2"}).json()
    assert (again["id"], again["bib"], again["accountLogin"], again["status"]) == (first["id"], 1, "2", "active")


def test_who_does_not_take_part_cannot_leave(as_alice: Caller, participation: str) -> None:
    assert "do not take part" in refused(as_alice.delete(participation))


def test_leaving_is_possible_until_the_end(
    as_alice: Caller, as_bob: Caller, alices: Participant, bobs: Participant
) -> None:
    path = f"marathons/{alices.marathon_id}/participation"
    assert as_alice.delete(path).status_code == 204
    Marathon.objects.update(ends_at=alices.marathon.starts_at + timedelta(minutes=1))
    assert "over" in refused(as_bob.delete(path))


def test_a_cancelled_marathon_stays_as_it_is(as_alice: Caller, alices: Participant, now: datetime) -> None:
    cancel(alices.marathon, now)
    assert "over" in refused(as_alice.delete(f"marathons/{alices.marathon_id}/participation"))


def test_who_is_disqualified_cannot_leave(as_alice: Caller, alices: Participant) -> None:
    disqualify(alices, "Two accounts")
    assert "disqualified" in refused(as_alice.delete(f"marathons/{alices.marathon_id}/participation"))
