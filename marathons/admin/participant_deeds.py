"""What an organiser does to participants, with the question that is asked before."""

from django import forms

from marathons.actions.status import LONGEST_REASON
from marathons.models import ParticipantStatus
from marathons.outcomes import Outcome, capture, set_status

from .deeds import Asked, Deed


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="Everybody who sees the board reads it.",
    )


def _disqualify(asked: Asked) -> Outcome:
    return set_status(asked.objects, ParticipantStatus.DISQUALIFIED, asked.values["reason"])


def _reinstate(asked: Asked) -> Outcome:
    return set_status(asked.objects, ParticipantStatus.ACTIVE)


def _withdraw(asked: Asked) -> Outcome:
    return set_status(asked.objects, ParticipantStatus.WITHDRAWN)


def _capture(asked: Asked) -> Outcome:
    return capture(asked.objects, asked.now)


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
