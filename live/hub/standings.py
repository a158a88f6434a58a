"""Parts of a board out of the database, by the index of its order: no board is loaded, however large it is.

The pages and the HTTP interface read here. Positions are counted from 0: the number of rows above.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Func, IntegerField, Q, QuerySet, Subquery, TextField, Value

from live.board.rows import MarathonId, ParticipantId, Row
from live.hub.store import row_of, rows_query
from marathons.models import Account, Clock, Marathon, Participant, Standing, User
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


# Matches of a search that are sorted; if there are more, the board is read in its order until there are enough.
FEW = 500

# Seconds. Should somebody have been deleted all the same, boards are right again after so long.
COUNTED_AGAIN = 30

KEY_COLUMNS = ("participant_id", "marathon_id", "tier", "score", "max_drawdown", "joined_at")


def total(marathon_id: UUID) -> int:
    """How many rows a board has. Counted once for each next bib, as nobody is deleted while a marathon lives."""
    next_bib = Marathon.objects.values_list("next_bib", flat=True).get(pk=marathon_id)
    count = Participant.objects.filter(marathon_id=marathon_id).count
    return int(cache.get_or_set(f"board-size:{marathon_id}:{next_bib}", count, COUNTED_AGAIN) or 0)


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
    """These rows, of any boards, in the order of the queryset, with the positions of those that have a rank.

    The others' are not shown, and said to be 0. Three queries.
    """
    ids = list(standings.values_list("participant_id", flat=True))
    places, found = ranked_positions(ids), _rows(ids)
    return [Placed(places.get(one, 0), found[ParticipantId(one)]) for one in ids]


class FullName(Func):
    """A user's name as the index user_parts_of_name has it (marathons/migrations/0005)."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def matching(marathon_id: UUID, text: str, offset: int, size: int) -> QuerySet[Standing]:
    """The rows whose name has the text in it, whose login begins with it or whose bib it is, in the order of the board.

    Few are found by the indexes of names and logins, and sorted. Many would be slow to sort, but then the board in its
    order soon has enough of them. One query, and that of the result.
    """
    ordered = Standing.objects.filter(marathon_id=marathon_id).order_by(*board_order())
    found = set(_found(marathon_id, text)[: FEW + 1])
    if len(found) <= FEW:
        return ordered.filter(pk__in=found)[offset : offset + size]
    name = FullName("participant__user__first_name", "participant__user__last_name")
    fits = (
        Q(full_name__icontains=text)
        | Q(participant__account__login__startswith=text)
        | _is_bib(text, "participant__bib")
    )
    return ordered.annotate(full_name=name).filter(fits)[offset : offset + size]


def _found(marathon_id: UUID, text: str) -> "QuerySet[Participant, UUID]":
    """Some participants more than once. One query for each index, as one that says `or` would use none of them."""
    board = Participant.objects.order_by().filter(marathon_id=marathon_id).values_list("pk", flat=True)
    named = User.objects.annotate(full_name=FullName("first_name", "last_name")).filter(full_name__icontains=text)
    accounts = Account.objects.filter(login__startswith=text)
    return board.filter(_is_bib(text, "bib")).union(
        board.filter(user__in=named), board.filter(account__in=accounts), all=True
    )


def _is_bib(text: str, column: str) -> Q:
    return Q(**{column: int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1})


# Positions -----------------------------------------------------------------------------------------------------------


def position(key: Key) -> int:
    """How many rows stand above a participant, of whatever class. One query."""
    board = Standing.objects.order_by().filter(marathon_id=key.marathon_id)
    tier = board.filter(tier=key.tier)
    ties = _before("max_drawdown", key.max_drawdown, _last(key))
    if key.score is None:
        parts = [tier.filter(score__isnull=False), tier.filter(ties, score__isnull=True)]
    else:
        parts = [tier.filter(score__gt=key.score), tier.filter(ties, score=key.score)]
    # Apart, so that each but the ties is a range of the index; as columns of one row, for which the clock's serves.
    columns = {f"part_{index}": _counting(part) for index, part in enumerate([board.filter(tier__lt=key.tier), *parts])}
    return sum(Clock.objects.annotate(**columns).values_list(*columns)[0])


def _last(key: Key) -> Q:
    return Q(joined_at__lt=key.joined_at) | Q(joined_at=key.joined_at, participant_id__lt=key.participant_id)


def _before(column: str, value: Decimal | None, then: Q) -> Q:
    """Rows before a value of a column, or at it and `then`. What is not null comes before what is."""
    if value is None:
        return Q(**{f"{column}__isnull": False}) | (Q(**{f"{column}__isnull": True}) & then)
    return Q(**{f"{column}__lt": value}) | (Q(**{column: value}) & then)


def _counting(rows: QuerySet[Standing]) -> Subquery:
    """Written as a function and not as an aggregate, for which Django would group: that costs as much as counting."""
    count: Func = Func(Value(1), function="COUNT", output_field=IntegerField())
    return Subquery(rows.annotate(counted=count).values("counted"))


# From each ranked row the better ones up to the one before it, and those above it with the same score: an entry of the
# index is counted about once, however many ranks are asked for. 1e20 is above every score that fits its column.
RANKS = """
WITH wanted AS (
    SELECT participant_id, marathon_id, score, max_drawdown, joined_at, lag(score) OVER (
        PARTITION BY marathon_id ORDER BY score DESC, max_drawdown, joined_at, participant_id) AS former
    FROM marathons_standing WHERE tier = 0 AND participant_id IN ({marks}))
SELECT participant_id, marathon_id,
    (SELECT count(*) FROM marathons_standing s WHERE s.marathon_id = wanted.marathon_id AND s.tier = 0
        AND s.score > wanted.score AND s.score <= coalesce(wanted.former, 1e20)),
    (SELECT count(*) FROM marathons_standing s WHERE s.marathon_id = wanted.marathon_id AND s.tier = 0
        AND s.score = wanted.score AND (s.max_drawdown, s.joined_at, s.participant_id)
            < (wanted.max_drawdown, wanted.joined_at, wanted.participant_id))
FROM wanted ORDER BY marathon_id, score DESC, max_drawdown, joined_at, participant_id
"""


def ranked_positions(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many rows stand above each of these that has a rank. One query."""
    if not ids:
        return {}
    native = connection.features.has_native_uuid_field
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(ids))
        cursor.execute(RANKS.format(marks=marks), [one if native else one.hex for one in ids])
        found = cursor.fetchall()
    places: dict[UUID, int] = {}
    board, better = None, 0
    for participant_id, marathon_id, more, ties in found:
        better = more + (better if marathon_id == board else 0)
        board = marathon_id
        places[participant_id if native else UUID(participant_id)] = better + ties
    return places
