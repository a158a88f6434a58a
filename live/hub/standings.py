"""Parts of a board out of the database, by the index of its order: no board is loaded, however large it is.

The pages and the HTTP interface read here. Positions are counted from 0: the number of rows above.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Func, Q, QuerySet, TextField

from live.board.rows import ParticipantId, Row
from live.hub.places import Key, around, keys_of, position, ranked_positions, ranked_positions_on
from live.hub.store import row_of, rows_query
from marathons.models import Account, Marathon, Participant, Standing, User
from marathons.models.standing import board_order

Rows = TypeVar("Rows", bound="QuerySet[Any]")


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and how many rows stand above it."""

    position: int
    row: Row


# Matches of a search that are sorted; if there are more, the board is read in its order until there are enough.
FEW = 500

# A search looks first at so many rows of the board for each that is wanted. With many more than MOST_LOOKED_AT,
# PostgreSQL would rather read whole tables than find them by their keys.
LOOKED_AT, MOST_LOOKED_AT = 4, 200

# Seconds. Should somebody have been deleted all the same, boards are right again after so long.
COUNTED_AGAIN = 30


def total(marathon_id: UUID) -> int:
    """How many rows a board has. Counted once for each next bib, as nobody is deleted while a marathon lives."""
    next_bib = Marathon.objects.values_list("next_bib", flat=True).get(pk=marathon_id)
    count = Participant.objects.filter(marathon_id=marathon_id).count
    return int(cache.get_or_set(f"board-size:{marathon_id}:{next_bib}", count, COUNTED_AGAIN) or 0)


def window(marathon_id: UUID, offset: int, size: int, rows_in_all: int) -> list[Placed]:
    """The rows of a board from a position on, at most `size` of them."""
    ids = _ids(marathon_id, offset, min(size, rows_in_all - offset), rows_in_all)
    return _placed(enumerate(ids, offset))


def window_around(key: Key, size: int, rows_in_all: int) -> list[Placed]:
    """The rows around a participant, as live.board.views.select has it."""
    place = position(key, rows_in_all)
    offset = max(0, min(place - size // 2, rows_in_all - size))
    if not connection.features.supports_slicing_ordering_in_compound:
        return window(key.marathon_id, offset, size, rows_in_all)
    above = place - offset
    return _placed(enumerate(around(key, above, min(size, rows_in_all - offset) - 1 - above), offset))


def _placed(places: Iterable[tuple[int, UUID]]) -> list[Placed]:
    listed = list(places)
    found = _rows([one for _, one in listed])
    return [Placed(place, found[ParticipantId(one)]) for place, one in listed if one in found]


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
    places = ranked_positions(ids)
    return _placed((places.get(one, 0), one) for one in ids)


def placed_on(standings: QuerySet[Standing], rows_in_all: int) -> list[Placed]:
    """The same for rows of one board, which costs less if that is large."""
    keys = keys_of(standings)
    places = ranked_positions_on(keys, rows_in_all)
    return _placed((places.get(key.participant_id, 0), key.participant_id) for key in keys)


class FullName(Func):
    """A user's name as the index user_parts_of_name has it (marathons/migrations/0005)."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()


def search(marathon_id: UUID, text: str, offset: int, size: int, rows_in_all: int) -> list[Placed]:
    """The rows whose name has the text in it, whose login begins with it or whose bib it is, in the order of the board.

    What many rows match is soon found at the top of the board.
    """
    looked_at = min((offset + size) * LOOKED_AT, MOST_LOOKED_AT, rows_in_all)
    top = _ids(marathon_id, 0, looked_at, rows_in_all)
    fitting = set(_fitting(Participant.objects.filter(pk__in=top), text).values_list("pk", flat=True))
    found = [(place, one) for place, one in enumerate(top) if one in fitting][offset : offset + size]
    if len(found) == size or looked_at == rows_in_all:
        return _placed(found)
    return placed_on(_matching(marathon_id, text)[offset : offset + size], rows_in_all)


def _matching(marathon_id: UUID, text: str) -> QuerySet[Standing]:
    """Few are found by the indexes of names and logins, and sorted. Many would be slow to sort, but then the board in
    its order soon has enough of them."""
    ordered = Standing.objects.filter(marathon_id=marathon_id).order_by(*board_order())
    found = set(_found(marathon_id, text)[: FEW + 1])
    return ordered.filter(pk__in=found) if len(found) <= FEW else _fitting(ordered, text, "participant__")


def _fitting(rows: Rows, text: str, path: str = "") -> Rows:
    """Those rows of participants, or of what has them at `path`."""
    named = rows.alias(full_name=FullName(f"{path}user__first_name", f"{path}user__last_name"))
    by_login = Q(**{f"{path}account__login__startswith": text})
    found: Rows = named.filter(Q(full_name__icontains=text) | by_login | _is_bib(text, f"{path}bib"))
    return found


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
