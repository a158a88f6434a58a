"""The capital that participants are measured against: set by the organiser, or captured by hand."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from marathons.actions.common import ActionError, told
from marathons.batches import BATCH, parts
from marathons.clock import hold
from marathons.models import BaselineSource, Participant
from marathons.models.fields import is_capital

BASELINE_COLUMNS = ("initial_balance", "baseline_source", "baseline_at", "baseline_message")


@transaction.atomic
def set_baseline(participant: Participant, amount: Decimal | None, now: datetime) -> None:
    """The organiser's word on the capital at the start; None takes the participant's own baseline away.

    Raises ActionError for an amount that is no capital.
    """
    hold()
    if amount is not None and not is_capital(amount):
        raise ActionError("A baseline is more than 0 and less than 1e15.")
    source = BaselineSource.NONE if amount is None else BaselineSource.ORGANISER
    put_baseline(participant, amount, source, None if amount is None else now)
    participant.save(update_fields=BASELINE_COLUMNS)
    told([participant])


def put_baseline(
    participant: Participant,
    amount: Decimal | None,
    source: BaselineSource,
    at: datetime | None,
    message: dict[str, str | None] | None = None,
) -> None:
    participant.initial_balance, participant.baseline_source = amount, source
    participant.baseline_at, participant.baseline_message = at, message


def without_baseline(now: datetime) -> QuerySet[Participant]:
    """The participants of marathons not yet over whom only the feed formula can rank."""
    unknown = Participant.objects.filter(initial_balance=None, marathon__initial_balance=None)
    return unknown.filter(marathon__cancelled_at=None, marathon__ends_at__gt=now)


@transaction.atomic
def capture_baselines(participants: Iterable[Participant], now: datetime) -> list[Participant]:
    """Take the present equity without credit as the baseline of those that have none, nor their marathon; returns them.

    Left out: who has no data or no capital, and marathons that are over, whose equity of today says nothing.
    """
    hold()
    waiting = without_baseline(now).select_related("account", "user")
    captured = [
        participant
        for part in parts([participant.pk for participant in participants])
        for participant in waiting.filter(pk__in=part)
        if _capture(participant, now)
    ]
    Participant.objects.bulk_update(captured, BASELINE_COLUMNS, batch_size=BATCH)
    told(captured)
    return captured


def _capture(participant: Participant, now: datetime) -> bool:
    account = participant.account
    capital = None if account.equity is None else account.equity - (account.credit or 0)
    if capital is None or capital <= 0:
        return False
    message = {
        "type": "by hand",
        "timestamp": account.updated_at.isoformat() if account.updated_at else None,
        "equity": str(account.equity),
        "credit": str(account.credit or 0),
    }
    put_baseline(participant, capital, BaselineSource.CAPTURED, now, message)
    return True
