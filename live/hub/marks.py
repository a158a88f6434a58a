"""The marks of large boards as the worker stored them, where they are right in this moment; ranks counted from them."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from live.board.marks import Marks, unpack_keys, unpack_marks
from live.board.ranking import OrderKey
from live.hub.ranges import values_of
from marathons.models import BoardMarks


def marks_of(marathon_ids: Collection[UUID]) -> dict[UUID, Marks]:
    """Return the marks of these boards. They are missing of small ones, and of what changed since they were stored.

    They belong to the rows of the same moment (moments.py), so outside of one there are none. One query, and one for
    each board whose marks are at other places than this process last saw them.
    """
    if connection.vendor != "postgresql" or not connection.in_atomic_block:
        return {}
    right = BoardMarks.objects.filter(marathon_id__in=marathon_ids, stamp=F("marathon__stamp"))
    found = right.values_list("marathon_id", "version", "sizes")
    return {one: unpack_marks(_keys(one, version), bytes(sizes)) for one, version, sizes in found}


@lru_cache(maxsize=64)
def _keys(marathon_id: UUID, version: UUID) -> Sequence[OrderKey]:
    found = BoardMarks.objects.values_list("keys", flat=True)
    return unpack_keys(bytes(found.get(marathon_id=marathon_id, version=version)))


# The ranked rows between a participant and a mark: from `first` on and above `last`. The rows that have the score of
# either are told apart by what else the order has.
FROM_MARKS = """
WITH wanted (participant_id, marathon_id, above, sign,
    first_score, first_drawdown, first_joined_at, first_id, last_score, last_drawdown, last_joined_at, last_id)
AS (SELECT * FROM unnest({arrays}))
SELECT participant_id, above + sign * CASE WHEN first_score = last_score
    THEN ({count} AND s.score = first_score AND {from_first} AND {above_last})
    ELSE ({count} AND s.score = first_score AND {from_first})
        + ({count} AND s.score < first_score AND s.score > last_score)
        + ({count} AND s.score = last_score AND {above_last}) END
FROM wanted
"""
PARTS = {
    "count": "SELECT count(*) FROM marathons_standing s WHERE s.marathon_id = wanted.marathon_id AND s.tier = 0",
    "from_first": "(s.max_drawdown, s.joined_at, s.participant_id) >= (first_drawdown, first_joined_at, first_id)",
    "above_last": "(s.max_drawdown, s.joined_at, s.participant_id) < (last_drawdown, last_joined_at, last_id)",
}
# A column is one array, whose text is made here: values as parameters of their own would take several times as long.
ARRAYS = ("uuid", "uuid", "integer", "integer", *(2 * ("numeric", "numeric", "timestamptz", "uuid")))
TOP = (Decimal("1e20"), None, None, None)  # above every score that fits its column


def ranks(wanted: Sequence[tuple[UUID, OrderKey]], marks: Mapping[UUID, Marks]) -> dict[UUID, int]:
    """Return how many rows stand above each of these ranked participants: boards, all of which have marks, and keys.

    One query, which counts from the nearest mark of each.
    """
    if not wanted:
        return {}
    rows = [_row(marathon_id, key, *marks[marathon_id].nearest(key)) for marathon_id, key in wanted]
    statement = FROM_MARKS.format(arrays=", ".join(f"%s::{type_}[]" for type_ in ARRAYS), **PARTS)
    with connection.cursor() as cursor:
        cursor.execute(statement, [_array(values) for values in zip(*rows, strict=True)])
        return dict(cursor.fetchall())


def _row(marathon_id: UUID, key: OrderKey, mark: OrderKey | None, above: int) -> tuple[Any, ...]:
    _, *own, participant_id = values_of(key)
    there = TOP if mark is None else values_of(mark)[1:]
    here = (*own, participant_id)
    if mark is None or mark <= key:
        return participant_id, marathon_id, above, 1, *there, *here
    return participant_id, marathon_id, above, -1, *here, *there


def _array(values: Sequence[object]) -> str:
    texts = ["NULL" if value is None else f'"{value}"' for value in values]
    return f"{{{','.join(texts)}}}"
