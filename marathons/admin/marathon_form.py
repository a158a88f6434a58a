"""The form of a marathon. Once it has begun, what moves everybody's place has to be confirmed."""

from typing import Any

from django import forms

from marathons.actions.marathon import SCORED_BY
from marathons.models import Marathon

from .base import CONFIRM, now
from .generics import ModelForm


class MarathonForm(ModelForm):
    confirm = forms.BooleanField(
        required=False,
        label="I know that this changes scores and ranks",
        help_text="Needed to change the start, the end or the capital of a marathon that has begun.",
    )

    class Meta:
        model = Marathon
        fields = [  # in the order of the page
            "name",
            "description",
            "starts_at",
            "ends_at",
            "visibility",
            "positions_visibility",
            "initial_balance",
            "max_players",
            "entry_fee",
            "awards_amount",
            "min_trades",
            "max_drawdown_percent",
            "daily_drawdown_percent",
            "floating_risk_percent",
            "min_profit_percent",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self._has_begun():
            del self.fields[CONFIRM]

    def _has_begun(self) -> bool:
        """As stored, not as it is being filled in; a marathon that is being added has not."""
        begun_at = self.initial.get("starts_at") if self.instance.stamp else None
        return begun_at is not None and begun_at <= now()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        moved = SCORED_BY.intersection(self.changed_data)
        if CONFIRM in self.fields and moved and not values.get(CONFIRM):
            names = ", ".join(sorted(str(self.fields[name].label).lower() for name in moved))
            self.add_error(CONFIRM, f"The marathon has begun. Tick this to change: {names}.")
        return values
