"""Where participants stand on a stored board, and who stands around them, by the index of its order.

What a position costs is the entries of the index that are counted, half a microsecond each where rows were written
lately. So they are counted from the nearest mark of a large board, and where it has none from its nearer end, and once
for each question. Positions begin with 0.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from live.board.ranking import OrderKey, tier
from live.board.rows import MarathonId, ParticipantId, Row
from live.hub.marks import marks_of, ranks
from live.hub.ranges import Condition, between
from marathons.models import Standing, Tier
from marathons.models.standing import board_order

# A board of fewer rows is not worth the question which end of it is nearer.
SMALL = 2_000
LARGEST = 2**31
# So many participants are looked at to tell. Twice as many would err half as much: here by some percent of the board.
SAMPLE = 100
# Seconds.
SAMPLED_AGAIN = 30
LAST = Decimal("Infinity")
# The order of a board, as marathons.models.standing has it, and its reverse.
DOWNWARDS = "tier, score DESC NULLS LAST, max_drawdown, joined_at, participant_id"
UPWARDS = "tier DESC, score NULLS FIRST, max_drawdown DESC, joined_at DESC, participant_id DESC"


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
    def order(self) -> OrderKey:
        """Smaller is better, as in live.board.ranking."""
        score = LAST if self.score is None else self.score.copy_negate()
        drawdown = LAST if self.max_drawdown is None else self.max_drawdown
        return self.tier, score, drawdown, self.joined_at, self.participant_id.int


KEY_COLUMNS = ("participant_id", "marathon_id", "tier", "score", "max_drawdown", "joined_at")


def keys_of(standings: "QuerySet[Standing]") -> list[Key]:
    return [Key(*values) for values in standings.values_list(*KEY_COLUMNS)]


def key_of(marathon_id: UUID, row: Row) -> Key:
    score, identity = row.score, row.identity
    of_order = (tier(row), score.percentage, score.max_drawdown, identity.joined_at)
    return Key(identity.participant_id, MarathonId(marathon_id), *of_order)


# The rows of some parts of a board, in their order: each part is a range of the index.
COUNT = "(SELECT count(*) FROM marathons_standing WHERE marathon_id = %s AND {rows})"
NEAR = """
SELECT * FROM (
    SELECT participant_id, {part} AS part, row_number() OVER (ORDER BY {order}) AS place
    FROM marathons_standing WHERE marathon_id = %s AND {rows} ORDER BY {order} LIMIT %s) part_{part}
"""


def position(key: Key, rows_in_all: int) -> int:
    """How many rows stand above a participant, of whatever class. One query, or two."""
    marks = marks_of([key.marathon_id]).get(key.marathon_id) if rows_in_all > SMALL else None
    if marks is not None:
        mark, above = marks.before(key.order)
        return above + _count(key.marathon_id, between(mark, key.order))
    middle = _middle(key.marathon_id, rows_in_all)
    if middle is not None and key.order > middle.order:
        return rows_in_all - _count(key.marathon_id, between(key.order, None))
    return _count(key.marathon_id, between(None, key.order))


def _count(marathon_id: UUID, parts: Sequence[Condition]) -> int:
    counts = " + ".join(COUNT.format(rows=rows) for rows, _ in parts)
    values = [value for _, of_part in parts for value in (stored_id(marathon_id), *of_part)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", values)
        counted: int = cursor.fetchone()[0]
    return counted


def _middle(marathon_id: UUID, rows_in_all: int) -> Key | None:
    """Who stood near the middle a while ago, as far as a sample tells; None on a small board, where it is no use.

    It only says from which end to count, so it need not be right.
    """
    if rows_in_all <= SMALL:
        return None
    known: Key | None = cache.get_or_set(
        f"board-middle:{marathon_id}", lambda: _sampled(marathon_id, rows_in_all), SAMPLED_AGAIN
    )
    return known


def _sampled(marathon_id: UUID, rows_in_all: int) -> Key | None:
    """The middle of every so manyth participant."""
    bibs = range(1, rows_in_all, rows_in_all // SAMPLE)
    known = Standing.objects.filter(participant__marathon_id=marathon_id, participant__bib__in=bibs)  # by their index
    sample = keys_of(known.order_by())
    return sorted(sample, key=lambda key: key.order)[len(sample) // 2] if sample else None


def around(key: Key, above: int, below: int) -> list[UUID]:
    """The ids of a participant and of so many rows above and below it, in the order of the board. One query."""
    higher = [(UPWARDS, above, part) for part in reversed(between(None, key.order))]
    lower = [(DOWNWARDS, 1 + below, part) for part in between(key.order, None)]
    statement, values = _near(key.marathon_id, [*higher, *lower])
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchall()
    nearest_above = [uuid_of(one) for one, part, _ in found if part < len(higher)][:above]
    return nearest_above[::-1] + [uuid_of(one) for one, part, _ in found if part >= len(higher)][: 1 + below]


def ids_at(marathon_id: UUID, offset: int, size: int, rows_in_all: int) -> list[UUID]:
    """The ids of the rows from a position on. Counted from a mark, or from the nearer end; skipping costs little."""
    if size <= 0:
        return []
    below = rows_in_all - offset - size
    if min(offset, below) > SMALL and (marks := marks_of([marathon_id])):
        mark, above = marks[marathon_id].at(offset)
        if mark is not None:
            return _from_mark(marathon_id, mark, offset - above, size)
    ordered = Standing.objects.filter(marathon_id=marathon_id).order_by(*board_order())
    ids = ordered.values_list("participant_id", flat=True)
    if below < offset:
        return list(ids.reverse()[below : below + size])[::-1]
    return list(ids[offset : offset + size])


def _from_mark(marathon_id: UUID, mark: OrderKey, skipped: int, size: int) -> list[UUID]:
    """One query."""
    parts = [(DOWNWARDS, skipped + size, part) for part in between(mark, None)]
    statement, values = _near(marathon_id, parts)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT %s OFFSET %s", [*values, size, skipped])
        return [uuid_of(one) for one, _, _ in cursor.fetchall()]


def _near(marathon_id: UUID, parts: Sequence[tuple[str, int, Condition]]) -> tuple[str, list[Any]]:
    """The first rows of each of these parts, in an order each, at most so many."""
    near = [NEAR.format(part=part, order=order, rows=rows) for part, (order, _, (rows, _)) in enumerate(parts)]
    values = [value for _, most, (_, of_part) in parts for value in (stored_id(marathon_id), *of_part, most)]
    return f"{' UNION ALL '.join(near)} ORDER BY part, place", values


def stored_id(one: UUID) -> UUID | str:
    """An id as statements by hand have it: SQLite knows no such type."""
    return one if connection.features.has_native_uuid_field else one.hex


def uuid_of(stored: UUID | str) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(stored)


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


def ranked_positions(keys: Sequence[Key], totals: Mapping[UUID, int] = MappingProxyType({})) -> dict[UUID, int]:
    """How many rows stand above each of these that has a rank, on any boards.

    One query where there are no marks. `totals` say how many rows some boards have: it costs less then.
    """
    ranked = [key for key in keys if key.tier == Tier.RANKED]
    marks = marks_of({key.marathon_id for key in ranked if totals.get(key.marathon_id, LARGEST) > SMALL})
    marked = [(key.marathon_id, key.order) for key in ranked if key.marathon_id in marks]
    others = [key for key in ranked if key.marathon_id not in marks]
    return ranks(marked, marks) | _from_ends(others, totals)


def _from_ends(ranked: Sequence[Key], totals: Mapping[UUID, int]) -> dict[UUID, int]:
    upper, lower = [], defaultdict(list)
    for key in ranked:
        rows_in_all = totals.get(key.marathon_id, 0)
        middle = _middle(key.marathon_id, rows_in_all)
        if middle is not None and key.order > middle.order:
            lower[key.marathon_id].append(key.participant_id)
        else:
            upper.append(key.participant_id)
    places = _ranked_beside(upper, ABOVE)
    for marathon_id, ids in lower.items():
        unranked = Standing.objects.filter(marathon_id=marathon_id, tier__gt=Tier.RANKED).count()
        last = totals[marathon_id] - 1 - unranked
        places |= {one: last - counted for one, counted in _ranked_beside(ids, BELOW).items()}
    return places


def _ranked_beside(ids: Collection[UUID], side: dict[str, str]) -> dict[UUID, int]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(ids))
        cursor.execute(RANKS.format(marks=marks, **side), [stored_id(one) for one in ids])
        found = cursor.fetchall()
    counts: dict[UUID, int] = {}
    board, past = None, 0
    for participant_id, marathon_id, more, ties in found:
        past = more + (past if marathon_id == board else 0)
        board = marathon_id
        counts[uuid_of(participant_id)] = past + ties
    return counts
