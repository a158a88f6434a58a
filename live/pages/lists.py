"""The marathons that a viewer may see, in the three lists of the front page. One query a list, and one count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from live.pages.boards import participants
from live.pages.moments import Phase, phase
from marathons.access import Viewer, visible_marathons
from marathons.models import Marathon, Participant, Visibility

# Under way or announced at the same time: more than this is not a list that anybody reads.
MOST = 100
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One marathon of a list."""

    id: UUID
    name: str
    phase: Phase
    participants: str
    private: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """`past` is page `number` of `pages`: what is over or cancelled, latest first."""

    ongoing: tuple[Item, ...]
    upcoming: tuple[Item, ...]
    past: tuple[Item, ...]
    number: int
    pages: int

    @property
    def newer(self) -> int | None:
        return self.number - 1 or None

    @property
    def older(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def read_lists(viewer: Viewer, number: int, now: datetime) -> Lists:
    """All lists at the moment `now`, with that page of the past, or its last one."""
    visible = visible_marathons(viewer).annotate(participants_count=_participants())
    on = visible.filter(cancelled_at=None, ends_at__gt=now)
    past = visible.filter(Q(ends_at__lte=now) | Q(cancelled_at__isnull=False))
    pages = max(1, -(-past.count() // PAGE_SIZE))
    number = min(max(1, number), pages)
    offset = (number - 1) * PAGE_SIZE
    return Lists(
        ongoing=_items(on.filter(starts_at__lte=now).order_by("ends_at", "pk")[:MOST], now),
        upcoming=_items(on.filter(starts_at__gt=now).order_by("starts_at", "pk")[:MOST], now),
        past=_items(past.order_by("-ends_at", "pk")[offset : offset + PAGE_SIZE], now),
        number=number,
        pages=pages,
    )


def _participants() -> Coalesce:
    """How many rows the board has. A subquery, because a join would group over all participants of all marathons."""
    of_this = Participant.objects.filter(marathon=OuterRef("pk")).order_by().values("marathon")
    return Coalesce(Subquery(of_this.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def _items(marathons: QuerySet[Marathon], now: datetime) -> tuple[Item, ...]:
    found: Iterable[Marathon] = marathons
    return tuple(
        Item(
            id=one.pk,
            name=one.name,
            phase=phase(one, now),
            participants=participants(one.participants_count),  # type: ignore[attr-defined]  # annotated above
            private=one.visibility == Visibility.PRIVATE,
        )
        for one in found
    )
