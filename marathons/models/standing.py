"""What the board shows of one participant. Written by the worker; frozen at the marathon's end."""

from decimal import Decimal

from django.db import models
from django.db.models import F
from django.db.models.expressions import OrderBy

from .fields import money, percentage, score
from .indexes import NullsLastIndex
from .marathon import Marathon
from .participant import Participant
from .snapshot import Snapshot


class Tier(models.IntegerChoices):
    """The classes of a board, in the order in which it lists them."""

    RANKED = 0
    NO_DATA = 1
    DISQUALIFIED = 2
    WITHDRAWN = 3


def board_order(path: str = "") -> tuple[OrderBy, ...]:
    """The order of a board, for standings or for what has them at `path`; within one, an index answers for it."""
    return (
        F(f"{path}tier").asc(),
        F(f"{path}score").desc(nulls_last=True),
        F(f"{path}max_drawdown").asc(),
        F(f"{path}joined_at").asc(),
        F(f"{path}participant_id").asc(),
    )


class Standing(Snapshot):
    """Its snapshot merges only messages stamped inside the marathon, so it may differ from the account's."""

    participant = models.OneToOneField(
        Participant, primary_key=True, on_delete=models.CASCADE, related_name="standing", editable=False
    )
    # Copies of what the order of a board needs, so that one index answers for a page of it. Both indexes below begin
    # with the marathon: a third one would answer nothing, and be written with every row.
    marathon = models.ForeignKey(
        Marathon, on_delete=models.CASCADE, related_name="standings", editable=False, db_index=False
    )
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.NO_DATA, editable=False)
    joined_at = models.DateTimeField(editable=False)
    score = score(editable=False)
    drawdown = percentage(editable=False)
    max_drawdown = percentage(editable=False)
    # Of the observed equities alone: with the baseline apart, an edited baseline needs no history to be applied.
    equity_high = money(editable=False)
    equity_low = money(editable=False)
    path_drawdown = percentage(null=False, blank=False, default=Decimal(0), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="standing_tier_is_known"),
            models.CheckConstraint(
                condition=~models.Q(tier=Tier.RANKED) | models.Q(score__isnull=False, max_drawdown__isnull=False),
                name="standing_ranked_has_a_score",
            ),
        ]
        indexes = [
            # "What changed on this board since 1234?": healing, resume, the worker's refresh.
            models.Index(fields=["marathon", "stamp"], name="standing_changed_since"),
            # "Rows 101 to 150 of this board", and the count of those above a participant.
            NullsLastIndex(
                F("marathon"),
                F("tier"),
                F("score").desc(nulls_last=True),
                F("max_drawdown"),
                F("joined_at"),
                F("participant"),
                name="standing_order_of_the_board",
            ),
        ]

    def __str__(self) -> str:
        return f"standing of {self.participant_id}"
