"""What the feed has told of an account, as columns: an account has them, and each of its standings keeps its own."""

from django.db import models

from .fields import JSONText, MachineColumns, money

TOLD = (
    "balance",
    "equity",
    "profit",
    "margin",
    "free_margin",
    "credit",
    "currency",
    "leverage",
    "positions",
    "orders",
)
"""What the feed tells of an account, in the order of `times`."""
SNAPSHOT_COLUMNS = frozenset({*TOLD, "times", "updated_at", "stamp"})


class Snapshot(MachineColumns):
    """The last merged values of the feed; `times` says for each of TOLD which message's time it came from."""

    MACHINE_COLUMNS = SNAPSHOT_COLUMNS

    balance = money(editable=False)
    equity = money(editable=False)
    profit = money(editable=False, help_text="Floating profit or loss of the open positions.")
    margin = money(editable=False)
    free_margin = money(editable=False)
    credit = money(editable=False)
    currency = models.CharField(max_length=16, blank=True, editable=False)
    leverage = models.PositiveIntegerField(null=True, blank=True, editable=False)
    positions = JSONText(default=list, blank=True, editable=False)
    orders = JSONText(default=list, blank=True, editable=False)
    times = JSONText(
        default=list,
        blank=True,
        editable=False,
        help_text="Microseconds since 1970, in the order of TOLD; 0 is never.",
    )
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    stamp = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
