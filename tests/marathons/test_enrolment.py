"""Entering a marathon, by staff and by oneself."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marathons import clock, enrolment
from marathons.actions import ActionError, cancel, disqualify, withdraw
from marathons.clock import Stamp
from marathons.enrolment import Entry, EntryError, enrol, join, refusals
from marathons.models import Account, Clock, Marathon, Participant, Standing, Tier, User
from tests.cast import ALICE_LOGIN, BOB_LOGIN, crowd, has_equity, make_marathon, take_part

Announced = Callable[[Callable[[], Any]], list[Stamp]]


@pytest.fixture
def upcoming(db: None, now: datetime) -> Marathon:
    return make_marathon(now, starts_at=now + timedelta(hours=1))


def errors_of(marathon: Marathon, entries: list[Entry]) -> Any:
    with pytest.raises(EntryError) as caught:
        enrol(marathon, entries, marathon.starts_at)
    return caught.value.errors


def test_bibs_are_given_in_the_order_of_the_list(marathon: Marathon, now: datetime) -> None:
    entered = enrol(marathon, [Entry(f"{name}@example.com", name) for name in "cab"], now)
    assert [(one.bib, one.account.login) for one in entered] == [(1, "c"), (2, "a"), (3, "b")]
    assert enrol(marathon, [Entry("d@example.com", "d")], now)[0].bib == 4


def test_users_and_accounts_that_do_not_exist_are_created(marathon: Marathon, now: datetime) -> None:
    enrol(marathon, [Entry(" New@Example.com ", "77", "New", "Comer", Decimal("12.5"))], now)
    one = Participant.objects.get()
    assert (one.user.email, one.board_name, one.account.owner) == ("new@example.com", "New Comer", one.user)
    assert not one.user.has_usable_password()
    assert (one.initial_balance, one.baseline_source, one.baseline_at) == (Decimal("12.5"), "organiser", now)


def test_users_and_accounts_that_exist_are_taken(marathon: Marathon, alice: User, now: datetime) -> None:
    account = Account.objects.create(login=ALICE_LOGIN)
    enrol(marathon, [Entry("ALICE@example.com", ALICE_LOGIN, "Not", "Renamed")], now)
    account.refresh_from_db()
    alice.refresh_from_db()
    assert (account.owner, alice.display_name) == (alice, "Alice Tester")


def test_all_of_a_list_takes_one_stamp(marathon: Marathon, announced: Announced) -> None:
    before = Clock.objects.get().value
    stamps = announced(lambda: crowd(marathon, 5))
    assert [stamp.seq for stamp in stamps] == [before + 1]
    assert set(Standing.objects.values_list("stamp", flat=True)) == {before + 1}
    assert set(Account.objects.values_list("stamp", flat=True)) == {before + 1}


def test_who_enters_stands_without_data(alices: Participant) -> None:
    standing = Standing.objects.get(pk=alices.pk)
    assert (standing.tier, standing.joined_at, standing.score) == (Tier.NO_DATA, alices.joined_at, None)


def test_one_wrong_line_keeps_all_out(marathon: Marathon, alices: Participant) -> None:
    before = Clock.objects.get().value
    wrong = errors_of(marathon, [Entry("new@example.com", "77"), Entry("other@example.com", ALICE_LOGIN)])
    assert wrong == {1: {"accountLogin": ["This account already takes part in this marathon."]}}
    assert (Participant.objects.count(), User.objects.count(), Account.objects.count()) == (1, 1, 1)
    assert Clock.objects.get().value == before


def test_every_wrong_line_is_named_with_its_field(marathon: Marathon, alices: Participant, bob: User) -> None:
    Account.objects.create(login="55", owner=bob)
    entries = [
        Entry("Alice@example.com", "70"),
        Entry("new@example.com", "71"),
        Entry("new@example.com", "71"),
        Entry("thief@example.com", "55"),
        Entry("poor@example.com", "72", initial_balance=Decimal("1e-9")),
    ]
    assert errors_of(marathon, entries) == {
        0: {"email": ["This user already takes part in this marathon."]},
        2: {
            "email": ["This e-mail address is in the list twice."],
            "accountLogin": ["This account is in the list twice."],
        },
        3: {"accountLogin": ["This account belongs to somebody else."]},
        4: {"initialBalance": ["A baseline is more than 0 and less than 1e15."]},
    }


def test_what_would_be_refused_can_be_asked_before(marathon: Marathon, alices: Participant) -> None:
    entries = [Entry("new@example.com", ALICE_LOGIN)]
    assert refusals(marathon, entries) == errors_of(marathon, entries)


def test_a_list_that_does_not_fit_is_refused(db: None, now: datetime) -> None:
    marathon = make_marathon(now, max_players=2)
    with pytest.raises(ActionError, match="full"):
        crowd(marathon, 3)
    assert not Participant.objects.exists()


def test_nobody_enters_a_cancelled_marathon(marathon: Marathon, now: datetime) -> None:
    cancel(marathon, now)
    with pytest.raises(ActionError, match="cancelled"):
        crowd(marathon, 1)


def test_who_enters_after_the_end_has_the_final_ranks_stored_again(marathon: Marathon) -> None:
    Marathon.objects.filter(pk=marathon.pk).update(finalised_at=marathon.ends_at)
    crowd(marathon, 1)
    marathon.refresh_from_db()
    assert marathon.finalised_at is None


def test_a_long_list_costs_a_bounded_number_of_queries(
    marathon: Marathon, now: datetime, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(120):  # 30 on PostgreSQL; SQLite takes fewer values in a statement
        enrol(marathon, [Entry(f"u{n}@example.com", f"{n}") for n in range(1200)], now)
    assert Standing.objects.count() == 1200


def test_a_user_joins_before_the_start(upcoming: Marathon, alice: User, now: datetime, announced: Announced) -> None:
    [stamp] = announced(lambda: join(upcoming, alice, ALICE_LOGIN, now))
    one = Participant.objects.get(user=alice)
    assert (one.bib, one.account.owner, one.standing.stamp) == (1, alice, stamp.seq)


@pytest.mark.parametrize("late", [0, 10**6])
def test_nobody_joins_after_the_start(upcoming: Marathon, alice: User, late: int) -> None:
    with pytest.raises(ActionError, match="has started"):
        join(upcoming, alice, ALICE_LOGIN, upcoming.starts_at + timedelta(seconds=late))


def test_nobody_joins_a_cancelled_marathon(upcoming: Marathon, alice: User, now: datetime) -> None:
    cancel(upcoming, now)
    with pytest.raises(ActionError, match="is cancelled"):
        join(upcoming, alice, ALICE_LOGIN, now)


def test_nobody_joins_twice(upcoming: Marathon, alice: User, now: datetime) -> None:
    join(upcoming, alice, ALICE_LOGIN, now)
    with pytest.raises(ActionError, match="already take part"):
        join(upcoming, alice, "another", now)
    assert not Account.objects.filter(login="another").exists()


def test_nobody_joins_with_an_account_of_somebody_else(
    upcoming: Marathon, alices: Participant, bob: User, now: datetime
) -> None:
    with pytest.raises(ActionError, match="somebody else"):
        join(upcoming, bob, ALICE_LOGIN, now)


def test_nobody_joins_a_full_marathon(now: datetime, alice: User) -> None:
    upcoming = make_marathon(now, starts_at=now + timedelta(hours=1), max_players=1)
    crowd(upcoming, 1)
    with pytest.raises(ActionError, match="full"):
        join(upcoming, alice, ALICE_LOGIN, now)


def test_who_left_and_returns_keeps_the_bib(upcoming: Marathon, alice: User, bob: User, now: datetime) -> None:
    first = join(upcoming, alice, ALICE_LOGIN, now)
    withdraw(first)
    join(upcoming, bob, BOB_LOGIN, now)
    back = join(upcoming, alice, ALICE_LOGIN, now)
    assert (back.pk, back.bib, back.status) == (first.pk, 1, "active")


def test_who_left_may_return_with_another_account(upcoming: Marathon, alice: User, now: datetime) -> None:
    first = join(upcoming, alice, ALICE_LOGIN, now)
    has_equity(first, "11000")
    withdraw(first)
    back = join(upcoming, alice, "another", now)
    assert (back.account.login, Standing.objects.get(pk=back.pk).equity) == ("another", None)


def test_nobody_joins_their_way_out_of_a_disqualification(upcoming: Marathon, alice: User, now: datetime) -> None:
    first = join(upcoming, alice, ALICE_LOGIN, now)
    disqualify(first, "Two accounts")
    with pytest.raises(ActionError):
        withdraw(first)
    with pytest.raises(ActionError, match="already take part"):
        join(upcoming, alice, ALICE_LOGIN, now)


def test_one_account_plays_in_two_marathons(alices: Participant, public_marathon: Marathon, alice: User) -> None:
    second = take_part(public_marathon, alice, ALICE_LOGIN)
    assert second.account == alices.account


def test_an_account_that_the_feed_brings_meanwhile_is_taken(
    marathon: Marathon, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what is known and the clock."""

    def late() -> Clock:
        Account.objects.create(login=ALICE_LOGIN, equity=Decimal(7))
        return clock.hold()

    monkeypatch.setattr(enrolment, "hold", late)
    [one] = enrol(marathon, [Entry(alice.email, ALICE_LOGIN)], now)
    assert Account.objects.values_list("pk", "owner", "equity").get() == (one.account_id, alice.pk, Decimal(7))


def test_an_account_that_somebody_takes_meanwhile_is_refused(
    marathon: Marathon, alice: User, bob: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.objects.create(login=ALICE_LOGIN)

    def late() -> Clock:
        Account.objects.filter(pk=account.pk).update(owner=bob)
        return clock.hold()

    monkeypatch.setattr(enrolment, "hold", late)
    assert errors_of(marathon, [Entry(alice.email, ALICE_LOGIN)]) == {
        0: {"accountLogin": ["This account belongs to somebody else."]}
    }


def test_any_text_that_a_name_may_have_is_kept(marathon: Marathon, now: datetime) -> None:
    names = ['He said "no"', "back\\slash", "{1,2}", "NULL", "Ünï ćode", "O'Neil"]
    enrol(marathon, [Entry(f"n{index}@example.com", f"{index}", name) for index, name in enumerate(names)], now)
    assert [one.user.first_name for one in Participant.objects.select_related("user").order_by("bib")] == names


@pytest.mark.django_db(transaction=True)
def test_the_clock_is_held_for_a_few_statements_only(marathon: Marathon, now: datetime) -> None:
    with CaptureQueriesContext(connection) as captured:
        enrol(marathon, [Entry(f"u{n}@example.com", f"{n}") for n in range(1200)], now)
    statements = [one["sql"] for one in captured]
    held = next(index for index, text in enumerate(statements) if "FOR UPDATE" in text or "marathons_clock" in text)
    users = next(index for index, text in enumerate(statements) if 'INSERT INTO "marathons_user"' in text)
    assert users < held
    if connection.vendor == "postgresql":
        assert len(statements) - held <= 20


@pytest.mark.django_db(transaction=True)
def test_those_who_join_at_once_get_different_bibs_and_no_more_than_fit(now: datetime) -> None:
    marathon = make_marathon(now, starts_at=now + timedelta(hours=1), max_players=3)
    users = [User.objects.create_user(f"u{n}@example.com") for n in range(5)]
    refused: list[str] = []

    def try_to(user: User) -> None:
        try:
            join(marathon.__class__.objects.get(pk=marathon.pk), user, user.email, now)
        except ActionError as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=try_to, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Participant.objects.values_list("bib", flat=True)) == [1, 2, 3]
    assert len(refused) == 2
