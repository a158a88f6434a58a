"""Parts of a board out of the database, by the index of its order: no board is loaded, however large it is.

The pages and the HTTP interface read here. Positions are counted from 0: the number of rows above.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from live.board.rows import MarathonId, ParticipantId, Row
from live.hub.store import row_of, rows_query
from marathons.models import Clock, Participant, Standing
from marathons.models.standing import board_order


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and how many rows stand above it."""

    position: int
    row: Row


@dataclass(frozen=True, slots=True)
class Key:
    """What places a participant: the columns of live.board.ranking.order_key, as they are stored."""

    participant_id: ParticipantId
    marathon_id: MarathonId
    tier: int
    score: Decimal | None
    max_drawdown: Decimal | None
    joined_at: datetime


KEY_COLUMNS = ("participant_id", "marathon_id", "tier", "score", "max_drawdown", "joined_at")


def total(marathon_id: UUID) -> int:
    """How many rows a board has. Of participants, whose rows rarely change: the index alone answers."""
    return Participant.objects.filter(marathon_id=marathon_id).count()


def window(marathon_id: UUID, offset: int, size: int, rows_in_all: int) -> list[Placed]:
    """The rows of a board from a position on, at most `size` of them."""
    ids = _ids(marathon_id, offset, min(size, rows_in_all - offset), rows_in_all)
    found = _rows(ids)
    return [Placed(offset + index, found[one]) for index, one in enumerate(ids) if one in found]


def _ids(marathon_id: UUID, offset: int, size: int, rows_in_all: int) -> list[UUID]:
    """Counted from the nearer end. First ids alone, which are in the index, then their rows: skipping costs little."""
    if size <= 0:
        return []
    ordered = Standing.objects.filter(marathon_id=marathon_id).order_by(*board_order())
    ids = ordered.values_list("participant_id", flat=True)
    below = rows_in_all - offset - size
    if below < offset:
        return list(ids.reverse()[below : below + size])[::-1]
    return list(ids[offset : offset + size])


def _rows(ids: Collection[UUID]) -> dict[UUID, Row]:
    rows = [row_of(values) for values in rows_query(Standing.objects.filter(pk__in=ids))] if ids else []
    return {row.identity.participant_id: row for row in rows}


def placed(standings: QuerySet[Standing]) -> list[Placed]:
    """These rows, of any boards, with their true positions, in the order of the queryset. Three queries."""
    keys = [Key(*values) for values in standings.values_list(*KEY_COLUMNS)]
    places, found = positions(keys), _rows([key.participant_id for key in keys])
    return [Placed(places[key.participant_id], found[key.participant_id]) for key in keys]


def matching(marathon_id: UUID, text: str) -> QuerySet[Standing]:
    """The rows whose name or login has the text in it, or whose bib it is; in the order of the board."""
    named = Standing.objects.annotate(
        full_name=Concat("participant__user__first_name", Value(" "), "participant__user__last_name")
    )
    found = Q(full_name__icontains=text) | Q(participant__account__login__icontains=text)
    if text.isascii() and text.isdecimal() and len(text) < 10:
        found |= Q(participant__bib=int(text))
    return named.filter(found, marathon_id=marathon_id).order_by(*board_order())


# Positions -----------------------------------------------------------------------------------------------------------


def positions(keys: Iterable[Key]) -> dict[ParticipantId, int]:
    """How many rows stand above each. One query, in which each row of the index is counted about once."""
    ordered = sorted(keys, key=_order)
    steps = [_step(former, key) for former, key in zip([None, *ordered], ordered, strict=False)]
    counted = _count(steps)
    places: dict[ParticipantId, int] = {}
    for index, key in enumerate(ordered):
        follows = index > 0 and ordered[index - 1].marathon_id == key.marathon_id
        places[key.participant_id] = counted[index] + (places[ordered[index - 1].participant_id] if follows else 0)
    return places


def _order(key: Key) -> tuple[Any, ...]:
    worst, best = Decimal("-Infinity"), Decimal("Infinity")
    score = worst if key.score is None else key.score
    drawdown = best if key.max_drawdown is None else key.max_drawdown
    return key.marathon_id, key.tier, -score, drawdown, key.joined_at, key.participant_id


def _step(former: Key | None, key: Key) -> Subquery:
    """The number of rows from `former` (None: from the top) down to `key`, the latter not counted."""
    board = Standing.objects.order_by().filter(marathon_id=key.marathon_id)
    if former is None or former.marathon_id != key.marathon_id:
        rows, counted = board.filter(_above(key)), Count("pk")
    else:
        # The bounds are for the index; within them the rows above either key make the difference exact.
        rows = board.filter(_bounds(former, key))
        counted = Count("pk", filter=_above(key)) - Count("pk", filter=_above(former))  # type: ignore[assignment]
    return Subquery(rows.values("marathon_id").annotate(counted=counted).values("counted"))


def _bounds(former: Key, key: Key) -> Q:
    if former.tier == key.tier and former.score is not None and key.score is not None:
        return Q(tier=key.tier, score__range=(key.score, former.score))
    return Q(tier__range=(former.tier, key.tier))


def _above(key: Key) -> Q:
    """The rows above a key. What is not null comes before what is; a comparison with null is never true."""
    last = Q(joined_at__lt=key.joined_at) | Q(joined_at=key.joined_at, participant_id__lt=key.participant_id)
    by_drawdown = _first("max_drawdown", "lt", key.max_drawdown, last)
    in_tier = _first("score", "gt", key.score, by_drawdown)
    if key.tier == 0 and key.score is not None:
        return Q(tier=0, score__gte=key.score) & in_tier  # said apart, so that the index is bounded by the score
    return Q(tier__lt=key.tier) | (Q(tier=key.tier) & in_tier)


def _first(column: str, better: str, value: Decimal | None, then: Q) -> Q:
    if value is None:
        return Q(**{f"{column}__isnull": False}) | (Q(**{f"{column}__isnull": True}) & then)
    return Q(**{f"{column}__{better}": value}) | (Q(**{column: value}) & then)


def _count(steps: Sequence[Subquery]) -> list[int]:
    """All of them as columns of one row; the clock's serves."""
    if not steps:
        return []
    columns = {f"step_{index}": Coalesce(step, 0) for index, step in enumerate(steps)}
    return list(Clock.objects.annotate(**columns).values_list(*columns)[0])
