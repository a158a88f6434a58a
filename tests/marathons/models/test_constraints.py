"""Data that cannot be is refused by the database itself: every write here goes past forms, models and actions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Model

from marathons.models import Account, Clock, EquityPoint, Marathon, Participant, Standing, User


def refused(one: Model, **values: Any) -> str:
    """The name of the constraint that an update breaks."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        type(one)._default_manager.filter(pk=one.pk).update(**values)
    return str(caught.value)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("marathon_has_a_name", {"name": ""}),
        ("marathon_ends_after_it_starts", {"ends_at": F("starts_at")}),
        ("marathon_initial_balance_is_positive", {"initial_balance": 0}),
        ("marathon_max_players_is_positive", {"max_players": 0}),
        ("marathon_amounts_are_not_negative", {"entry_fee": -1}),
        ("marathon_amounts_are_not_negative", {"awards_amount": -1}),
        ("marathon_visibilities_are_known", {"visibility": "secret"}),
        ("marathon_visibilities_are_known", {"positions_visibility": "secret"}),
        ("marathon_max_drawdown_percent_is_a_share", {"max_drawdown_percent": 101}),
        ("marathon_daily_drawdown_percent_is_a_share", {"daily_drawdown_percent": -1}),
        ("marathon_floating_risk_percent_is_a_share", {"floating_risk_percent": Decimal("100.1")}),
    ],
)
def test_a_marathon_cannot_be(marathon: Marathon, constraint: str, values: dict[str, Any]) -> None:
    assert constraint in refused(marathon, **values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("participant_bib_is_positive", {"bib": 0}),
        ("participant_initial_balance_is_positive", {"initial_balance": 0, "baseline_source": "organiser"}),
        ("participant_initial_balance_is_positive", {"initial_balance": -5, "baseline_source": "organiser"}),
        ("participant_baseline_has_a_source", {"initial_balance": 5}),
        ("participant_baseline_has_a_source", {"baseline_source": "captured"}),
        ("participant_baseline_has_a_source", {"initial_balance": 5, "baseline_source": "guessed"}),
        ("participant_status_is_known", {"status": "no_data"}),
        ("participant_reason_goes_with_disqualification", {"status": "disqualified"}),
        ("participant_reason_goes_with_disqualification", {"disqualification_reason": "why?"}),
    ],
)
def test_a_participant_cannot_be(alices: Participant, constraint: str, values: dict[str, Any]) -> None:
    assert constraint in refused(alices, **values)


@pytest.mark.parametrize("taken", ["bib", "user", "account"])
def test_a_participant_cannot_be_twice(alices: Participant, bobs: Participant, taken: str) -> None:
    said = refused(bobs, **{taken: getattr(alices, taken)})
    assert f"participant_{taken}_once_a_marathon" in said or f".{taken}" in said  # SQLite names the columns


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("standing_tier_is_known", {"tier": 4}),
        ("standing_ranked_has_a_score", {"tier": 0}),
        ("standing_ranked_has_a_score", {"tier": 0, "score": 1}),
    ],
)
def test_a_standing_cannot_be(alices: Participant, constraint: str, values: dict[str, Any]) -> None:
    assert constraint in refused(alices.standing, **values)


def test_an_account_has_a_login(alices: Participant) -> None:
    assert "account_login_is_not_empty" in refused(alices.account, login="")


def test_two_accounts_cannot_have_one_login(alices: Participant, bobs: Participant) -> None:
    assert "login" in refused(bobs.account, login=alices.account.login)


def test_two_users_cannot_have_one_address_in_whatever_case(alice: User, bob: User) -> None:
    said = refused(bob, email="ALICE@example.com")
    assert "user_email_once_in_any_case" in said


def point(participant: Participant, bucket: datetime) -> EquityPoint:
    money = {name: Decimal(value) for name, value in {"open": 5, "high": 9, "low": 3, "close": 7}.items()}
    times = {"bucket": bucket, "opened_at": bucket, "closed_at": bucket}
    return EquityPoint.objects.create(participant=participant, **times, **money)


def test_a_point_of_a_curve_is_a_candle(alices: Participant, now: datetime) -> None:
    one = point(alices, now)
    assert "equity_point_is_a_candle" in refused(one, high=4)
    assert "equity_point_is_a_candle" in refused(one, low=6)
    assert "equity_point_is_a_candle" in refused(one, close=10)


def test_a_curve_has_one_point_a_bucket(alices: Participant, now: datetime) -> None:
    point(alices, now)
    assert "bucket" in refused(point(alices, now + timedelta(minutes=1)), bucket=now)


@pytest.mark.django_db
def test_there_is_one_clock() -> None:
    with pytest.raises(IntegrityError, match="clock_is_one_row"), transaction.atomic():
        Clock.objects.create(pk=2, epoch="other")


def test_who_takes_part_cannot_be_deleted(alice: User, alices: Participant) -> None:
    for one in (alice, alices.account):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(one).objects.filter(pk=one.pk).delete()


def test_a_participant_always_comes_with_a_standing(alices: Participant) -> None:
    standing = Standing.objects.get(pk=alices.pk)
    assert (standing.marathon_id, standing.joined_at) == (alices.marathon_id, alices.joined_at)


def test_a_form_saves_no_column_of_the_worker(alices: Participant) -> None:
    stale = Account.objects.get(pk=alices.account_id)
    Account.objects.filter(pk=stale.pk).update(equity=10_500, stamp=99)
    stale.server = "Demo-3"
    stale.save()
    stale.refresh_from_db()
    assert (stale.server, stale.equity, stale.stamp) == ("Demo-3", Decimal(10_500), 99)
