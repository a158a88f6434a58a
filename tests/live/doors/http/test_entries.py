"""Single entries over HTTP: a participant's, and an account's in all its marathons."""

import uuid
from datetime import datetime

import pytest

from marathons.models import Marathon, Participant, Standing, User
from tests.cast import ALICE_LOGIN, BOB_LOGIN, has_equity, make_marathon, take_part
from tests.marathons.api.caller import Caller


@pytest.fixture
def path(alices: Participant) -> str:
    has_equity(alices, "11000")
    Standing.objects.filter(pk=alices.pk).update(positions=[{"ticket": 1}])
    return f"marathons/{alices.marathon_id}/participants/{alices.pk}"


def test_a_participant_is_shown_with_its_rank(as_bob: Caller, path: str, bobs: Participant) -> None:
    has_equity(bobs, "12000")
    shown = as_bob.get(path).json()
    assert (shown["accountLogin"], shown["rank"], shown["equity"]) == (ALICE_LOGIN, 2, 11000)
    assert shown["marathonId"] == str(bobs.marathon_id)
    assert shown["positions"] == []


def test_everybody_sees_his_own_positions(as_alice: Caller, as_sam: Caller, path: str) -> None:
    assert as_alice.get(path).json()["positions"] == [{"ticket": 1}]
    assert as_sam.get(path).json()["positions"] == [{"ticket": 1}]


def test_a_participant_of_a_private_marathon_is_for_its_people(
    anybody: Caller, as_charlie: Caller, as_alice: Caller, path: str, marathon: Marathon
) -> None:
    assert [caller.get(path).status_code for caller in (anybody, as_charlie, as_alice)] == [404, 404, 200]
    assert as_alice.get(f"marathons/{marathon.pk}/participants/{uuid.uuid4()}").status_code == 404


def test_who_has_the_entry_is_not_sent_it_again(as_alice: Caller, path: str) -> None:
    tag = as_alice.get(path)["ETag"]
    assert as_alice.send("GET", path, **{"If-None-Match": tag}).status_code == 304


def test_staff_still_changes_a_participant_at_the_same_path(as_sam: Caller, as_alice: Caller, path: str) -> None:
    assert as_alice.patch(path, {"initialBalance": 5}).status_code == 403
    assert as_sam.patch(path, {"initialBalance": 5}).status_code == 200
    assert as_sam.delete(path).status_code == 204
    assert as_sam.get(path).json()["status"] == "withdrawn"


def test_an_account_has_an_entry_for_each_marathon_that_the_caller_may_see(
    as_alice: Caller, as_charlie: Caller, anybody: Caller, alice: User, alices: Participant, now: datetime
) -> None:
    elsewhere = take_part(make_marathon(now), alice, ALICE_LOGIN)
    has_equity(elsewhere, "11000")

    def seen(caller: Caller) -> dict[str, int | None]:
        body = caller.get(f"accounts/{ALICE_LOGIN}").json()
        assert body["accountLogin"] == ALICE_LOGIN
        return {entry["marathonId"]: entry["rank"] for entry in body["entries"]}

    both = {str(alices.marathon_id): None, str(elsewhere.marathon_id): 1}
    assert seen(as_alice) == both
    assert seen(as_charlie) == seen(anybody) == {str(elsewhere.marathon_id): 1}


def test_an_account_that_nobody_may_see_is_not_there(
    as_charlie: Caller, anybody: Caller, as_bob: Caller, alices: Participant, bobs: Participant
) -> None:
    assert as_charlie.get(f"accounts/{ALICE_LOGIN}").json() == {"detail": "There is no such account."}
    assert anybody.get(f"accounts/{ALICE_LOGIN}").status_code == 404
    assert anybody.get("accounts/nobody").status_code == 404
    assert as_bob.get(f"accounts/{ALICE_LOGIN}").status_code == 200
    assert as_bob.get(f"accounts/{BOB_LOGIN}/").status_code == 200


def test_more_marathons_cost_no_more_queries(
    as_alice: Caller, alice: User, alices: Participant, now: datetime, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_alice.get(f"accounts/{ALICE_LOGIN}").status_code == 200
        return len(captured)

    few = queries()
    for _ in range(3):
        take_part(make_marathon(now), alice, ALICE_LOGIN)
    assert queries() == few
