"""A trading contest: when it runs, who may see it, what everybody starts with."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .fields import MachineColumns, money, percentage


class Visibility(models.TextChoices):
    PUBLIC = "public", "Public: every user, and visitors of its page"
    PRIVATE = "private", "Private: its participants and staff"


class PositionsVisibility(models.TextChoices):
    PUBLIC = "public", "Everybody who sees the board sees positions and orders"
    OWN = "own", "Participants see their own positions and orders only"


class MarathonStatus(models.TextChoices):
    UPCOMING = "upcoming"
    ONGOING = "ongoing"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Marathon(MachineColumns):
    MACHINE_COLUMNS = frozenset({"stamp", "next_bib", "finalised_at", "cancelled_at"})

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField(db_index=True)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PUBLIC)
    positions_visibility = models.CharField(
        max_length=8, choices=PositionsVisibility.choices, default=PositionsVisibility.OWN
    )
    max_players = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: no limit.")
    initial_balance = money(
        help_text="The capital that everybody starts with. Empty: each participant's is captured at the start."
    )
    entry_fee = money()
    awards_amount = money()
    min_trades = models.PositiveIntegerField("rule: minimum trades", null=True, blank=True)
    max_drawdown_percent = percentage(verbose_name="rule: maximum drawdown, %")
    daily_drawdown_percent = percentage(verbose_name="rule: daily drawdown, %")
    floating_risk_percent = percentage(verbose_name="rule: floating risk, %")
    min_profit_percent = percentage(verbose_name="rule: minimum profit, %")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finalised_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the final ranks were stored; the board moves no more."
    )
    stamp = models.BigIntegerField(
        default=0, editable=False, help_text="The clock's value at the last change of this board: the protocol's `seq`."
    )
    next_bib = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="marathon_has_a_name"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="marathon_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(initial_balance__isnull=True) | Q(initial_balance__gt=0),
                name="marathon_initial_balance_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(max_players__isnull=True) | Q(max_players__gt=0), name="marathon_max_players_is_positive"
            ),
            models.CheckConstraint(
                condition=(Q(entry_fee__isnull=True) | Q(entry_fee__gte=0))
                & (Q(awards_amount__isnull=True) | Q(awards_amount__gte=0)),
                name="marathon_amounts_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values) & Q(positions_visibility__in=PositionsVisibility.values),
                name="marathon_visibilities_are_known",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{rule}__isnull": True}) | Q(**{f"{rule}__gte": 0, f"{rule}__lte": 100}),
                    name=f"marathon_{rule}_is_a_share",
                )
                for rule in ("max_drawdown_percent", "daily_drawdown_percent", "floating_risk_percent")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": "A marathon ends after it starts."})

    def status_at(self, now: datetime) -> MarathonStatus:
        """Derived from the times, so that it is right to the second on every process; only `cancelled` is set."""
        return status_at(now, self.starts_at, self.ends_at, self.cancelled_at)

    @property
    def status(self) -> MarathonStatus:
        return self.status_at(timezone.now())

    @property
    def captures_baselines(self) -> bool:
        """One that was created already under way has no moment of starting at which capital could be captured."""
        return self.created_at < self.starts_at

    def baseline_of(self, own: Decimal | None) -> Decimal | None:
        """The capital a participant is measured against; None: the feed formula ranks it."""
        return own if own is not None else self.initial_balance


def status_at(now: datetime, starts_at: datetime, ends_at: datetime, cancelled_at: datetime | None) -> MarathonStatus:
    """The status of a marathon with these times at the moment `now`."""
    if cancelled_at is not None:
        return MarathonStatus.CANCELLED
    if now < starts_at:
        return MarathonStatus.UPCOMING
    return MarathonStatus.ONGOING if now < ends_at else MarathonStatus.FINISHED
