"""What organisers and users do to a marathon, each in one transaction with a stamp of the clock, told after the commit.

The worker sees the stamps and scores anew whatever an action changes; no action computes a score.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from .clock import advance, hold, stamp_rows
from .models import (
    Account,
    BaselineSource,
    Marathon,
    Participant,
    ParticipantStatus,
    Standing,
    Tier,
    User,
)


class ActionError(Exception):
    """The action cannot be done as things stand; the message says why, in words for people."""


@transaction.atomic
def save_marathon(marathon: Marathon) -> Marathon:
    """Create or change a marathon's own fields."""
    clock = hold()
    marathon.save()
    advance([marathon.pk], clock=clock)
    _reopen_final_ranks([marathon.pk])
    return marathon


@transaction.atomic
def cancel(marathon: Marathon, now: datetime) -> None:
    """Stop a marathon for good; its board stays as it is. Raises ActionError if it is already over."""
    clock = hold()
    marathon.refresh_from_db()
    if marathon.cancelled_at is not None:
        raise ActionError("The marathon is already cancelled.")
    if marathon.finalised_at is not None:
        raise ActionError("The marathon is over: its final ranks are stored.")
    marathon.cancelled_at = now
    marathon.save(update_fields=["cancelled_at"])
    advance([marathon.pk], clock=clock)


@transaction.atomic
def delete_marathon(marathon: Marathon, now: datetime) -> None:
    """Delete one that has not begun. Raises ActionError for any other: people's results are not to be lost."""
    clock = hold()
    if marathon.starts_at <= now and marathon.participants.exists():
        raise ActionError("A marathon that has started cannot be deleted: cancel it instead.")
    advance([marathon.pk], clock=clock)
    marathon.delete()


def disqualify(participant: Participant, reason: str) -> None:
    """List the participant last, with the reason. Raises ActionError without one."""
    reason = reason.strip()
    if not reason:
        raise ActionError("A disqualification needs a reason.")
    _set_status(participant, ParticipantStatus.DISQUALIFIED, reason)


def reinstate(participant: Participant) -> None:
    """Undo a disqualification or a withdrawal."""
    _set_status(participant, ParticipantStatus.ACTIVE)


def withdraw(participant: Participant) -> None:
    """The participant leaves; the row stays listed, after everybody else."""
    _set_status(participant, ParticipantStatus.WITHDRAWN)


@transaction.atomic
def _set_status(participant: Participant, status: ParticipantStatus, reason: str = "") -> None:
    hold()
    participant.status, participant.disqualification_reason = status, reason
    participant.save(update_fields=["status", "disqualification_reason"])
    standing = Standing.objects.get(pk=participant.pk)
    standing.tier = tier_of(status, has_score=standing.score is not None)
    standing.save(update_fields=["tier"])
    _told([participant])


def tier_of(status: str, *, has_score: bool) -> Tier:
    """The class of the board that a participant belongs to."""
    if status == ParticipantStatus.DISQUALIFIED:
        return Tier.DISQUALIFIED
    if status == ParticipantStatus.WITHDRAWN:
        return Tier.WITHDRAWN
    return Tier.RANKED if has_score else Tier.NO_DATA


@transaction.atomic
def set_baseline(participant: Participant, amount: Decimal | None, now: datetime) -> None:
    """The organiser's word on the capital at the start; None takes the participant's own baseline away."""
    hold()
    participant.initial_balance = amount
    participant.baseline_source = BaselineSource.NONE if amount is None else BaselineSource.ORGANISER
    participant.baseline_at = None if amount is None else now
    participant.baseline_message = None
    participant.save(update_fields=["initial_balance", "baseline_source", "baseline_at", "baseline_message"])
    _told([participant])


@transaction.atomic
def capture_baselines(participants: Iterable[Participant], now: datetime) -> list[Participant]:
    """Take the present equity without credit as the baseline of those that have none of their own; returns them."""
    hold()
    captured = [
        participant
        for participant in participants
        if participant.initial_balance is None and _capture(participant, now)
    ]
    Participant.objects.bulk_update(
        captured, ["initial_balance", "baseline_source", "baseline_at", "baseline_message"], batch_size=500
    )
    if captured:
        _told(captured)
    return captured


def _capture(participant: Participant, now: datetime) -> bool:
    account = participant.account
    if account.equity is None:
        return False
    capital = account.equity - (account.credit or Decimal(0))
    if capital <= 0:
        return False
    participant.initial_balance = capital
    participant.baseline_source = BaselineSource.CAPTURED
    participant.baseline_at = now
    participant.baseline_message = {
        "type": "by hand",
        "timestamp": account.updated_at.isoformat() if account.updated_at else None,
        "equity": str(account.equity),
        "credit": str(account.credit or 0),
    }
    return True


@transaction.atomic
def move_to_account(participant: Participant, account: Account) -> None:
    """Let another account count. What the old one showed is forgotten; the worker fills in what the new one has."""
    hold()
    participant.account = account
    participant.save(update_fields=["account"])
    clear_standing(participant)
    _told([participant])


def clear_standing(participant: Participant) -> None:
    """Back to "no data yet", extremes included."""
    nothing = dict.fromkeys(("balance", "equity", "profit", "margin", "free_margin", "credit", "leverage"))
    Standing.objects.filter(pk=participant.pk).update(
        **nothing,
        currency="",
        positions=[],
        orders=[],
        times={},
        updated_at=None,
        score=None,
        drawdown=None,
        max_drawdown=None,
        equity_high=None,
        equity_low=None,
        path_drawdown=Decimal(0),
        tier=tier_of(participant.status, has_score=False),
    )


@transaction.atomic
def tell_renamed(user: User) -> None:
    """Boards show the user's name: stamp the rows of all participations."""
    hold()
    participants = list(user.participations.all())
    if participants:
        _told(participants)


def _told(participants: Collection[Participant]) -> None:
    marathon_ids = {participant.marathon_id for participant in participants}
    stamp_rows([participant.pk for participant in participants], marathon_ids)
    _reopen_final_ranks(marathon_ids)


def _reopen_final_ranks(marathon_ids: Iterable[object]) -> None:
    """A correction after the end changes ranks: the worker stores them again."""
    Marathon.objects.filter(pk__in=list(marathon_ids), finalised_at__isnull=False).update(finalised_at=None)
