"""What an organiser does to participants, with the question that is asked before."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TypeAlias
from uuid import UUID

from django import forms
from django.db.models import Model

from marathons import history
from marathons.actions import capture_baselines, change_status
from marathons.actions.status import LONGEST_REASON
from marathons.models import Participant, ParticipantStatus

from .deeds import LISTED, Asked, Deed, Outcome


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Everybody who sees the board reads it.",
    )


Line: TypeAlias = tuple[Participant, str]


def _told(lines: Sequence[Line], summary: str) -> Outcome:
    """The line of each participant; and for its marathon the same with the name, or the summary where they are many."""
    outcome: list[tuple[Model, str]] = list(lines)
    for _, group in groupby(sorted(lines, key=_marathon_first), key=lambda line: line[0].marathon_id):
        own = list(group)
        texts = (
            [f"{one}: {text}" for one, text in own] if len(own) <= LISTED else [f"{summary}: {len(own)} participants"]
        )
        outcome += [(own[0][0].marathon, text) for text in texts]
    return outcome


def _marathon_first(line: Line) -> tuple[UUID, int]:
    return line[0].marathon_id, line[0].bib


def _set(asked: Asked, status: ParticipantStatus, summary: str, reason: str = "") -> Outcome:
    """Change the status of those who have another one, or another reason."""
    others = [one for one in asked.objects if (one.status, one.disqualification_reason) != (status, reason)]
    before = [_status(one) for one in others]
    change_status(others, status, reason)
    told = zip(others, before, strict=True)
    return _told([(one, history.change("status", old, _status(one))) for one, old in told], summary)


def _status(one: Participant) -> str:
    return f"{one.status}: {one.disqualification_reason}" if one.disqualification_reason else str(one.status)


def _disqualify(asked: Asked) -> Outcome:
    reason = asked.values["reason"]
    return _set(asked, ParticipantStatus.DISQUALIFIED, f"Disqualified, {reason}", reason)


def _reinstate(asked: Asked) -> Outcome:
    return _set(asked, ParticipantStatus.ACTIVE, "Reinstated")


def _withdraw(asked: Asked) -> Outcome:
    return _set(asked, ParticipantStatus.WITHDRAWN, "Withdrawn")


def _capture(asked: Asked) -> Outcome:
    return capture(asked.objects, asked.now)


def capture(participants: Sequence[Participant], now: datetime) -> Outcome:
    """Capture what can be captured, and say of each what its baseline is now. Their marathons have to be loaded."""
    captured = capture_baselines(participants, now)
    marathons = {one.pk: one.marathon for one in participants}
    for one in captured:
        one.marathon = marathons[one.pk]
    lines = [(one, history.change("baseline captured", None, one.initial_balance)) for one in captured]
    return _told(lines, "Baselines captured")


CAPTURE_WARNING = (
    "The present equity without credit becomes the capital they are measured against, so their score starts again from "
    "0 %. Left alone: who has a baseline, or whose marathon has one for everybody; who has no data yet; marathons that "
    "are over."
)

DISQUALIFY = Deed(
    "disqualify",
    "Disqualify…",
    "They are listed last, without a rank, with the reason. Everybody below moves up. It can be undone.",
    _disqualify,
    "Disqualified",
    ReasonForm,
)
REINSTATE = Deed(
    "reinstate",
    "Reinstate…",
    "They get the place back that their score gives them, and a disqualification's reason is taken off the board.",
    _reinstate,
    "Reinstated",
)
WITHDRAW = Deed(
    "withdraw",
    "Withdraw…",
    "They stay listed, after everybody else, without a rank, and do not count as players. It can be undone.",
    _withdraw,
    "Withdrawn",
)
CAPTURE = Deed("capture", "Capture baselines…", CAPTURE_WARNING, _capture, "Baselines captured")
