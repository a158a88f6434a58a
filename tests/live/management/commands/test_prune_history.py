"""`manage.py prune_history`."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from marathons.models import EquityPoint, Participant

pytestmark = pytest.mark.django_db


def point(participant: Participant, at: datetime) -> EquityPoint:
    prices = dict.fromkeys(("open", "high", "low", "close"), Decimal(1))
    return EquityPoint.objects.create(participant=participant, bucket=at, opened_at=at, closed_at=at, **prices)


def test_points_older_than_the_retention_are_deleted(alices: Participant, bobs: Participant, now: datetime) -> None:
    kept = [point(who, now - timedelta(days=89)) for who in (alices, bobs)]
    for days in (91, 92, 400):
        point(alices, now - timedelta(days=days))
    out = StringIO()
    call_command("prune_history", stdout=out)
    assert set(EquityPoint.objects.all()) == set(kept)
    assert out.getvalue() == "3 points deleted\n"


def test_another_age_can_be_given(alices: Participant, now: datetime) -> None:
    point(alices, now - timedelta(days=2))
    call_command("prune_history", days=1, stdout=StringIO())
    assert not EquityPoint.objects.exists()
