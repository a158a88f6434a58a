"""What staff does, and what the history says of it: the same by the admin and by the HTTP interface.

Each does its part through marathons.actions and returns the outcome. Whoever asked for it records that
(`history.record`), in the same transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Model

from . import history
from .actions import cancel, capture_baselines, change_status, move_to_account, save_marathon, set_baseline
from .models import Account, Marathon, Participant, ParticipantStatus

LISTED = 20  # so many are named one by one in the history of their marathon

Outcome: TypeAlias = Sequence[tuple[Model, history.Line]]
"""Whose history gets which line."""

Told: TypeAlias = tuple[Participant, str]


def set_status(participants: Sequence[Participant], status: ParticipantStatus, reason: str = "") -> Outcome:
    """Change the status of those who have another one, or another reason. Their marathons have to be loaded."""
    others = [one for one in participants if (one.status, one.disqualification_reason) != (status, reason)]
    before = [_status(one) for one in others]
    change_status(others, status, reason)
    told = zip(others, before, strict=True)
    return _told([(one, history.change("status", old, _status(one))) for one, old in told], _summary(status, reason))


def _status(one: Participant) -> str:
    return f"{one.status}: {one.disqualification_reason}" if one.disqualification_reason else str(one.status)


def _summary(status: ParticipantStatus, reason: str) -> str:
    words = {ParticipantStatus.ACTIVE: "Reinstated", ParticipantStatus.WITHDRAWN: "Withdrawn"}
    return words.get(status, f"Disqualified, {reason}")


def capture(participants: Sequence[Participant], now: datetime) -> Outcome:
    """Capture what can be captured, and say of each what its baseline is now. Their marathons have to be loaded."""
    captured = capture_baselines(participants, now)
    marathons = {one.pk: one.marathon for one in participants}
    for one in captured:
        one.marathon = marathons[one.pk]
    lines = [(one, history.change("baseline captured", None, one.initial_balance)) for one in captured]
    return _told(lines, "Baselines captured")


def _told(lines: Sequence[Told], summary: str) -> Outcome:
    """The line of each participant; and for its marathon the same with the name, or the summary where they are many."""
    outcome: list[tuple[Model, history.Line]] = list(lines)
    for _, group in groupby(sorted(lines, key=_marathon_first), key=lambda line: line[0].marathon_id):
        own = list(group)
        texts = (
            [f"{one}: {text}" for one, text in own] if len(own) <= LISTED else [f"{summary}: {len(own)} participants"]
        )
        outcome += [(own[0][0].marathon, text) for text in texts]
    return outcome


def _marathon_first(line: Told) -> tuple[UUID, int]:
    return line[0].marathon_id, line[0].bib


def set_capital(participant: Participant, amount: Decimal | None, now: datetime) -> Outcome:
    """The organiser's word on one baseline; none, and there is only the marathon's, or the feed formula."""
    before = {"initial_balance": participant.initial_balance}
    set_baseline(participant, amount, now)
    return [(participant, history.changed(participant, before))] if before["initial_balance"] != amount else []


def use_account(participant: Participant, account: Account) -> Outcome:
    """Let another account count."""
    before = {"account": participant.account}
    move_to_account(participant, account)
    return [(participant, history.changed(participant, before))] if before["account"] != account else []


def change_marathon(marathon: Marathon, values: Mapping[str, Any]) -> Outcome:
    """Write these fields; the history has those that are different now."""
    before = {name: getattr(marathon, name) for name, value in values.items() if getattr(marathon, name) != value}
    for name, value in values.items():
        setattr(marathon, name, value)
    save_marathon(marathon, values.keys())
    return [(marathon, history.changed(marathon, before))] if before else []


def cancel_marathon(marathon: Marathon, now: datetime) -> Outcome:
    """Stop a marathon for good."""
    cancel(marathon, now)
    return [(marathon, "Cancelled")]


def entered(marathon: Marathon, participants: Sequence[Participant], *, by_list: bool = True) -> Outcome:
    """That they entered: one line, however many they are. Who enters alone is named, as by the marathon's page."""
    if not by_list:
        return [(marathon, [{"added": {"name": "participant", "object": str(one)}} for one in participants])]
    first, last = participants[0].bib, participants[-1].bib
    return [(marathon, f"Entered {len(participants)} participants from a list: numbers {first} to {last}")]
