"""The demo's stage and port. tests/e2e/test_demo.py starts the whole of it."""

import socket
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from live.demo.people import people
from live.demo.server import PortTakenError, take_port
from live.demo.stage import LASTS, marathon, staff
from live.feed.embedded import traders
from marathons.actions import cancel
from marathons.models import Account, MarathonStatus, Participant, User


def test_there_are_a_hundred_traders_with_names_and_capital_and_none_of_them_twice() -> None:
    entries = list(people())
    assert len({(one.first_name, one.last_name) for one in entries}) == 100
    assert len({one.email for one in entries}) == len({one.login for one in entries}) == 100
    assert all(one.first_name and one.initial_balance for one in entries)


def test_every_start_has_the_same_traders() -> None:
    assert list(people()) == list(people())


@pytest.mark.django_db
def test_the_marathon_is_under_way_with_everybody_in_it(now: datetime) -> None:
    made = marathon(now)
    assert made.status_at(now) == MarathonStatus.ONGOING
    assert Participant.objects.filter(marathon=made, initial_balance__gt=0).count() == 100


@pytest.mark.django_db
def test_a_second_start_finds_it_again_also_under_another_name(now: datetime) -> None:
    first = marathon(now)
    first.name = "Renamed"
    first.save()
    assert marathon(now + timedelta(hours=1)) == first


@pytest.mark.django_db
def test_once_it_is_over_or_cancelled_there_is_a_new_one_with_the_same_people(now: datetime) -> None:
    first = marathon(now)
    second = marathon(now + LASTS)
    cancel(second, now + LASTS)
    third = marathon(now + LASTS)
    assert len({first, second, third}) == 3
    assert Account.objects.count() == 100
    assert third.participants.count() == 100


@pytest.mark.django_db
def test_the_simulated_feed_reports_for_accounts_of_marathons_that_are_not_over(now: datetime) -> None:
    marathon(now)
    accounts = traders(now)
    assert {str(one.login) for one in accounts} == {entry.login for entry in people()}
    assert all(one.deposit for one in accounts)
    assert traders(now + LASTS) == []


@pytest.mark.django_db
def test_after_a_restart_every_account_goes_on_with_the_balance_that_it_had(now: datetime) -> None:
    marathon(now)
    first, second = [one.login for one in traders(now)][:2]
    Account.objects.filter(login=first).update(balance=Decimal("12345.67"))
    Account.objects.filter(login=second).update(balance=Decimal("-0.01"))
    deposits = {one.login: one.deposit for one in traders(now)}
    assert deposits[first] == Decimal("12345.67")
    assert deposits[second] == next(entry.initial_balance for entry in people() if entry.login == second)


@pytest.mark.django_db
def test_the_password_of_the_first_start_is_told_again(tmp_path: Path, client: Client) -> None:
    kept = tmp_path / "password"
    first = staff(kept)
    assert client.login(username=first.email, password=first.password)
    assert staff(kept) == first
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
def test_a_password_that_was_changed_is_not_told_wrongly(tmp_path: Path) -> None:
    kept = tmp_path / "password"
    staff(kept)
    user = User.objects.get()
    user.set_password("another one")
    user.save()
    assert staff(kept).password is None


def test_a_port_that_somebody_listens_on_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortTakenError):
            take_port(other.getsockname()[1])


def test_a_taken_port_is_told_with_a_way_out(settings: Settings) -> None:
    settings.LIVE_EMBEDDED_FEED = "simulated"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken. .* PORT={port + 1}"):
            call_command("demo", port=port)


def test_the_demo_does_not_run_with_settings_that_are_not_its_own() -> None:
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo")
