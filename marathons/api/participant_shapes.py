"""Participants as JSON: what everybody who sees the board may see of them, and what staff may send."""

from typing import Any

from rest_framework import serializers

from marathons.actions.status import LONGEST_REASON
from marathons.api.errors import Conflict
from marathons.api.fields import SMALLEST_CAPITAL, Amount, Email, LoginField, Moment, Text, TextOrNull
from marathons.api.paging import Choice, PageQuery, Search, page_shape
from marathons.api.shapes import BodyShape, Shape
from marathons.enrolment import Entry
from marathons.models import Participant, ParticipantStatus

OWN_CAPITAL = "The capital of this participant; it wins over the marathon's. `null`: not set."
REASON_MISSING = {"disqualificationReason": ["A disqualification needs a reason."]}
REASON_ALONE = {"disqualificationReason": ["A reason goes with the status `disqualified` only."]}


class ParticipantShape(Shape[Participant]):
    """One participant. There is no e-mail address in it: `userName` is a display name, or "Trader" with the number."""

    id = serializers.UUIDField()
    bib = serializers.IntegerField(help_text="The number in this marathon; never given twice.")
    user_id = serializers.UUIDField()
    user_name = serializers.CharField(source="board_name")
    account_login = serializers.CharField(source="account.login")
    initial_balance = Amount(allow_null=True, help_text=OWN_CAPITAL)
    status = serializers.ChoiceField(ParticipantStatus.choices, help_text="What the organiser has set.")
    disqualification_reason = TextOrNull(allow_null=True, help_text="`null` unless disqualified.")
    joined_at = Moment()


class EntryBody(BodyShape[Entry]):
    """Somebody to enter. The user (without a usable password) and the account are created where they do not exist."""

    email = Email(max_length=254)
    first_name = Text(max_length=150, allow_blank=True, required=False)
    last_name = Text(max_length=150, allow_blank=True, required=False)
    account_login = LoginField(source="login")
    initial_balance = Amount(min_value=SMALLEST_CAPITAL, allow_null=True, required=False, help_text=OWN_CAPITAL)


class ParticipantChange(BodyShape[Participant]):
    """What to change of a participant; what is left out stays. Everything is done, or nothing."""

    status = serializers.ChoiceField(
        ParticipantStatus.choices, required=False, help_text="`active` reinstates; `disqualified` needs the reason."
    )
    disqualification_reason = Text(max_length=LONGEST_REASON, required=False, help_text="Shown on the board.")
    reason = Text(max_length=LONGEST_REASON, required=False, help_text="Short for `disqualificationReason`.")
    initial_balance = Amount(min_value=SMALLEST_CAPITAL, allow_null=True, required=False, help_text=OWN_CAPITAL)
    account_login = LoginField(
        required=False, help_text="Another account of the same user; the figures of the old one go."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """`status` and `disqualification_reason` as they are to be, the stored ones where nothing is sent."""
        stored: Any = self.instance
        told = attrs.get("disqualification_reason") or attrs.pop("reason", "")
        status = attrs.get("status", stored.status)
        if status != ParticipantStatus.DISQUALIFIED:
            if told:
                raise serializers.ValidationError(REASON_ALONE) if "status" in attrs else Conflict(REASON_ALONE)
            return attrs | {"status": status, "disqualification_reason": ""}
        reason = told or stored.disqualification_reason
        if not reason:
            raise serializers.ValidationError(REASON_MISSING)
        return attrs | {"status": status, "disqualification_reason": reason}


class JoinBody(BodyShape[Any]):
    """The trading account that is to count."""

    account_login = LoginField()


ParticipantPage = page_shape(ParticipantShape, "One page of participants; `total` counts those of all pages.")


class ParticipantQuery(PageQuery):
    search = Search(help_text="A part of the name or of the login, or the number.")
    status = Choice(ParticipantStatus.choices, help_text="Only participants of this status.")
