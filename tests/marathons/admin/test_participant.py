"""Participants' pages in the admin: what organisers look for, change, and do to many at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from marathons.actions import disqualify
from marathons.clock import Stamp
from marathons.models import Account, Marathon, Participant, ParticipantStatus, Tier, User
from tests.cast import ALICE_LOGIN, crowd, has_equity, make_marathon
from tests.marathons.admin.forms import told

Submit = Callable[..., Any]
History = Callable[[Any], list[str]]
Announced = Callable[[Callable[[], Any]], list[Stamp]]
LIST = "/admin/marathons/participant/"


def page_of(participant: Participant) -> str:
    return f"{LIST}{participant.pk}/change/"


def listed(page: Any) -> list[Participant]:
    return list(page.context["cl"].result_list)


def test_the_list_shows_the_ranks_of_the_board(as_sam: Client, alices: Participant, bobs: Participant) -> None:
    has_equity(alices, "9000")
    has_equity(bobs, "11000")
    ranked = [(one.board_name, one.place) for one in listed(as_sam.get(LIST))]  # type: ignore[attr-defined]
    assert ranked == [("Bob Tester", 1), ("Alice Tester", 2)]


def test_a_rank_counts_those_who_are_not_on_the_page(as_sam: Client, alices: Participant, bobs: Participant) -> None:
    has_equity(alices, "9000")
    has_equity(bobs, "11000")
    found = listed(as_sam.get(LIST, {"q": "alice"}))
    assert [one.place for one in found] == [2]  # type: ignore[attr-defined]


def test_ranks_are_counted_in_each_marathon(as_sam: Client, alices: Participant, now: datetime) -> None:
    has_equity(alices, "9000")
    other = crowd(make_marathon(now, name="Other"), 1)[0]
    has_equity(other, "11000")
    assert [one.place for one in listed(as_sam.get(LIST))] == [1, 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["alice", "Tester", "alice@example.com", ALICE_LOGIN, "1"])
def test_a_participant_is_found_by_name_address_login_or_number(as_sam: Client, alices: Participant, text: str) -> None:
    assert alices in listed(as_sam.get(LIST, {"q": text}))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("tier=0", 1),
        ("tier=1", 1),
        ("baseline=common", 2),
        ("baseline=none", 0),
        ("data=fresh", 1),
        ("data=never", 1),
        ("data=silent", 0),
    ],
)
def test_the_list_is_filtered(as_sam: Client, alices: Participant, bobs: Participant, query: str, count: int) -> None:
    has_equity(alices, "10000")
    assert len(listed(as_sam.get(f"{LIST}?{query}"))) == count


def test_the_list_of_one_marathon_is_a_link_away(as_sam: Client, alices: Participant, now: datetime) -> None:
    crowd(make_marathon(now, name="Other"), 1)
    assert listed(as_sam.get(LIST, {"marathon": str(alices.marathon_id)})) == [alices]


@pytest.mark.parametrize("query", ["marathon=nonsense", "tier=nonsense", "tier=7", "baseline=nonsense", "data=x"])
def test_a_filter_that_is_not_offered_is_no_crash(as_sam: Client, alices: Participant, query: str) -> None:
    assert as_sam.get(f"{LIST}?{query}").status_code == 200


def test_the_page_shows_live_figures_and_their_age(as_sam: Client, alices: Participant, now: datetime) -> None:
    has_equity(alices, "10150.25", at=now - timedelta(minutes=5))
    page = as_sam.get(page_of(alices)).content.decode()
    assert "1.5025 %" in page
    assert "10150.25 USD" in page
    assert '<span class="silent">5 min</span>' in page


def test_participants_are_neither_added_nor_deleted_here(as_sam: Client, alices: Participant) -> None:
    assert as_sam.get(f"{LIST}add/").status_code == 403
    assert as_sam.post(f"{LIST}{alices.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in as_sam.get(LIST).content.decode()


def test_a_baseline_is_set(submit: Submit, alices: Participant, history_of: History, announced: Announced) -> None:
    stamps = announced(lambda: submit(page_of(alices), initial_balance="9500"))
    alices.refresh_from_db()
    assert (alices.initial_balance, alices.baseline_source) == (Decimal(9500), "organiser")
    assert len(stamps) == 1
    assert history_of(alices) == ["Changed Initial balance: nothing → 9500."]


def test_an_account_is_changed_only_when_confirmed(submit: Submit, alices: Participant, history_of: History) -> None:
    has_equity(alices, "10500")
    account = Account.objects.create(login="2002")
    assert "Tick this to change the account." in submit(page_of(alices), account=str(account.pk)).content.decode()
    submit(page_of(alices), account=str(account.pk), confirm="on")
    alices.refresh_from_db()
    assert alices.account == account
    assert alices.standing.tier == Tier.NO_DATA
    assert history_of(alices) == ["Changed Account: 1001 → 2002."]


def test_account_and_baseline_are_changed_together(submit: Submit, alices: Participant) -> None:
    account = Account.objects.create(login="2002")
    submit(page_of(alices), account=str(account.pk), confirm="on", initial_balance="700")
    alices.refresh_from_db()
    assert (alices.account, alices.initial_balance) == (account, Decimal(700))


def test_an_account_of_somebody_else_is_refused(submit: Submit, alices: Participant, charlie: User) -> None:
    account = Account.objects.create(login="2002", owner=charlie)
    page = submit(page_of(alices), account=str(account.pk), confirm="on")
    assert "This account belongs to somebody else." in page.content.decode()


def test_the_page_warns_where_only_the_feed_formula_is_left(as_sam: Client, now: datetime) -> None:
    lonely = crowd(make_marathon(now, initial_balance=None), 1)[0]
    assert "⚠ No baseline." in as_sam.get(page_of(lonely)).content.decode()


def test_a_disqualification_asks_for_its_reason(
    as_sam: Client, submit: Submit, alices: Participant, history_of: History
) -> None:
    url = f"{LIST}{alices.pk}/disqualify/"
    assert "This field is required." in submit(url).content.decode()
    page = submit(url, reason="Two accounts")
    alices.refresh_from_db()
    assert (alices.status, alices.disqualification_reason) == ("disqualified", "Two accounts")
    assert page.redirect_chain[-1][0] == page_of(alices)
    assert history_of(alices) == ["Status: active → disqualified: Two accounts"]
    assert history_of(alices.marathon) == ["Alice Tester (number 1): Status: active → disqualified: Two accounts"]


def test_many_are_disqualified_from_the_list_with_one_stamp(
    as_sam: Client, alices: Participant, bobs: Participant, announced: Announced
) -> None:
    chosen = {"action": "disqualify", "_selected_action": [str(alices.pk), str(bobs.pk)]}
    question = as_sam.post(LIST, chosen).content.decode()
    assert "Alice Tester" in question
    assert "Bob Tester" in question
    answer = chosen | {"confirmed": "yes", "reason": "Collusion"}
    assert len(announced(lambda: as_sam.post(LIST, answer))) == 1
    assert set(Participant.objects.values_list("status", flat=True)) == {"disqualified"}


def test_all_that_match_are_chosen_also_beyond_the_page(
    as_sam: Client, marathon: Marathon, history_of: History
) -> None:
    first, *_ = crowd(marathon, 105)
    chosen = {"action": "withdraw", "select_across": "1", "_selected_action": [str(first.pk)]}
    question = as_sam.post(f"{LIST}?q=crowd", chosen).content.decode()
    assert "This is about 105 participants" in question
    assert "and 85 more" in question
    as_sam.post(f"{LIST}?q=crowd", chosen | {"confirmed": "yes"})
    assert not Participant.objects.exclude(status="withdrawn").exists()
    assert history_of(first) == ["Status: active → withdrawn"]
    assert history_of(marathon) == ["Withdrawn: 105 participants"]


def test_reinstating_says_what_it_undid(submit: Submit, alices: Participant, history_of: History) -> None:
    disqualify(alices, "Two accounts")
    submit(f"{LIST}{alices.pk}/reinstate/")
    alices.refresh_from_db()
    assert (alices.status, alices.disqualification_reason) == (ParticipantStatus.ACTIVE, "")
    assert history_of(alices) == ["Status: disqualified: Two accounts → active"]


def test_who_is_disqualified_cannot_be_withdrawn(submit: Submit, alices: Participant, history_of: History) -> None:
    disqualify(alices, "Two accounts")
    page = submit(f"{LIST}{alices.pk}/withdraw/")
    assert told(page) == "Nothing was changed. Number 1 is disqualified, and so cannot withdraw."
    assert history_of(alices) == []


def test_capturing_a_baseline_of_one(submit: Submit, now: datetime) -> None:
    lonely = crowd(make_marathon(now, initial_balance=None), 1)[0]
    has_equity(lonely, "10500")
    submit(f"{LIST}{lonely.pk}/capture/")
    lonely.refresh_from_db()
    assert lonely.initial_balance == 10_500


def test_capturing_where_there_is_nothing_to_capture_is_told(submit: Submit, alices: Participant) -> None:
    assert "Baselines captured: 0 of 1." in told(submit(f"{LIST}{alices.pk}/capture/"))


def test_deeds_are_not_done_by_looking_at_their_page(as_sam: Client, alices: Participant) -> None:
    as_sam.get(f"{LIST}{alices.pk}/withdraw/")
    alices.refresh_from_db()
    assert alices.status == ParticipantStatus.ACTIVE


def test_the_number_of_queries_does_not_grow_with_the_list(
    as_sam: Client, marathon: Marathon, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    crowd(marathon, 10)
    with django_assert_max_num_queries(12) as few:
        as_sam.get(LIST)
    for one in crowd(make_marathon(marathon.starts_at, name="Other"), 0) or Participant.objects.all():
        has_equity(one, "10000")
    with django_assert_num_queries(len(few)):
        as_sam.get(LIST)
