"""Participants over HTTP: listed, disqualified, reinstated, withdrawn, and what is not shown of them."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from marathons.models import Account, Marathon, Participant, Standing, Tier, User
from tests.cast import BOB_LOGIN, crowd, has_equity, take_part
from tests.marathons.api.caller import Caller

REASON = "Two accounts on one device"


@pytest.fixture
def path(alices: Participant) -> str:
    return f"marathons/{alices.marathon_id}/participants/{alices.pk}"


def found(caller: Caller, marathon: Marathon, **query: Any) -> list[int]:
    answer = caller.get(f"marathons/{marathon.pk}/participants", **query)
    assert answer.status_code == 200
    return [participant["bib"] for participant in answer.json()["data"]]


def test_participants_come_in_pages_by_number(as_alice: Caller, alices: Participant, marathon: Marathon) -> None:
    crowd(marathon, 4)
    page = as_alice.get(f"marathons/{marathon.pk}/participants", page=2, limit=2).json()
    assert [one["bib"] for one in page.pop("data")] == [3, 4]
    assert page == {"total": 5, "page": 2, "limit": 2}


def test_no_address_is_ever_shown_or_searched(as_sam: Caller, alices: Participant, marathon: Marathon) -> None:
    assert b"@" not in as_sam.get(f"marathons/{marathon.pk}/participants").content
    assert found(as_sam, marathon, search="example.com") == []


def test_a_search_finds_names_logins_and_numbers(
    as_alice: Caller, alices: Participant, bobs: Participant, marathon: Marathon
) -> None:
    assert found(as_alice, marathon, search="lice tes") == [1]
    assert found(as_alice, marathon, search=BOB_LOGIN) == [2]
    assert found(as_alice, marathon, search="2") == [2]
    assert found(as_alice, marathon, search="TESTER") == [1, 2]
    assert found(as_alice, marathon, search="%") == []


def test_a_status_filters_the_list(as_sam: Caller, path: str, bobs: Participant, marathon: Marathon) -> None:
    as_sam.delete(path)
    assert found(as_sam, marathon, status="withdrawn") == [1]
    assert found(as_sam, marathon, status="active") == [2]
    assert found(as_sam, marathon) == [1, 2]


def test_a_private_list_is_for_its_people(anybody: Caller, as_charlie: Caller, as_alice: Caller, path: str) -> None:
    listed = path.rpartition("/")[0]
    assert [caller.get(listed).status_code for caller in (anybody, as_charlie, as_alice)] == [404, 404, 200]


def test_staff_disqualifies_with_a_reason_and_reinstates(as_sam: Caller, path: str, alices: Participant) -> None:
    has_equity(alices, "11000")
    shown = as_sam.patch(path, {"status": "disqualified", "disqualificationReason": REASON}).json()
    assert (shown["status"], shown["disqualificationReason"]) == ("disqualified", REASON)
    assert Standing.objects.get(pk=alices.pk).tier == Tier.DISQUALIFIED
    shown = as_sam.patch(path, {"status": "active"}).json()
    assert (shown["status"], shown["disqualificationReason"]) == ("active", None)
    assert Standing.objects.get(pk=alices.pk).tier == Tier.RANKED


def test_the_reason_has_a_short_name_too_and_can_be_changed(as_sam: Caller, path: str) -> None:
    as_sam.patch(path, {"status": "disqualified", "reason": REASON})
    shown = as_sam.patch(path, {"disqualificationReason": "A better reason"}).json()
    assert (shown["status"], shown["disqualificationReason"]) == ("disqualified", "A better reason")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"status": "disqualified"}, 400), ({"status": "active", "reason": REASON}, 400), ({"reason": REASON}, 409)],
)
def test_a_reason_goes_with_a_disqualification(as_sam: Caller, path: str, change: dict[str, str], status: int) -> None:
    answer = as_sam.patch(path, change)
    assert answer.status_code == status
    assert set(answer.json()) == {"disqualificationReason"}


def test_staff_sets_and_takes_away_the_capital(as_sam: Caller, path: str, alices: Participant) -> None:
    assert as_sam.patch(path, {"initialBalance": 12345.67}).json()["initialBalance"] == 12345.67
    alices.refresh_from_db()
    assert (alices.initial_balance, alices.baseline_source) == (Decimal("12345.67"), "organiser")
    assert as_sam.patch(path, {"initialBalance": None}).json()["initialBalance"] is None


def test_staff_withdraws_and_the_row_stays(as_sam: Caller, path: str, alices: Participant) -> None:
    assert as_sam.delete(path).status_code == 204
    assert as_sam.delete(path).status_code == 204
    alices.refresh_from_db()
    assert (alices.status, alices.standing.tier) == ("withdrawn", Tier.WITHDRAWN)


def test_who_is_disqualified_does_not_withdraw(as_sam: Caller, path: str) -> None:
    as_sam.patch(path, {"status": "disqualified", "reason": REASON})
    assert as_sam.delete(path).status_code == 409
    assert as_sam.patch(path, {"status": "withdrawn"}).status_code == 409


def test_another_account_can_be_made_to_count(as_sam: Caller, path: str, alices: Participant) -> None:
    has_equity(alices, "11000")
    assert as_sam.patch(path, {"accountLogin": "4711"}).json()["accountLogin"] == "4711"
    assert Account.objects.get(login="4711").owner_id == alices.user_id
    assert Standing.objects.get(pk=alices.pk).equity is None


def test_the_account_of_somebody_else_cannot_be_taken_and_then_nothing_changes(
    as_sam: Caller, path: str, bobs: Participant
) -> None:
    answer = as_sam.patch(path, {"accountLogin": BOB_LOGIN, "initialBalance": 1})
    assert (answer.status_code, answer.json()) == (409, {"detail": "This account belongs to somebody else."})
    answer = as_sam.patch(path, {"accountLogin": "4711", "status": "disqualified"})
    assert answer.status_code == 400
    assert not Account.objects.filter(login="4711").exists()
    assert Participant.objects.get(user__email="alice@example.com").initial_balance is None


def test_an_empty_change_is_not_told_to_anybody(as_sam: Caller, path: str, announced: Any) -> None:
    assert announced(lambda: as_sam.patch(path, {})) == []
    assert announced(lambda: as_sam.patch(path, {"status": "active"})) == []


def test_a_change_is_told(as_sam: Caller, path: str, announced: Any) -> None:
    assert len(announced(lambda: as_sam.patch(path, {"initialBalance": 1}))) == 1


def test_only_staff_changes_participants(anybody: Caller, as_alice: Caller, path: str) -> None:
    calls = [("PATCH", {"initialBalance": 1}), ("DELETE", None)]
    assert [anybody.send(method, path, body).status_code for method, body in calls] == [401, 401]
    assert [as_alice.send(method, path, body).status_code for method, body in calls] == [403, 403]


def test_a_participant_of_another_marathon_is_not_found(
    as_sam: Caller, alices: Participant, public_marathon: Marathon, bob: User
) -> None:
    other = take_part(public_marathon, bob, BOB_LOGIN)
    for participant_id in (other.pk, uuid.uuid4()):
        answer = as_sam.delete(f"marathons/{alices.marathon_id}/participants/{participant_id}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such participant."})
