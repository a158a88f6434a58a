"""The capital that participants are measured against: set by the organiser, or captured by hand."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject

from marathons.actions.common import ActionError, told
from marathons.batches import parts
from marathons.clock import hold
from marathons.models import Account, BaselineSource, Participant
from marathons.models.fields import SMALLEST_AMOUNT, is_capital

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


def put_baseline(participant: Participant, amount: Decimal | None, source: BaselineSource, at: datetime | None) -> None:
    participant.initial_balance, participant.baseline_source = amount, source
    participant.baseline_at, participant.baseline_message = at, None


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
    capital = F("account__equity") - Coalesce("account__credit", Decimal(0))
    waiting = without_baseline(now).alias(capital=capital).filter(capital__gte=SMALLEST_AMOUNT)
    captured: list[Participant] = []
    for part in parts([participant.pk for participant in participants]):
        ids = list(waiting.filter(pk__in=part).values_list("pk", flat=True))
        Participant.objects.filter(pk__in=ids).update(**_captured(now))
        captured += Participant.objects.filter(pk__in=ids).select_related("user", "account")
    told(captured)
    return captured


def _captured(now: datetime) -> dict[str, Any]:
    """The columns of a captured baseline, as expressions over the account: the message says what they came from."""
    account = Account.objects.filter(pk=OuterRef("account_id"))
    credit = Coalesce("credit", Decimal(0))
    message = JSONObject(
        type=Value("by hand"),
        timestamp="updated_at",
        equity=Cast("equity", TextField()),
        credit=Cast(credit, TextField()),
    )
    return {
        "initial_balance": Subquery(account.values(capital=F("equity") - credit)),
        "baseline_source": BaselineSource.CAPTURED,
        "baseline_at": now,
        "baseline_message": Subquery(account.values(message=message)),
    }
