"""POST marathons/{id}/participants: one or many, all or nothing."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from marathons.models import Account, Marathon, Participant, User
from tests.cast import ALICE_LOGIN
from tests.marathons.api.caller import Caller

ENTRY = {"email": "Nina@Example.com", "firstName": "Nina", "lastName": "North", "accountLogin": "555"}


@pytest.fixture
def path(public_marathon: Marathon) -> str:
    return f"marathons/{public_marathon.pk}/participants"


def lines(count: int) -> list[dict[str, Any]]:
    return [{"email": f"p{n}@example.com", "accountLogin": str(7000 + n)} for n in range(count)]


def test_one_entry_is_answered_with_the_participant(as_sam: Caller, path: str) -> None:
    answer = as_sam.post(path, {**ENTRY, "initialBalance": 5000})
    nina = User.objects.get(email="nina@example.com")
    assert answer.status_code == 201
    shown = answer.json()
    assert shown == {
        "id": shown["id"],
        "bib": 1,
        "userId": str(nina.pk),
        "userName": "Nina North",
        "accountLogin": "555",
        "initialBalance": 5000,
        "status": "active",
        "disqualificationReason": None,
        "joinedAt": shown["joinedAt"],
    }


def test_a_user_made_by_an_entry_cannot_log_in(as_sam: Caller, path: str) -> None:
    as_sam.post(path, ENTRY)
    nina = User.objects.get(email="nina@example.com")
    assert not nina.has_usable_password()
    assert Account.objects.get(login="555").owner == nina


def test_who_has_told_no_name_is_called_by_number_and_never_by_address(as_sam: Caller, path: str) -> None:
    answer = as_sam.post(path, lines(1)[0])
    assert answer.json()["userName"] == "Trader 1"
    assert b"@" not in answer.content


def test_a_login_may_come_as_an_integer(as_sam: Caller, path: str) -> None:
    assert as_sam.post(path, {**ENTRY, "accountLogin": 261632689}).json()["accountLogin"] == "261632689"


def test_a_list_is_taken_in_its_order(as_sam: Caller, path: str) -> None:
    answer = as_sam.post(path, lines(3))
    assert answer.status_code == 201
    assert [(one["bib"], one["accountLogin"]) for one in answer.json()] == [(1, "7000"), (2, "7001"), (3, "7002")]


def test_a_list_with_wrong_lines_is_refused_as_a_whole_and_every_line_named(as_sam: Caller, path: str) -> None:
    sent = [*lines(2), {"email": "nobody", "accountLogin": ""}, "text", {"email": "x@example.com"}, *lines(1)]
    answer = as_sam.post(path, sent)
    assert answer.status_code == 400
    errors = answer.json()
    assert set(errors) == {"2", "3", "4"}
    assert set(errors["2"]) == {"email", "accountLogin"}
    assert errors["3"] == {"detail": "Invalid data. Expected a dictionary, but got str."}
    assert errors["4"] == {"accountLogin": ["This field is required."]}
    assert not Participant.objects.exists()


def test_lines_that_collide_are_named_too(
    as_sam: Caller, path: str, alices: Participant, charlie: User, public_marathon: Marathon
) -> None:
    assert as_sam.post(path, {"email": charlie.email, "accountLogin": "1"}).status_code == 201
    first, second = lines(2)
    sent = [
        first,
        {**second, "email": "P0@EXAMPLE.COM"},
        {**second, "accountLogin": first["accountLogin"]},
        {"email": charlie.email, "accountLogin": "2"},
        {"email": "y@example.com", "accountLogin": ALICE_LOGIN},
    ]
    errors = as_sam.post(path, sent).json()
    assert errors == {
        "1": {"email": ["This e-mail address is in the list twice."]},
        "2": {"accountLogin": ["This account is in the list twice."]},
        "3": {"email": ["This user already takes part in this marathon."]},
        "4": {"accountLogin": ["This account belongs to somebody else."]},
    }
    assert public_marathon.participants.count() == 1


def test_the_same_collision_of_a_single_entry_is_a_conflict_that_names_the_field(as_sam: Caller, path: str) -> None:
    as_sam.post(path, ENTRY)
    answer = as_sam.post(path, ENTRY)
    assert answer.status_code == 409
    assert set(answer.json()) == {"email", "accountLogin"}


def test_a_full_marathon_is_a_conflict(as_sam: Caller, path: str, public_marathon: Marathon) -> None:
    Marathon.objects.filter(pk=public_marathon.pk).update(max_players=2)
    assert as_sam.post(path, lines(3)).status_code == 409
    assert as_sam.post(path, lines(2)).status_code == 201


@pytest.mark.parametrize("count", [0, 10_001])
def test_a_list_has_an_end(as_sam: Caller, path: str, count: int) -> None:
    answer = as_sam.post(path, lines(count))
    assert (answer.status_code, answer.json()) == (400, {"detail": "A list has 1 to 10000 entries."})


def test_a_long_list_takes_few_queries(
    as_sam: Caller, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(200):
        assert len(as_sam.post(path, lines(2_000)).json()) == 2_000


def test_only_staff_enters_others(anybody: Caller, as_charlie: Caller, path: str) -> None:
    assert anybody.post(path, ENTRY).status_code == 401
    assert as_charlie.post(path, ENTRY).status_code == 403


def test_entries_are_stamped_and_told_once(as_sam: Caller, path: str, announced: Any) -> None:
    stamps = announced(lambda: as_sam.post(path, lines(5)))
    assert len(stamps) == 1
    assert set(Participant.objects.values_list("standing__stamp", flat=True)) == {stamps[0].seq}
