"""Parts of a board out of the database, by the index of its order: no board is loaded, however large it is.

The pages and the HTTP interface read here. Positions are counted from 0: the number of rows above.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from live.board.rows import ParticipantId, Row
from live.hub.places import (
    DOWNWARDS,
    Key,
    around,
    ids_at,
    key_of,
    keys_of,
    position,
    ranked_positions,
    stored_id,
    uuid_of,
)
from live.hub.store import row_of, rows_query
from marathons.models import Marathon, Participant, Standing


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and how many rows stand above it."""

    position: int
    row: Row


# A search looks at so many rows of the board first. Where one in OFTEN of them matches, it goes on down the board, but
# not for ever: those that match may all stand at its top.
LOOKED_AT, OFTEN, FURTHER = 200, 40, 3_000

# Up to FEW matches of a search are sorted. Up to MANY are at hand on the way down the board, which is quicker then; and
# if there are still more, the rows' own names are read.
FEW, MANY = 700, 6_000

# Seconds. Should somebody have been deleted all the same, boards are right again after so long.
COUNTED_AGAIN = 30


def total(marathon_id: UUID) -> int:
    """How many rows a board has. Counted once for each next bib, as nobody is deleted while a marathon lives."""
    next_bib = Marathon.objects.values_list("next_bib", flat=True).get(pk=marathon_id)
    count = Participant.objects.filter(marathon_id=marathon_id).count
    return int(cache.get_or_set(f"board-size:{marathon_id}:{next_bib}", count, COUNTED_AGAIN) or 0)


def window(marathon_id: UUID, offset: int, size: int, rows_in_all: int) -> list[Placed]:
    """The rows of a board from a position on, at most `size` of them."""
    ids = ids_at(marathon_id, offset, min(size, rows_in_all - offset), rows_in_all)
    return _placed(enumerate(ids, offset))


def window_around(key: Key, size: int, rows_in_all: int) -> list[Placed]:
    """The rows around a participant, as live.board.views.select has it."""
    place = position(key, rows_in_all)
    offset = max(0, min(place - size // 2, rows_in_all - size))
    above = place - offset
    return _placed(enumerate(around(key, above, min(size, rows_in_all - offset) - 1 - above), offset))


def _placed(places: Iterable[tuple[int, UUID]]) -> list[Placed]:
    listed = list(places)
    found = _rows([one for _, one in listed])
    return [Placed(place, found[ParticipantId(one)]) for place, one in listed if one in found]


def _rows(ids: Collection[UUID]) -> dict[UUID, Row]:
    rows = [row_of(values) for values in rows_query(Standing.objects.filter(pk__in=ids))] if ids else []
    return {row.identity.participant_id: row for row in rows}


def placed(standings: QuerySet[Standing], totals: Mapping[UUID, int] = MappingProxyType({})) -> list[Placed]:
    """These rows, of any boards, in the order of the queryset, with the positions of those that have a rank.

    The others' are not shown, and said to be 0. `totals`, as in live.hub.places.ranked_positions.
    """
    keys = keys_of(standings)
    places = ranked_positions(keys, totals)
    return _placed((places.get(key.participant_id, 0), key.participant_id) for key in keys)


def _ranked(marathon_id: UUID, ids: Collection[UUID], rows_in_all: int) -> list[Placed]:
    """The same for rows of one board, in its order."""
    rows = _rows(ids)
    keys = sorted([key_of(marathon_id, row) for row in rows.values()], key=lambda key: key.order)
    places = ranked_positions(keys, {marathon_id: rows_in_all})
    return [Placed(places.get(key.participant_id, 0), rows[key.participant_id]) for key in keys]


def search(marathon_id: UUID, text: str, offset: int, size: int, rows_in_all: int) -> list[Placed]:
    """The rows whose name has the text in it, whose login begins with it or whose bib it is, in the order of the board.

    What many rows match is soon found from the top of the board. What few match is found by the indexes, and sorted.
    """
    wanted = offset + size
    looked_at = LOOKED_AT
    found = _from_the_top(marathon_id, text, 0, looked_at, wanted)
    if len(found) < wanted and len(found) * OFTEN >= looked_at:
        found += _from_the_top(marathon_id, text, looked_at, FURTHER, wanted - len(found))
        looked_at += FURTHER
    if len(found) < wanted and looked_at < rows_in_all:
        matches, part = _anywhere(marathon_id, text, offset, size)
        if matches <= FEW:
            return _ranked(marathon_id, [one for _, one in part], rows_in_all)
        if matches <= MANY:
            return _placed(part)
        found += _from_the_top(marathon_id, text, looked_at, rows_in_all, wanted - len(found))
    return _placed(found[offset:wanted])


# By hand, as the rows have to be numbered before they are chosen among. Who a row is, is asked of one after the other,
# which ends when there are enough; joined, PostgreSQL might begin with all names. Of accounts it is asked only where
# some login begins so.
NUMBERED = """
    SELECT row_number() OVER (ORDER BY {order}) - 1 AS place, tier, score, max_drawdown, joined_at, participant_id
    FROM marathons_standing WHERE marathon_id = %(marathon_id)s ORDER BY {order}
"""
FROM_THE_TOP = """
SELECT place, participant_id FROM ({numbered} LIMIT %(rows)s OFFSET %(after)s) part
WHERE (SELECT bib = %(bib)s OR (SELECT {named} FROM marathons_user u WHERE u.id = p.user_id)
        OR ((SELECT EXISTS (SELECT 1 FROM marathons_account a WHERE {by_login}))
            AND (SELECT {by_login} FROM marathons_account a WHERE a.id = p.account_id))
    FROM marathons_participant p WHERE p.id = participant_id)
ORDER BY {order} LIMIT %(most)s
"""
# A query for each index, as one that says `or` would use none of them. Whose participant it is, is asked of each one
# found, once: joined, PostgreSQL would rather read all participants. First comes how many there are, then a part of
# them, sorted or met on the way down. (`IS TRUE` keeps that from being a join.)
ANYWHERE = """
WITH every AS MATERIALIZED (
    SELECT p.id FROM marathons_participant p WHERE marathon_id = %(marathon_id)s AND bib = %(bib)s
    UNION ALL SELECT (SELECT p.id FROM marathons_participant p
        WHERE p.user_id = u.id AND p.marathon_id = %(marathon_id)s)
        FROM marathons_user u WHERE {named} AND {by_letters}
    UNION ALL SELECT (SELECT p.id FROM marathons_participant p
        WHERE p.account_id = a.id AND p.marathon_id = %(marathon_id)s) FROM marathons_account a WHERE {by_login}
), found AS MATERIALIZED (SELECT id FROM every WHERE id IS NOT NULL LIMIT %(most)s + 1)
SELECT -1 AS place, count(*) AS matches, NULL AS one FROM found
UNION ALL SELECT * FROM (
    SELECT row_number() OVER (ORDER BY {order}), 0, participant_id
    FROM marathons_standing WHERE participant_id IN (SELECT id FROM found)
    ORDER BY {order} LIMIT %(rows)s OFFSET %(after)s) sorted
    WHERE (SELECT count(*) FROM found) <= %(few)s
UNION ALL SELECT * FROM (
    SELECT place, 0, participant_id FROM ({numbered}) part WHERE (participant_id IN (SELECT id FROM found)) IS TRUE
    ORDER BY {order} LIMIT %(rows)s OFFSET %(after)s) met
    WHERE (SELECT count(*) FROM found) > %(few)s AND (SELECT count(*) FROM found) <= %(most)s
ORDER BY place
"""
# As the index user_parts_of_name has it (marathons/migrations/0005).
FULL_NAME = "(u.first_name || ' ' || u.last_name)"
# That index is of three letters or digits that follow each other; for a text without any there is user_letters_of_name.
TRIGRAM = re.compile(r"[^\W_]{3}")
BY_LETTERS = f"marathons_letters(UPPER({FULL_NAME}::text)) @> marathons_letters(UPPER(%(text)s))"


def _from_the_top(marathon_id: UUID, text: str, after: int, rows: int, most: int) -> list[tuple[int, UUID]]:
    """The first of so many rows of the board that the text finds, with their positions."""
    bounds = {"after": after, "rows": rows, "most": most}
    return [(place, uuid_of(one)) for place, one in _found(FROM_THE_TOP, marathon_id, text, bounds)]


def _anywhere(marathon_id: UUID, text: str, offset: int, size: int) -> tuple[int, list[tuple[int, UUID]]]:
    """How many the text finds, some of them counted twice, and a part of them; with positions if more than FEW.

    If they are more than MANY, they are not all looked for, and there is no part.
    """
    bounds = {"after": offset, "rows": size, "few": FEW, "most": MANY}
    [(_, matches, _), *part] = _found(ANYWHERE, marathon_id, text, bounds)
    return matches, [(place, uuid_of(one)) for place, _, one in part]


def _found(statement: str, marathon_id: UUID, text: str, bounds: Mapping[str, int]) -> list[Any]:
    like = connection.ops.prep_for_like_query(text)
    conditions = {
        "named": _lookup("icontains", FULL_NAME, "named"),
        "by_login": _lookup("startswith", "a.login", "by_login"),
        "by_letters": "true" if TRIGRAM.search(text) or connection.vendor != "postgresql" else BY_LETTERS,
        "order": DOWNWARDS,
        "numbered": NUMBERED.format(order=DOWNWARDS),
    }
    values = {
        "marathon_id": stored_id(marathon_id),
        "text": text,
        "named": f"%{like}%",
        "by_login": f"{like}%",
        "bib": int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1,
        **bounds,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**conditions), values)
        return list(cursor.fetchall())


def _lookup(name: str, column: str, parameter: str) -> str:
    """Django's own lookup of text, as this database writes it."""
    database: Any = connection
    return f"{database.ops.lookup_cast(name) % column} {database.operators[name] % f'%({parameter})s'}"
