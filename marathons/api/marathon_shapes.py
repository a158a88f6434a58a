"""Marathons as JSON: what is shown, and what staff may send."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from marathons.api.fields import SMALLEST_CAPITAL, Amount, Moment, Text, Whole
from marathons.api.paging import Choice, Flag, PageQuery, page_shape
from marathons.api.shapes import BodyShape, Shape
from marathons.models import Marathon, MarathonStatus, PositionsVisibility, Visibility

HUNDRED = Decimal(100)


class RulesBody(BodyShape[Marathon]):
    """What participants have to keep to. `null`: no such rule. Percentages are numbers: 12.5 is 12.5 %."""

    min_trades = Whole(min_value=0, allow_null=True, required=False)
    max_drawdown_percent = Amount(max_value=HUNDRED, allow_null=True, required=False)
    daily_drawdown_percent = Amount(max_value=HUNDRED, allow_null=True, required=False)
    floating_risk_percent = Amount(max_value=HUNDRED, allow_null=True, required=False)
    min_profit_percent = Amount(allow_null=True, required=False)


class MarathonBody(BodyShape[Marathon]):
    """A marathon to create. One that has already started is all right: `startsAt` may lie in the past."""

    name = Text(max_length=200)
    description = Text(max_length=10_000, allow_blank=True, required=False)
    starts_at = Moment()
    ends_at = Moment(help_text="Later than `startsAt`.")
    visibility = serializers.ChoiceField(
        Visibility.choices, required=False, help_text="`public` (default), or `private`: its participants and staff."
    )
    positions_visibility = serializers.ChoiceField(
        PositionsVisibility.choices,
        required=False,
        help_text="Whose positions and orders a viewer sees: everybody's (`public`), or one's `own` (default).",
    )
    initial_balance = Amount(
        min_value=SMALLEST_CAPITAL,
        allow_null=True,
        required=False,
        help_text="The capital everybody starts with; `null`: each participant's is captured at the start.",
    )
    max_players = Whole(min_value=1, allow_null=True, required=False, help_text="`null`: no limit.")
    entry_fee = Amount(allow_null=True, required=False)
    awards_amount = Amount(allow_null=True, required=False)
    rules = RulesBody(source="*", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The times together: in a change, with the stored one where only one of them is sent."""
        starts_at = attrs.get("starts_at") or getattr(self.instance, "starts_at", None)
        ends_at = attrs.get("ends_at") or getattr(self.instance, "ends_at", None)
        if starts_at and ends_at and ends_at <= starts_at:
            raise serializers.ValidationError({"endsAt": ["A marathon ends after it starts."]})
        return attrs


class MarathonChange(MarathonBody):
    """What to change of a marathon; what is left out stays. `status` takes `cancelled` only: it follows the times."""

    status = serializers.ChoiceField([MarathonStatus.CANCELLED.value], required=False)


class RulesShape(Shape[Marathon], RulesBody):
    """What participants have to keep to. `null`: no such rule. Percentages are numbers: 12.5 is 12.5 %."""


class MarathonShape(Shape[Marathon], MarathonBody):
    """A marathon as the caller may see it."""

    rules = RulesShape(source="*")
    id = serializers.UUIDField()
    status = serializers.ChoiceField(MarathonStatus.choices)
    current_players = serializers.IntegerField(help_text="Who withdrew does not count.")
    is_participant = serializers.BooleanField(help_text="Whether the caller takes part.")
    created_at = Moment()


MarathonPage = page_shape(MarathonShape, "One page of marathons; `total` counts those of all pages.")


class MarathonQuery(PageQuery):
    status = Choice(MarathonStatus.choices, help_text="Only marathons of this status.")
    my_marathons = Flag(default=False, help_text="Only those in which the caller takes part.")
