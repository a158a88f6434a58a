"""A participant's curve: one row per participant and time bucket, written in the worker's own transaction."""

from django.db import models

from .fields import money
from .participant import Participant


class EquityPoint(models.Model):
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="equity_points", db_index=False)
    bucket = models.DateTimeField(help_text="Start of the bucket.")
    open = money(null=False, blank=False)
    high = money(null=False, blank=False)
    low = money(null=False, blank=False)
    close = money(null=False, blank=False)
    balance = money()
    # The messages' own times of open and close. With them a late message finds its place, in any order of arrival.
    opened_at = models.DateTimeField(editable=False)
    closed_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["participant", "bucket"]
        constraints = [
            # Also the index of "this participant's curve from .. to".
            models.UniqueConstraint(fields=["participant", "bucket"], name="equity_point_once_a_bucket"),
            models.CheckConstraint(
                condition=models.Q(
                    high__gte=models.F("open"),
                    low__lte=models.F("open"),
                    close__range=(models.F("low"), models.F("high")),
                ),
                name="equity_point_is_a_candle",
            ),
        ]
        # Retention prunes by age, over all participants.
        indexes = [models.Index(fields=["bucket"], name="equity_point_by_age")]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.bucket:%Y-%m-%d %H:%M} {self.close}"
