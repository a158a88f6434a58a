"""The one clock: every transaction that changes a board takes its next value and stamps the rows it changed."""

from django.db import models
from django.db.models import Q


class Clock(models.Model):
    """A single row. `epoch` changes only when the history of stamps is broken, e.g. by a restored backup."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    epoch = models.CharField(max_length=16, editable=False)
    value = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="clock_is_one_row")]

    def __str__(self) -> str:
        return f"{self.epoch}:{self.value}"
