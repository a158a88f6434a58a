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

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from live.board.rows import MarathonId, ParticipantId
from marathons.models import Standing, Tier

# A board of fewer rows is not worth the question which end of it is nearer.
SMALL = 2_000
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
    def order(self) -> tuple[Any, ...]:
        """Smaller is better, as in live.board.ranking."""
        score = LAST if self.score is None else -self.score
        drawdown = LAST if self.max_drawdown is None else self.max_drawdown
        return self.tier, score, drawdown, self.joined_at, self.participant_id.int


KEY_COLUMNS = ("participant_id", "marathon_id", "tier", "score", "max_drawdown", "joined_at")


def keys_of(standings: "QuerySet[Standing]") -> list[Key]:
    return [Key(*values) for values in standings.values_list(*KEY_COLUMNS)]


# Of the rows beside a participant, in ranges of the index: how many there are, and the nearest of them.
COUNT = "(SELECT count(*) FROM marathons_standing WHERE marathon_id = %(marathon_id)s AND {rows})"
NEAR = """
SELECT * FROM (
    SELECT participant_id, {part} AS part, row_number() OVER (ORDER BY {order}) AS place
    FROM marathons_standing WHERE marathon_id = %(marathon_id)s AND {rows} ORDER BY {order}
    LIMIT %(most_{part})s) part_{part}
"""


def position(key: Key, rows_in_all: int) -> int:
    """How many rows stand above a participant, of whatever class. One query."""
    middle = _middle(key.marathon_id, rows_in_all)
    below = middle is not None and key.order > middle.order
    counts = [COUNT.format(rows=part) for part in _beside(key, below=below)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {' + '.join(counts)}", _stored(key))
        counted: int = cursor.fetchone()[0]
    return rows_in_all - 1 - counted if below else counted


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
    parts = [(UPWARDS, above, part) for part in _beside(key, below=False)]
    parts += [(DOWNWARDS, below, part) for part in _beside(key, below=True)]
    near = [NEAR.format(part=part, order=order, rows=rows) for part, (order, _, rows) in enumerate(parts)]
    most = {f"most_{part}": most for part, (_, most, _) in enumerate(parts)}
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(near)} ORDER BY part, place", _stored(key) | most)
        found = [(parts[part][0], uuid_of(one)) for one, part, _ in cursor.fetchall()]
    higher = [one for order, one in found if order == UPWARDS][:above]
    lower = [one for order, one in found if order == DOWNWARDS][:below]
    return [*reversed(higher), key.participant_id, *lower]


def stored_id(one: UUID) -> UUID | str:
    """An id as statements by hand have it: SQLite knows no such type."""
    return one if connection.features.has_native_uuid_field else one.hex


def uuid_of(stored: UUID | str) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(stored)


def _stored(key: Key) -> dict[str, Any]:
    """The parameters of conditions, as the database has them."""
    fields: dict[str, Any] = {name: Standing._meta.get_field(name) for name in KEY_COLUMNS}  # noqa: SLF001 - public
    return {name: field.get_db_prep_value(getattr(key, name), connection) for name, field in fields.items()}


def _beside(key: Key, *, below: bool) -> list[str]:
    """All rows above a participant, or all below it: conditions, each a range of the index, the nearest first.

    What is not null comes before what is.
    """
    past, worse = (">", "<") if below else ("<", ">")
    if key.max_drawdown is None:
        ties = [f"max_drawdown IS NULL AND (joined_at, participant_id) {past} (%(joined_at)s, %(participant_id)s)"]
    else:
        ties = [
            f"(max_drawdown, joined_at, participant_id) {past} (%(max_drawdown)s, %(joined_at)s, %(participant_id)s)"
        ]
    if (key.max_drawdown is None) != below:
        ties.append(f"max_drawdown IS {'' if below else 'NOT '}NULL")
    scores = [] if key.score is None else [f"score {worse} %(score)s"]
    if (key.score is None) != below:
        scores.append(f"score IS {'' if below else 'NOT '}NULL")
    same = "score IS NULL" if key.score is None else "score = %(score)s"
    within = [*(f"{same} AND {tie}" for tie in ties), *scores]
    return [*(f"tier = %(tier)s AND {one}" for one in within), f"tier {past} %(tier)s"]


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
