"""Where participants stand on a stored board, and who stands around them, by the index of its order.

What a position costs is the entries of the index that are counted, half a microsecond each where rows were written
lately. So they are counted from the nearer end of the board, and once for each question. Positions begin with 0.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Func, IntegerField, Q, QuerySet, Subquery, Value

from live.board.rows import MarathonId, ParticipantId
from marathons.models import Clock, Standing, Tier
from marathons.models.standing import board_order

# A board of fewer rows is not worth the question which end of it is nearer.
SMALL = 2_000
# So many participants are looked at to tell. Twice as many would err half as much: here by some percent of the board.
SAMPLE = 100
LAST = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Key:
    """What places a participant: the columns of live.board.ranking.order_key, as they are stored."""

    participant_id: ParticipantId
    marathon_id: MarathonId
    tier: int
    score: Decimal | None
    max_drawdown: Decimal | None
    joined_at: datetime

    @property
    def order(self) -> tuple[Any, ...]:
        """Smaller is better, as in live.board.ranking."""
        score = LAST if self.score is None else -self.score
        drawdown = LAST if self.max_drawdown is None else self.max_drawdown
        return self.tier, score, drawdown, self.joined_at, self.participant_id.int


KEY_COLUMNS = ("participant_id", "marathon_id", "tier", "score", "max_drawdown", "joined_at")


def keys_of(standings: "QuerySet[Standing]") -> list[Key]:
    return [Key(*values) for values in standings.values_list(*KEY_COLUMNS)]


def position(key: Key, rows_in_all: int) -> int:
    """How many rows stand above a participant, of whatever class."""
    middle = _middle(key.marathon_id, rows_in_all)
    below = middle is not None and key.order > middle.order
    # Apart, so that each but the ties is a range of the index; as columns of one row, for which the clock's serves.
    columns = {f"part_{index}": _counting(part) for index, part in enumerate(_beside(key, below=below))}
    counted: int = sum(Clock.objects.annotate(**columns).values_list(*columns)[0])
    return rows_in_all - 1 - counted if below else counted


def _middle(marathon_id: UUID, rows_in_all: int) -> Key | None:
    """Who stands near the middle, judged by every so manyth participant; None on a small board, where it is no use."""
    if rows_in_all <= SMALL:
        return None
    bibs = range(1, rows_in_all, rows_in_all // SAMPLE)
    known = Standing.objects.filter(participant__marathon_id=marathon_id, participant__bib__in=bibs)  # by their index
    sample = keys_of(known.order_by())
    return sorted(sample, key=_order)[len(sample) // 2] if sample else None


def around(key: Key, above: int, below: int) -> list[UUID]:
    """The ids of a participant and of so many rows above and below it, in the order of the board. One query."""
    order = board_order()
    near = [
        *(part.order_by(*order).reverse()[:above] for part in _beside(key, below=False) if above),
        *(part.order_by(*order)[:below] for part in _beside(key, below=True) if below),
    ]
    parts = [part.values_list(*KEY_COLUMNS) for part in near]
    found = [Key(*values) for values in parts[0].union(*parts[1:], all=True)] if parts else []
    better = sorted((one for one in found if one.order < key.order), key=_order)
    worse = sorted((one for one in found if one.order > key.order), key=_order)
    return [one.participant_id for one in [*better[len(better) - above :], key, *worse[:below]]]


def _order(key: Key) -> tuple[Any, ...]:
    return key.order


def _beside(key: Key, *, below: bool) -> "list[QuerySet[Standing]]":
    """All rows above a participant, or all below it, in parts that are ranges of the index, but for its ties."""
    board = Standing.objects.order_by().filter(marathon_id=key.marathon_id)
    far, tier = ("gt" if below else "lt"), board.filter(tier=key.tier)
    last = Q(**{f"joined_at__{far}": key.joined_at})
    last |= Q(joined_at=key.joined_at, **{f"participant_id__{far}": key.participant_id})
    ties = _past("max_drawdown", key.max_drawdown, last, below=below)
    parts = [board.filter(**{f"tier__{far}": key.tier})]
    if key.score is None:
        parts.append(tier.filter(ties, score__isnull=True))
    else:
        parts.append(tier.filter(ties, score=key.score))
        parts.append(tier.filter(**{f"score__{'lt' if below else 'gt'}": key.score}))
    if (key.score is None) != below:  # whoever has no score comes after who has one
        parts.append(tier.filter(score__isnull=below))
    return parts


def _past(column: str, value: Decimal | None, then: Q, *, below: bool) -> Q:
    """Rows past a value of a column, or at it and `then`. What is not null comes before what is."""
    nothing = Q(**{f"{column}__isnull": True})
    if value is None:
        return nothing & then if below else Q(**{f"{column}__isnull": False}) | (nothing & then)
    at = Q(**{column: value}) & then
    return Q(**{f"{column}__gt": value}) | nothing | at if below else Q(**{f"{column}__lt": value}) | at


def _counting(rows: "QuerySet[Standing]") -> Subquery:
    """Written as a function and not as an aggregate, for which Django would group: that costs as much as counting."""
    count: Func = Func(Value(1), function="COUNT", output_field=IntegerField())
    return Subquery(rows.annotate(counted=count).values("counted"))


# From each ranked row the rows past it up to the next of these, and those past it with the same score: an entry of the
# index is counted about once, however many ranks are asked for. 1e20 is above every score that fits its column.
RANKS = """
WITH wanted AS (
    SELECT participant_id, marathon_id, score, max_drawdown, joined_at,
        lag(score) OVER (PARTITION BY marathon_id ORDER BY {order}) AS former
    FROM marathons_standing WHERE tier = 0 AND participant_id IN ({marks}))
SELECT participant_id, marathon_id,
    (SELECT count(*) FROM marathons_standing s WHERE s.marathon_id = wanted.marathon_id AND s.tier = 0
        AND s.score {past} wanted.score AND s.score {until}= coalesce(wanted.former, {end})),
    (SELECT count(*) FROM marathons_standing s WHERE s.marathon_id = wanted.marathon_id AND s.tier = 0
        AND s.score = wanted.score AND (s.max_drawdown, s.joined_at, s.participant_id)
            {until} (wanted.max_drawdown, wanted.joined_at, wanted.participant_id))
FROM wanted ORDER BY marathon_id, {order}
"""
ABOVE = {
    "past": ">",
    "until": "<",
    "end": "1e20",
    "order": "score DESC, max_drawdown, joined_at, participant_id",
}
BELOW = {
    "past": "<",
    "until": ">",
    "end": "-1e20",
    "order": "score, max_drawdown DESC, joined_at DESC, participant_id DESC",
}


def ranked_positions(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many rows stand above each of these that has a rank, on any boards. One query."""
    return _ranked_beside(ids, ABOVE)


def ranked_positions_on(keys: Sequence[Key], rows_in_all: int) -> dict[UUID, int]:
    """The same for participants of one board."""
    ranked = [key for key in keys if key.tier == Tier.RANKED]
    middle = _middle(ranked[0].marathon_id, rows_in_all) if ranked else None
    lower = {key.participant_id for key in ranked if middle is not None and key.order > middle.order}
    places = ranked_positions([key.participant_id for key in ranked if key.participant_id not in lower])
    if lower:
        unranked = Standing.objects.filter(marathon_id=ranked[0].marathon_id, tier__gt=Tier.RANKED).count()
        last = rows_in_all - 1 - unranked
        places |= {one: last - counted for one, counted in _ranked_beside(lower, BELOW).items()}
    return places


def _ranked_beside(ids: Collection[UUID], side: dict[str, str]) -> dict[UUID, int]:
    if not ids:
        return {}
    native = connection.features.has_native_uuid_field
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(ids))
        cursor.execute(RANKS.format(marks=marks, **side), [one if native else one.hex for one in ids])
        found = cursor.fetchall()
    counts: dict[UUID, int] = {}
    board, past = None, 0
    for participant_id, marathon_id, more, ties in found:
        past = more + (past if marathon_id == board else 0)
        board = marathon_id
        counts[participant_id if native else UUID(participant_id)] = past + ties
    return counts
