"""What the feed has told of an account, as columns: an account has them, and each of its standings keeps its own."""

from django.db import models

from .fields import MachineColumns, money

SNAPSHOT_COLUMNS = frozenset(
    {
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
        "times",
        "updated_at",
        "stamp",
    }
)


class Snapshot(MachineColumns):
    """The last merged values of the feed; `times` says for each field which message's time it came from."""

    MACHINE_COLUMNS = SNAPSHOT_COLUMNS

    balance = money(editable=False)
    equity = money(editable=False)
    profit = money(editable=False, help_text="Floating profit or loss of the open positions.")
    margin = money(editable=False)
    free_margin = money(editable=False)
    credit = money(editable=False)
    currency = models.CharField(max_length=16, blank=True, editable=False)
    leverage = models.PositiveIntegerField(null=True, blank=True, editable=False)
    positions = models.JSONField(default=list, blank=True, editable=False)
    orders = models.JSONField(default=list, blank=True, editable=False)
    times = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Field name to microseconds since the epoch."
    )
    updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    stamp = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
