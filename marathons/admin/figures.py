"""Live figures for pages that only show them: ranks out of the board's own order, ages, amounts, missing baselines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marathons.history import plain
from marathons.models import Marathon, MarathonStatus, Participant, ParticipantStatus, Standing, Tier
from marathons.models.standing import board_order

NOTHING = "-"
SILENT_SECONDS = 60  # an account reports every 10 to 30 s, whatever happens


def ranks(participants: Iterable[Participant]) -> dict[UUID, int]:
    """The places of these participants, in one query whatever their number; who has none is left out."""
    listed = list(participants)
    ids = [participant.pk for participant in listed]
    place = Window(RowNumber(), partition_by=F("marathon_id"), order_by=board_order())
    board = Standing.objects.filter(marathon__in={one.marathon_id for one in listed}, tier=Tier.RANKED)
    # The second half is never true. It makes Django choose among the rows after numbering them, not before.
    chosen = board.annotate(place=place).filter(Q(pk__in=ids) | Q(place__lt=0))
    return dict(chosen.values_list("pk", "place"))


@dataclass(frozen=True, slots=True)
class Headcount:
    """Of one marathon: who takes part, and whom of these only the feed formula can rank."""

    players: int = 0
    without_baseline: int = 0


def headcounts(marathon_ids: Iterable[UUID]) -> dict[UUID, Headcount]:
    """By marathon, in one query; a marathon that nobody entered is left out."""
    playing = ~Q(status=ParticipantStatus.WITHDRAWN)
    unknown = Q(initial_balance=None, marathon__initial_balance=None, status=ParticipantStatus.ACTIVE)
    rows = (
        Participant.objects.filter(marathon__in=list(marathon_ids))
        .order_by()
        .values_list("marathon_id")
        .annotate(players=Count("pk", filter=playing), without=Count("pk", filter=unknown))
    )
    return {marathon_id: Headcount(players, without) for marathon_id, players, without in rows}


def age(at: datetime | None, now: datetime) -> str | SafeString:
    """How old a figure is, marked where that is longer than an account stays silent."""
    if at is None:
        return NOTHING
    text = span(at, now)
    silent = (now - at).total_seconds() > SILENT_SECONDS
    return format_html('<span class="silent">{}</span>', text) if silent else text


def span(since: datetime, now: datetime) -> str:
    """How long ago, in the largest unit of which there are two."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def percent(value: Decimal | None) -> str:
    return NOTHING if value is None else f"{value:.4f} %"


def amount(value: Decimal | None, currency: str = "") -> str:
    return NOTHING if value is None else f"{plain(value)} {currency}".strip()


def waits_for_start(marathon: Marathon, now: datetime) -> bool:
    """Whether the marathon still has its start before it, at which baselines are captured by themselves."""
    return marathon.captures_baselines and marathon.status_at(now) == MarathonStatus.UPCOMING


def baseline(participant: Participant, now: datetime) -> str | SafeString:
    """What a participant is measured against, and where that comes from; marked if it is nothing."""
    if participant.initial_balance is not None:
        return f"{plain(participant.initial_balance)}, {participant.get_baseline_source_display()}"
    common = participant.marathon.initial_balance
    if common is not None:
        return f"{plain(common)}, the marathon's"
    if waits_for_start(participant.marathon, now):
        return "captured at the start"
    return format_html('<span class="missing" title="{}">⚠ none</span>', "ranked by floating profit only")
