"""One trader in one marathon, with the account that counts and the capital it is measured against."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .account import Account
from .fields import money
from .marathon import Marathon


class ParticipantStatus(models.TextChoices):
    ACTIVE = "active"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"


class BaselineSource(models.TextChoices):
    NONE = "", "none"
    ORGANISER = "organiser", "set by the organiser"
    CAPTURED = "captured", "captured from the feed"


class Participant(models.Model):
    """Never deleted while its marathon lives: who leaves is withdrawn, so that no resumed board keeps a ghost."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    marathon = models.ForeignKey(Marathon, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="participations")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="participations")
    bib = models.PositiveIntegerField(editable=False, help_text="The number in this marathon; never given twice.")
    initial_balance = money(help_text="Capital at the start. It wins over the marathon's.")
    baseline_source = models.CharField(
        max_length=9, choices=BaselineSource.choices, default=BaselineSource.NONE, blank=True, editable=False
    )
    baseline_at = models.DateTimeField(null=True, blank=True, editable=False)
    baseline_message = models.JSONField(null=True, blank=True, editable=False)
    status = models.CharField(
        max_length=12, choices=ParticipantStatus.choices, default=ParticipantStatus.ACTIVE, editable=False
    )
    disqualification_reason = models.CharField(max_length=500, blank=True, editable=False)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    final_rank = models.PositiveIntegerField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["marathon", "bib"]
        constraints = [
            models.UniqueConstraint(fields=["marathon", "bib"], name="participant_bib_once_a_marathon"),
            models.UniqueConstraint(fields=["marathon", "user"], name="participant_user_once_a_marathon"),
            models.UniqueConstraint(fields=["marathon", "account"], name="participant_account_once_a_marathon"),
            models.CheckConstraint(condition=Q(bib__gt=0), name="participant_bib_is_positive"),
            models.CheckConstraint(
                condition=Q(initial_balance__isnull=True) | Q(initial_balance__gt=0),
                name="participant_initial_balance_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(initial_balance__isnull=True, baseline_source=BaselineSource.NONE)
                | Q(
                    initial_balance__isnull=False,
                    baseline_source__in=[BaselineSource.ORGANISER, BaselineSource.CAPTURED],
                ),
                name="participant_baseline_has_a_source",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ParticipantStatus.values), name="participant_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status=ParticipantStatus.DISQUALIFIED, disqualification_reason__gt="")
                | (~Q(status=ParticipantStatus.DISQUALIFIED) & Q(disqualification_reason="")),
                name="participant_reason_goes_with_disqualification",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.board_name} (number {self.bib})"

    @property
    def board_name(self) -> str:
        """What boards call this participant; never an e-mail address."""
        return board_name(self.user.display_name, self.bib)


def board_name(display_name: str, bib: int) -> str:
    """The user's name, or one made of the bib for who has not told any."""
    return display_name or f"Trader {bib}"
