"""Users, accounts and workers in the admin."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from marathons.clock import Stamp
from marathons.models import Account, FeedWorker, Participant, User
from tests.cast import has_equity, make_user

Submit = Callable[..., Any]
History = Callable[[Any], list[str]]
Announced = Callable[[Callable[[], Any]], list[Stamp]]
USERS, ACCOUNTS, WORKERS = "/admin/marathons/user/", "/admin/marathons/account/", "/admin/marathons/feedworker/"


def test_a_changed_name_is_told_to_the_boards_that_show_it(
    submit: Submit, alice: User, alices: Participant, announced: Announced, history_of: History
) -> None:
    stamps = announced(lambda: submit(f"{USERS}{alice.pk}/change/", last_name="Player"))
    alices.refresh_from_db()
    assert alices.board_name == "Alice Player"
    assert alices.standing.stamp == stamps[-1].seq
    assert history_of(alice) == ["Changed Last name: Tester → Player."]


def test_a_user_is_added_by_address(submit: Submit) -> None:
    submit(f"{USERS}add/", email="New@Example.com", first_name="New", usable_password="false")
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()


def test_a_password_is_set(submit: Submit, alice: User) -> None:
    secret = "a new long password 4711"
    submit(f"{USERS}{alice.pk}/password/", password1=secret, password2=secret, usable_password="true")
    alice.refresh_from_db()
    assert alice.check_password(secret)


def test_staff_cannot_make_themselves_superusers(submit: Submit, as_sam: Client, sam: User, alice: User) -> None:
    assert as_sam.post(f"{USERS}{sam.pk}/change/", {"is_superuser": "on"}).status_code == 403
    submit(f"{USERS}{alice.pk}/change/", is_superuser="on", is_staff="on")
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser) == (False, False)


def test_staff_cannot_take_over_a_superuser(as_sam: Client, db: None) -> None:
    boss = make_user("boss", is_staff=True, is_superuser=True)
    assert as_sam.get(f"{USERS}{boss.pk}/password/").status_code == 403


def test_a_superuser_gives_rights(client: Client, alice: User) -> None:
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    page = client.get(f"{USERS}{alice.pk}/change/")
    assert 'name="is_superuser"' in page.content.decode()


def test_users_are_switched_off_and_not_deleted(submit: Submit, as_sam: Client, alice: User) -> None:
    assert as_sam.post(f"{USERS}{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    submit(f"{USERS}{alice.pk}/change/", is_active="")
    alice.refresh_from_db()
    assert not alice.is_active


@pytest.mark.parametrize("text", ["alice", "alice@example.com", "1001"])
def test_a_user_is_found_by_name_address_or_login(as_sam: Client, alices: Participant, text: str) -> None:
    assert as_sam.get(USERS, {"q": text}).context["cl"].result_count == 1


def test_an_account_shows_its_snapshot_and_lets_nobody_change_it(
    as_sam: Client, submit: Submit, alices: Participant
) -> None:
    has_equity(alices, "10500.5")
    url = f"{ACCOUNTS}{alices.account_id}/change/"
    assert "10500.5 USD" in as_sam.get(url).content.decode()
    submit(url, equity="1", login="9", server="Demo-3")
    account = Account.objects.get(pk=alices.account_id)
    assert (account.equity, account.login, account.server) == (
        alices.account.equity or account.equity,
        "1001",
        "Demo-3",
    )


def test_a_new_account_takes_a_stamp_so_that_the_worker_sees_it(submit: Submit, alice: User) -> None:
    submit(f"{ACCOUNTS}add/", login="7007")
    assert Account.objects.get(login="7007").stamp > 0


def test_the_owner_of_an_account_that_plays_stays(submit: Submit, alices: Participant, charlie: User) -> None:
    page = submit(f"{ACCOUNTS}{alices.account_id}/change/", owner=str(charlie.pk))
    assert "takes part in a marathon for its present owner" in page.content.decode()


def test_accounts_are_offered_while_typing(as_sam: Client, alices: Participant) -> None:
    asked = {"app_label": "marathons", "model_name": "participant", "field_name": "account", "term": "100"}
    found = as_sam.get("/admin/autocomplete/", asked).json()["results"]
    assert [one["text"] for one in found] == ["1001"]


def test_workers_are_shown_with_their_ages_and_cannot_be_changed(as_sam: Client, now: datetime) -> None:
    FeedWorker.objects.create(queue="socket_data", holder=uuid4(), taken_at=now, seen_at=now)
    page = as_sam.get(WORKERS).content.decode()
    assert "socket_data" in page
    assert as_sam.get(f"{WORKERS}add/").status_code == 403
    assert as_sam.post(f"{WORKERS}socket_data/change/", {"rejected": "0"}).status_code == 403


def test_what_only_the_worker_writes_has_no_page(as_sam: Client, db: None) -> None:
    page = as_sam.get("/admin/").content.decode()
    assert "equitypoint" not in page
    assert "standing" not in page
