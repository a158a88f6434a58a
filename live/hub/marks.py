"""The marks of large boards as the worker stored them, where they are right in this moment."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import F

from live.board.marks import Marks, unpack_keys, unpack_marks
from live.board.ranking import OrderKey
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
