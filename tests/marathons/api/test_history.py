"""What staff does over HTTP stands in Django's admin history, in the words that the admin has for it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry

from marathons.models import Account, Marathon, Participant, User
from tests.cast import make_marathon
from tests.marathons.api.caller import Caller

History = Callable[[Any], list[str]]


@pytest.fixture
def path(alices: Participant) -> str:
    return f"marathons/{alices.marathon_id}/participants/{alices.pk}"


@pytest.fixture
def upcoming(db: None, now: datetime) -> Marathon:
    return make_marathon(now, starts_at=now + timedelta(days=1))


def flags() -> list[int]:
    return list(LogEntry.objects.order_by("pk").values_list("action_flag", flat=True))


def test_a_marathon_is_added_in_the_name_of_who_did_it(as_sam: Caller, sam: User, now: datetime) -> None:
    times = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=1)).isoformat()}
    created = as_sam.post("marathons", {"name": "Sprint", **times}).json()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.object_repr) == (sam, created["id"], "Sprint")
    assert (entry.action_flag, entry.get_change_message()) == (ADDITION, "Added.")


def test_a_change_names_each_field_with_the_old_value_and_the_new(
    as_sam: Caller, upcoming: Marathon, history_of: History
) -> None:
    sent = {"positionsVisibility": "public", "initialBalance": 5000, "name": upcoming.name, "rules": {"minTrades": 3}}
    assert as_sam.patch(f"marathons/{upcoming.pk}", sent).status_code == 200
    assert history_of(upcoming) == [
        "Changed Positions visibility: Participants see their own positions and orders only → Everybody who sees the "
        "board sees positions and orders, Initial balance: 10000 → 5000 and Rule: minimum trades: nothing → 3."
    ]


def test_what_was_sent_but_is_the_same_leaves_no_line(as_sam: Caller, upcoming: Marathon, history_of: History) -> None:
    as_sam.patch(f"marathons/{upcoming.pk}", {"name": upcoming.name})
    assert history_of(upcoming) == []


def test_cancelling_and_deleting_leave_their_lines(as_sam: Caller, upcoming: Marathon, history_of: History) -> None:
    as_sam.patch(f"marathons/{upcoming.pk}", {"status": "cancelled"})
    as_sam.delete(f"marathons/{upcoming.pk}")
    assert (history_of(upcoming), flags()) == (["Cancelled", ""], [CHANGE, DELETION])


def test_a_marathon_that_is_not_deleted_leaves_none(as_sam: Caller, alices: Participant, history_of: History) -> None:
    assert as_sam.delete(f"marathons/{alices.marathon_id}").status_code == 409
    assert history_of(alices.marathon) == []


def test_a_status_stands_at_the_participant_and_at_the_marathon(
    as_sam: Caller, path: str, alices: Participant, history_of: History
) -> None:
    as_sam.patch(path, {"status": "disqualified", "reason": "Two accounts"})
    as_sam.patch(path, {"status": "active"})
    as_sam.delete(path)
    lines = [
        "Status: active → disqualified: Two accounts",
        "Status: disqualified: Two accounts → active",
        "Status: active → withdrawn",
    ]
    assert history_of(alices) == lines
    assert history_of(alices.marathon) == [f"Alice Tester (number 1): {line}" for line in lines]


def test_a_refused_change_leaves_no_line(as_sam: Caller, path: str, alices: Participant, history_of: History) -> None:
    as_sam.patch(path, {"status": "disqualified", "reason": "Two accounts"})
    assert as_sam.delete(path).status_code == 409
    assert len(history_of(alices)) == 1


def test_a_baseline_and_an_account_stand_at_the_participant(
    as_sam: Caller, path: str, alices: Participant, history_of: History
) -> None:
    as_sam.patch(path, {"initialBalance": 9500, "accountLogin": "2002"})
    as_sam.patch(path, {"initialBalance": 9500})
    assert history_of(alices) == ["Changed Account: 1001 → 2002.", "Changed Initial balance: nothing → 9500."]
    assert history_of(Account.objects.get(login="2002")) == ["Added."]


def test_who_enters_is_named_at_the_marathon_and_a_list_is_counted(
    as_sam: Caller, public_marathon: Marathon, history_of: History
) -> None:
    listed = f"marathons/{public_marathon.pk}/participants"
    as_sam.post(listed, {"email": "nina@example.com", "firstName": "Nina", "accountLogin": "1"})
    as_sam.post(listed, [{"email": f"p{n}@example.com", "accountLogin": f"{n}"} for n in range(2, 5)])
    assert history_of(public_marathon) == [
        "Added participant “Nina (number 1)”.",
        "Entered 3 participants from a list: numbers 2 to 4",
    ]


def test_what_users_do_for_themselves_is_not_the_staffs(as_alice: Caller, upcoming: Marathon) -> None:
    assert as_alice.post(f"marathons/{upcoming.pk}/join", {"accountLogin": "1001"}).status_code == 201
    assert as_alice.delete(f"marathons/{upcoming.pk}/participation").status_code == 204
    assert not LogEntry.objects.exists()
