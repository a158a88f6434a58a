"""Marathons over HTTP: who sees which, and what staff may do with them."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from marathons.actions import cancel, withdraw
from marathons.api.marathons import of_status
from marathons.models import Marathon, MarathonStatus, Participant
from tests.cast import crowd, make_marathon
from tests.marathons.api.caller import Caller

NEW = {"name": "Spring", "startsAt": "2026-03-01T09:00:00Z", "endsAt": "2026-03-31T21:00:00+02:00"}
NO_RULES = {
    "minTrades": None,
    "maxDrawdownPercent": None,
    "dailyDrawdownPercent": None,
    "floatingRiskPercent": None,
    "minProfitPercent": None,
}


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [marathon["name"] for marathon in answer.json()["data"]]


def test_staff_creates_a_marathon_with_little(as_sam: Caller) -> None:
    answer = as_sam.post("marathons", NEW)
    shown = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == f"/apiv1/marathons/{shown['id']}"
    assert shown == {
        "id": shown["id"],
        "name": "Spring",
        "description": "",
        "startsAt": "2026-03-01T09:00:00.000Z",
        "endsAt": "2026-03-31T19:00:00.000Z",
        "status": shown["status"],
        "visibility": "public",
        "positionsVisibility": "own",
        "initialBalance": None,
        "maxPlayers": None,
        "entryFee": None,
        "awardsAmount": None,
        "rules": NO_RULES,
        "currentPlayers": 0,
        "isParticipant": False,
        "createdAt": shown["createdAt"],
    }


def test_staff_creates_a_marathon_with_everything(as_sam: Caller) -> None:
    sent = {
        **NEW,
        "description": "All of it",
        "visibility": "private",
        "positionsVisibility": "public",
        "initialBalance": 10000.5,
        "maxPlayers": 12,
        "entryFee": 0,
        "awardsAmount": 123456789012345,
        "rules": {**NO_RULES, "minTrades": 3, "maxDrawdownPercent": 12.5},
    }
    shown = as_sam.post("marathons", sent).json()
    assert {name: shown[name] for name in sent} == {
        **sent,
        "startsAt": "2026-03-01T09:00:00.000Z",
        "endsAt": "2026-03-31T19:00:00.000Z",
    }
    assert Marathon.objects.get(pk=shown["id"]).max_drawdown_percent == Decimal("12.5")


def test_a_marathon_may_be_created_already_under_way(as_sam: Caller, now: datetime) -> None:
    times = {"startsAt": (now - timedelta(hours=1)).isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
    shown = as_sam.post("marathons", {**NEW, **times}).json()
    assert shown["status"] == "ongoing"
    assert not Marathon.objects.get(pk=shown["id"]).captures_baselines


def test_only_staff_writes(anybody: Caller, as_charlie: Caller, public_marathon: Marathon) -> None:
    path = f"marathons/{public_marathon.pk}"
    calls = [("POST", "marathons", NEW), ("PATCH", path, {}), ("DELETE", path, None)]
    assert [anybody.send(*call).status_code for call in calls] == [401, 401, 401]
    assert [as_charlie.send(*call).status_code for call in calls] == [403, 403, 403]


def test_who_may_not_write_learns_nothing_about_what_exists(as_charlie: Caller, marathon: Marathon) -> None:
    answers = [as_charlie.patch(f"marathons/{id_}", {}) for id_ in (marathon.pk, uuid.uuid4())]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (403, {"detail": "Only staff may do this."})
    ] * 2


def test_a_private_marathon_is_shown_to_its_people_only(
    anybody: Caller, as_alice: Caller, as_charlie: Caller, as_sam: Caller, alices: Participant
) -> None:
    path = f"marathons/{alices.marathon_id}"
    callers = (anybody, as_charlie, as_alice, as_sam)
    assert [caller.get(path).status_code for caller in callers] == [404, 404, 200, 200]
    assert [caller.get("marathons").json()["total"] for caller in callers] == [0, 0, 1, 1]
    assert as_charlie.get(path).json() == as_charlie.get(f"marathons/{uuid.uuid4()}").json()


def test_who_withdrew_from_a_private_marathon_does_not_see_it_any_more(as_alice: Caller, alices: Participant) -> None:
    withdraw(alices)
    assert as_alice.get(f"marathons/{alices.marathon_id}").status_code == 404


def test_a_marathon_says_how_many_play_and_whether_the_caller_does(
    as_alice: Caller, as_bob: Caller, alices: Participant, bobs: Participant
) -> None:
    Marathon.objects.update(visibility="public")
    withdraw(bobs)
    path = f"marathons/{alices.marathon_id}"
    seen = [caller.get(path).json() for caller in (as_alice, as_bob)]
    assert [(one["currentPlayers"], one["isParticipant"]) for one in seen] == [(1, True), (1, False)]


def test_my_marathons_are_those_i_take_part_in(
    anybody: Caller, as_alice: Caller, alices: Participant, public_marathon: Marathon
) -> None:
    assert names(as_alice.get("marathons", myMarathons="true")) == ["Autumn marathon"]
    assert len(names(as_alice.get("marathons", myMarathons="false"))) == 2
    assert names(anybody.get("marathons", myMarathons="true")) == []


def test_lists_come_in_pages(anybody: Caller, now: datetime) -> None:
    for number in range(5):
        make_marathon(now - timedelta(days=number), name=f"M{number}")
    page = anybody.get("marathons", page=2, limit=2).json()
    assert [one["name"] for one in page.pop("data")] == ["M2", "M3"]
    assert page == {"total": 5, "page": 2, "limit": 2}
    assert anybody.get("marathons", page=9).json()["data"] == []
    assert anybody.get("marathons").json()["limit"] == 10


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"page": -1},
        {"page": "x"},
        {"page": "1.0"},
        {"page": "٣"},
        {"page": ""},
        {"page": 10**9},
        {"limit": 101},
        {"limit": 0},
        {"status": "open"},
        {"myMarathons": "yes"},
        {"search": "x" * 201},
        {"search": "\0"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused_by_name(anybody: Caller, query: dict[str, Any]) -> None:
    answer = anybody.get("marathons", **query)
    assert answer.status_code == 400
    assert set(answer.json()) == set(query)


def test_an_empty_value_counts_as_none_and_unknown_names_are_ignored(
    anybody: Caller, public_marathon: Marathon
) -> None:
    empty = dict.fromkeys(("search", "status", "myMarathons"), "")
    assert names(anybody.get("marathons", **empty, colour="red")) == ["Open marathon"]


def test_search_looks_at_name_and_description(anybody: Caller, now: datetime) -> None:
    make_marathon(now, name="Gold rush")
    make_marathon(now, name="Silver", description="for those who missed the GOLD")
    make_marathon(now, name="100% bronze_")
    assert set(names(anybody.get("marathons", search="gold"))) == {"Gold rush", "Silver"}
    assert names(anybody.get("marathons", search="0%")) == ["100% bronze_"]
    assert names(anybody.get("marathons", search="_")) == ["100% bronze_"]


def test_the_database_tells_the_status_like_the_model(db: None, now: datetime) -> None:
    second = timedelta(seconds=1)
    for shift in (-second, timedelta(0), second):
        make_marathon(now, starts_at=now + shift, ends_at=now + timedelta(days=1))
        make_marathon(now, starts_at=now - timedelta(days=1), ends_at=now + shift)
    cancel(make_marathon(now), now)
    for status in MarathonStatus:
        found = set(Marathon.objects.filter(of_status(status, now)))
        assert found == {one for one in Marathon.objects.all() if one.status_at(now) == status}
        assert found


def test_a_status_filters_the_list(anybody: Caller, now: datetime) -> None:
    make_marathon(now, name="Later", starts_at=now + timedelta(hours=1))
    make_marathon(now, name="Now")
    assert names(anybody.get("marathons", status="upcoming")) == ["Later"]
    assert names(anybody.get("marathons", status="ongoing")) == ["Now"]
    assert names(anybody.get("marathons", status="cancelled")) == []


def test_a_page_takes_the_same_few_queries_however_many_play(
    as_alice: Caller, alices: Participant, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        crowd(make_marathon(now, name=f"M{number}"), 3) if number == 0 else make_marathon(now, name=f"M{number}")
    with django_assert_max_num_queries(3):  # the caller, the page, the total
        assert len(names(as_alice.get("marathons"))) == 10


def test_a_change_touches_what_is_sent_and_nothing_else(as_sam: Caller, marathon: Marathon) -> None:
    path = f"marathons/{marathon.pk}"
    before = as_sam.patch(path, {"rules": {"minTrades": 3, "minProfitPercent": 1}}).json()
    after = as_sam.patch(path, {"name": "Winter", "rules": {"minTrades": None}}).json()
    assert after == {**before, "name": "Winter", "rules": {**NO_RULES, "minProfitPercent": 1}}


def test_a_change_is_stamped_and_told(as_sam: Caller, marathon: Marathon, announced: Any) -> None:
    stamps = announced(lambda: as_sam.patch(f"marathons/{marathon.pk}", {"name": "Winter"}))
    assert [list(stamp.since) for stamp in stamps] == [[marathon.pk]]
    marathon.refresh_from_db()
    assert marathon.stamp == stamps[0].seq


def test_an_empty_change_changes_nothing(as_sam: Caller, marathon: Marathon) -> None:
    before = Marathon.objects.values().get()
    assert as_sam.patch(f"marathons/{marathon.pk}", {}).status_code == 200
    assert Marathon.objects.values().get() == before


def test_an_end_before_the_start_is_refused_also_where_only_one_is_sent(as_sam: Caller, marathon: Marathon) -> None:
    backwards = {**NEW, "startsAt": NEW["endsAt"], "endsAt": NEW["startsAt"]}
    for answer in (
        as_sam.post("marathons", backwards),
        as_sam.patch(f"marathons/{marathon.pk}", {"endsAt": "2001-01-01T00:00:00Z"}),
        as_sam.patch(f"marathons/{marathon.pk}", {"startsAt": "2101-01-01T00:00:00Z"}),
    ):
        assert (answer.status_code, answer.json()) == (400, {"endsAt": ["A marathon ends after it starts."]})


def test_staff_cancels_for_good(as_sam: Caller, marathon: Marathon) -> None:
    path = f"marathons/{marathon.pk}"
    assert as_sam.patch(path, {"status": "cancelled"}).json()["status"] == "cancelled"
    again = as_sam.patch(path, {"status": "cancelled", "name": "Not taken either"})
    assert (again.status_code, again.json()) == (409, {"detail": "The marathon is already cancelled."})
    assert as_sam.get(path).json()["name"] == marathon.name
    assert as_sam.patch(path, {"status": "ongoing"}).status_code == 400


def test_one_that_has_not_begun_can_be_deleted(as_sam: Caller, now: datetime) -> None:
    later = make_marathon(now, starts_at=now + timedelta(days=1))
    crowd(later, 2)
    assert as_sam.delete(f"marathons/{later.pk}").status_code == 204
    assert not Marathon.objects.filter(pk=later.pk).exists()


def test_results_are_not_deleted(as_sam: Caller, alices: Participant) -> None:
    answer = as_sam.delete(f"marathons/{alices.marathon_id}")
    assert answer.status_code == 409
    assert "cancel it instead" in answer.json()["detail"]
