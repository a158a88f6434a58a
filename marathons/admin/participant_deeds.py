"""What an organiser does to participants, with the question that is asked before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from marathons import history
from marathons.actions import capture_baselines, change_status
from marathons.actions.status import LONGEST_REASON
from marathons.models import Participant, ParticipantStatus

from .deeds import Asked, Deed, Outcome


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Everybody who sees the board reads it.",
    )


def _lines(participants: Sequence[Participant], line: str) -> Outcome:
    """The line for each participant, and, with the name, for its marathon."""
    own = [(one, line) for one in participants]
    return [*own, *((one.marathon, f"{one}: {line}") for one in participants)]


def _disqualify(asked: Asked) -> Outcome:
    reason = asked.values["reason"]
    change_status(asked.objects, ParticipantStatus.DISQUALIFIED, reason)
    return _lines(asked.objects, f"Disqualified: {reason}")


def _reinstate(asked: Asked) -> Outcome:
    out = [one for one in asked.objects if one.status != ParticipantStatus.ACTIVE]
    before = {one.pk: one.disqualification_reason or "withdrawn" for one in out}
    change_status(out, ParticipantStatus.ACTIVE)
    return [pair for one in out for pair in _lines([one], f"Reinstated (was out: {before[one.pk]})")]


def _withdraw(asked: Asked) -> Outcome:
    change_status(asked.objects, ParticipantStatus.WITHDRAWN)
    return _lines(asked.objects, "Withdrawn")


def _capture(asked: Asked) -> Outcome:
    return capture(asked.objects, asked.now)


def capture(participants: Sequence[Participant], now: datetime) -> Outcome:
    """Capture what can be captured, and say of each what its baseline is now. Their marathons have to be loaded."""
    captured = capture_baselines(participants, now)
    marathons = {one.pk: one.marathon for one in participants}
    lines: list[Any] = []
    for one in captured:
        one.marathon = marathons[one.pk]
        lines += _lines([one], history.change("baseline captured", None, one.initial_balance))
    return lines


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
