"""A marathon's pages in the admin: every change through the actions, every change in the history."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from marathons.clock import Stamp
from marathons.enrolment import Entry, enrol
from marathons.models import Account, Clock, Marathon, Participant, User
from tests.cast import BOB_LOGIN, crowd, has_equity, make_marathon
from tests.marathons.admin.forms import filled_in, told

Submit = Callable[..., Any]
History = Callable[[Any], list[str]]
Announced = Callable[[Callable[[], Any]], list[Stamp]]
LIST = "/admin/marathons/marathon/"


def page_of(marathon: Marathon) -> str:
    return reverse("admin:marathons_marathon_change", args=[marathon.pk])


def test_a_stranger_is_sent_to_the_login_page(client: Client, charlie: User, marathon: Marathon) -> None:
    client.force_login(charlie)
    for url in (LIST, page_of(marathon), f"{LIST}{marathon.pk}/enter/", f"{LIST}{marathon.pk}/csv/"):
        assert "/admin/login/" in client.get(url).headers["Location"]


def test_the_list_shows_status_players_and_baselines(as_sam: Client, alices: Participant, marathon: Marathon) -> None:
    page = as_sam.get(LIST).content.decode()
    assert "Ongoing" in page
    assert '<td class="field-players">1</td>' in page
    assert '<td class="field-baselines">known</td>' in page


def test_the_list_warns_of_participants_without_a_baseline(as_sam: Client, now: datetime) -> None:
    crowd(make_marathon(now, initial_balance=None), 3)
    assert "⚠ 3 of 3 without" in as_sam.get(LIST).content.decode()


@pytest.mark.parametrize(("status", "shown"), [("upcoming", 0), ("ongoing", 1), ("finished", 0), ("cancelled", 0)])
def test_the_list_filters_by_status(as_sam: Client, marathon: Marathon, status: str, shown: int) -> None:
    assert as_sam.get(LIST, {"status": status}).context["cl"].result_count == shown


def test_the_list_is_searched_by_name(as_sam: Client, marathon: Marathon) -> None:
    assert as_sam.get(LIST, {"q": "autumn"}).context["cl"].result_count == 1
    assert as_sam.get(LIST, {"q": "spring"}).context["cl"].result_count == 0


def test_a_new_marathon_leads_to_the_page_where_participants_are_entered(submit: Submit) -> None:
    page = submit(
        f"{LIST}add/",
        name="Winter",
        starts_at_0="2030-01-01",
        starts_at_1="12:00",
        ends_at_0="2030-02-01",
        ends_at_1="12:00",
    )
    marathon = Marathon.objects.get(name="Winter")
    assert page.redirect_chain[-1][0] == page_of(marathon)
    assert marathon.stamp > 0


def test_a_marathon_that_ends_before_it_starts_is_refused(submit: Submit) -> None:
    page = submit(
        f"{LIST}add/",
        name="Winter",
        starts_at_0="2030-02-01",
        starts_at_1="12:00",
        ends_at_0="2030-01-01",
        ends_at_1="12:00",
    )
    assert "A marathon ends after it starts." in page.content.decode()


def test_a_changed_name_takes_a_stamp_and_is_announced(
    submit: Submit, marathon: Marathon, announced: Announced
) -> None:
    before = Clock.objects.get().value
    stamps = announced(lambda: submit(page_of(marathon), name="Renamed"))
    assert [stamp.seq for stamp in stamps] == [before + 1]
    assert set(stamps[0].since) == {marathon.pk}


def test_the_history_has_the_old_and_the_new_value(submit: Submit, marathon: Marathon, history_of: History) -> None:
    submit(page_of(marathon), name="Renamed", visibility="public", max_players="20")
    line = history_of(marathon)[-1]
    assert "Name: Autumn marathon → Renamed" in line
    assert "Visibility: Private: its participants and staff → Public: every user, and visitors of its page" in line
    assert "Max players: nothing → 20" in line


def test_only_what_was_changed_is_written(as_sam: Client, submit: Submit, marathon: Marathon) -> None:
    stale = filled_in(as_sam.get(page_of(marathon)), {"name": "Renamed"})
    Marathon.objects.filter(pk=marathon.pk).update(description="by somebody else")
    stale["description"] = "by somebody else"
    as_sam.post(page_of(marathon), stale)
    marathon.refresh_from_db()
    assert (marathon.name, marathon.description) == ("Renamed", "by somebody else")


def test_nothing_changed_takes_no_stamp(submit: Submit, marathon: Marathon) -> None:
    before = Clock.objects.get().value
    submit(page_of(marathon))
    assert Clock.objects.get().value == before


def test_the_end_of_a_running_marathon_is_changed_only_when_confirmed(submit: Submit, marathon: Marathon) -> None:
    refused = submit(page_of(marathon), ends_at_0="2040-01-01")
    assert "The marathon has begun. Tick this to change: ends at." in refused.content.decode()
    submit(page_of(marathon), ends_at_0="2040-01-01", confirm="on")
    marathon.refresh_from_db()
    assert marathon.ends_at.year == 2040


def test_an_upcoming_marathon_asks_for_no_confirmation(submit: Submit, now: datetime) -> None:
    marathon = make_marathon(now, starts_at=now + timedelta(days=1))
    submit(page_of(marathon), initial_balance="5000")
    marathon.refresh_from_db()
    assert marathon.initial_balance == 5000


def test_amounts_are_shown_without_the_zeros_of_the_column(as_sam: Client, marathon: Marathon) -> None:
    assert 'name="initial_balance" value="10000"' in as_sam.get(page_of(marathon)).content.decode()


def test_the_page_lists_participants_in_the_order_of_the_board(
    as_sam: Client, marathon: Marathon, alices: Participant, bobs: Participant
) -> None:
    has_equity(alices, "9000")
    has_equity(bobs, "11000")
    page = as_sam.get(page_of(marathon)).content.decode()
    assert page.index("Bob Tester") < page.index("Alice Tester")
    assert "10.0000 %" in page


def test_the_page_warns_of_participants_without_a_baseline(as_sam: Client, now: datetime) -> None:
    marathon = make_marathon(now, initial_balance=None)
    crowd(marathon, 2)
    page = as_sam.get(page_of(marathon)).content.decode()
    assert "⚠ 2 of 2 participants have no baseline." in page
    assert "forgets every closed trade" in page


def test_before_the_start_the_page_says_that_baselines_will_be_captured(as_sam: Client, now: datetime) -> None:
    marathon = make_marathon(now, initial_balance=None, starts_at=now + timedelta(hours=1))
    crowd(marathon, 2)
    page = as_sam.get(page_of(marathon)).content.decode()
    assert "it is captured from the first snapshot after the start" in page
    assert "⚠ 2 of 2" not in page


def test_a_baseline_set_inline_goes_through_the_action(
    submit: Submit, marathon: Marathon, alices: Participant, history_of: History, announced: Announced
) -> None:
    stamps = announced(lambda: submit(page_of(marathon), **{"participants-2-0-initial_balance": "12000.5"}))
    alices.refresh_from_db()
    assert (alices.initial_balance, alices.baseline_source) == (Decimal("12000.5"), "organiser")
    assert alices.baseline_at is not None
    assert alices.standing.stamp == stamps[-1].seq
    assert "Initial balance: nothing → 12000.5" in history_of(marathon)[-1]
    assert history_of(alices) == ["Initial balance: nothing → 12000.5"]


def test_a_baseline_that_is_no_capital_is_refused_at_its_field(
    submit: Submit, marathon: Marathon, alices: Participant
) -> None:
    page = submit(page_of(marathon), **{"participants-2-0-initial_balance": "-1"})
    assert "errornote" in page.content.decode()
    alices.refresh_from_db()
    assert alices.initial_balance is None


def test_a_participant_is_added_inline(
    submit: Submit, marathon: Marathon, alices: Participant, bob: User, history_of: History
) -> None:
    account = Account.objects.create(login=BOB_LOGIN)
    page = submit(page_of(marathon), **newcomer(bob, account, initial_balance="500"))
    bobs = Participant.objects.get(user=bob)
    assert (bobs.bib, bobs.account.login, bobs.initial_balance) == (2, BOB_LOGIN, Decimal(500))
    assert bobs.standing.stamp > 0
    assert history_of(marathon)[-1].startswith("Added participant “Bob Tester (number 2)”")
    assert "was changed successfully" in told(page)


def newcomer(user: User, account: Account, **more: str) -> dict[str, str]:
    values = {"user": str(user.pk), "account": str(account.pk), **more}
    return {"participants-TOTAL_FORMS": "1"} | {f"participants-0-{name}": value for name, value in values.items()}


def test_a_newcomer_with_an_account_that_plays_already_is_refused_at_that_field(
    submit: Submit, marathon: Marathon, alices: Participant, bob: User
) -> None:
    page = submit(page_of(marathon), **newcomer(bob, alices.account))
    assert "This account already takes part in this marathon." in page.content.decode()
    assert not Participant.objects.filter(user=bob).exists()


def test_nobody_is_added_to_a_full_marathon(submit: Submit, now: datetime, bob: User) -> None:
    marathon = make_marathon(now, max_players=1)
    crowd(marathon, 1)
    page = submit(page_of(marathon), **newcomer(bob, Account.objects.create(login=BOB_LOGIN)))
    assert "The marathon is full: it takes 1 players." in page.content.decode()


def test_participants_are_shown_fifty_at_a_time(as_sam: Client, marathon: Marathon) -> None:
    crowd(marathon, 120)
    first, last = as_sam.get(page_of(marathon)), as_sam.get(page_of(marathon), {"rows": "3"})
    assert first.content.decode().count('class="form-row has_original') == 50
    assert last.content.decode().count('class="form-row has_original') == 20
    assert "101 to 120 of 120" in last.content.decode()


def test_a_page_further_down_is_saved_to_the_rows_that_it_showed(
    as_sam: Client, submit: Submit, marathon: Marathon
) -> None:
    crowd(marathon, 60)
    url = f"{page_of(marathon)}?rows=2"
    shown = as_sam.get(url).context["inline_admin_formsets"][1].formset.get_queryset()[0]
    submit(url, **{"participants-2-0-initial_balance": "777"})
    assert list(Participant.objects.filter(initial_balance=777)) == [shown]


def test_a_row_is_saved_also_if_it_moved_in_the_meantime(
    as_sam: Client, marathon: Marathon, alices: Participant, bobs: Participant
) -> None:
    has_equity(alices, "11000")
    values = filled_in(as_sam.get(page_of(marathon)), {"participants-2-0-initial_balance": "777"})
    has_equity(bobs, "12000")
    as_sam.post(page_of(marathon), values)
    assert list(Participant.objects.filter(initial_balance=777)) == [alices]


@pytest.mark.parametrize("rows", ["0", "99", "nonsense", "-1"])
def test_a_page_that_does_not_exist_is_the_nearest_one(
    as_sam: Client, marathon: Marathon, alices: Participant, rows: str
) -> None:
    assert as_sam.get(page_of(marathon), {"rows": rows}).status_code == 200


def test_participants_cannot_be_deleted_here(as_sam: Client, marathon: Marathon, alices: Participant) -> None:
    assert "-DELETE" not in as_sam.get(page_of(marathon)).content.decode().split("participants-2-group")[1]


def test_cancelling_asks_first_and_then_stands_in_the_history(
    as_sam: Client, submit: Submit, marathon: Marathon, history_of: History
) -> None:
    url = f"{LIST}{marathon.pk}/cancel/"
    assert "This cannot be undone." in as_sam.get(url).content.decode()
    assert Marathon.objects.filter(pk=marathon.pk, cancelled_at=None).exists()
    submit(url)
    assert Marathon.objects.filter(pk=marathon.pk, cancelled_at__isnull=False).exists()
    assert history_of(marathon) == ["Cancelled"]


def test_cancelling_twice_is_refused_in_words(submit: Submit, marathon: Marathon) -> None:
    submit(f"{LIST}{marathon.pk}/cancel/")
    page = submit(f"{LIST}{marathon.pk}/cancel/")
    assert told(page) == "Nothing was changed. The marathon is already cancelled."


def test_marathons_are_cancelled_from_the_list(as_sam: Client, marathon: Marathon, public_marathon: Marathon) -> None:
    chosen = {"action": "cancel", "_selected_action": [str(marathon.pk), str(public_marathon.pk)]}
    question = as_sam.post(LIST, chosen)
    assert "Open marathon" in question.content.decode()
    as_sam.post(LIST, chosen | {"confirmed": "yes"})
    assert Marathon.objects.filter(cancelled_at__isnull=False).count() == 2


def test_one_marathon_that_cannot_be_cancelled_keeps_all_from_it(
    as_sam: Client, marathon: Marathon, now: datetime
) -> None:
    over = make_marathon(now, starts_at=now - timedelta(days=3), ends_at=now - timedelta(days=1))
    chosen = {"action": "cancel", "_selected_action": [str(marathon.pk), str(over.pk)], "confirmed": "yes"}
    page = as_sam.post(LIST, chosen, follow=True)
    assert "Nothing was changed." in told(page)
    assert not Marathon.objects.filter(cancelled_at__isnull=False).exists()


def test_capturing_for_all_takes_the_present_equity(submit: Submit, now: datetime, history_of: History) -> None:
    marathon = make_marathon(now, initial_balance=None)
    first, second = crowd(marathon, 2)
    has_equity(first, "10500")
    page = submit(f"{LIST}{marathon.pk}/capture/")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.initial_balance, first.baseline_source) == (Decimal(10_500), "captured")
    assert second.initial_balance is None
    assert "Baselines captured: 1" in told(page)
    assert history_of(first) == ["Baseline captured: nothing → 10500"]
    assert history_of(marathon) == ["P0 Crowd (number 1): Baseline captured: nothing → 10500"]


def test_a_marathon_that_has_begun_cannot_be_deleted(as_sam: Client, marathon: Marathon, alices: Participant) -> None:
    assert as_sam.post(f"{LIST}{marathon.pk}/delete/", {"post": "yes"}).status_code == 403
    as_sam.post(LIST, {"action": "delete_selected", "_selected_action": [str(marathon.pk)], "post": "yes"})
    assert Marathon.objects.filter(pk=marathon.pk).exists()


def test_one_that_has_not_begun_is_deleted_with_its_participants(as_sam: Client, now: datetime) -> None:
    marathon = make_marathon(now, starts_at=now + timedelta(days=1))
    crowd(marathon, 2)
    as_sam.post(f"{LIST}{marathon.pk}/delete/", {"post": "yes"})
    assert not Marathon.objects.filter(pk=marathon.pk).exists()
    assert Account.objects.count() == 2


def test_marathons_that_have_not_begun_are_deleted_from_the_list(as_sam: Client, now: datetime) -> None:
    marathon = make_marathon(now, starts_at=now + timedelta(days=1))
    as_sam.post(LIST, {"action": "delete_selected", "_selected_action": [str(marathon.pk)], "post": "yes"})
    assert not Marathon.objects.exists()


@pytest.mark.parametrize("url", [LIST, "change", f"{LIST}?q=marathon"])
def test_the_number_of_queries_does_not_grow_with_the_participants(
    as_sam: Client, marathon: Marathon, django_assert_num_queries: Any, django_assert_max_num_queries: Any, url: str
) -> None:
    address = page_of(marathon) if url == "change" else url
    crowd(marathon, 60)
    with django_assert_max_num_queries(16) as few:
        as_sam.get(address)
    enrol(marathon, [Entry(f"q{n}@example.com", f"q{n}") for n in range(140)], marathon.starts_at)
    with django_assert_num_queries(len(few)):
        as_sam.get(address)
