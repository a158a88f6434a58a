"""The worker's turn with the clock, in statements made by hand: what marathons/clock.py does for everybody else.

They are part of every commit, up to a hundred times a second, and the ORM's work on them was a quarter of what a small
commit cost. Where a board stands the worker knows: nobody moves it without moving the clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from live.board.rows import MarathonId, Seq
from marathons.clock import ClockMissingError

HOLD = "SELECT epoch, value FROM marathons_clock WHERE id = 1"
HOLDER = "SELECT 1 FROM marathons_feedworker WHERE queue = %s AND holder = %s"
MOVE_CLOCK = "UPDATE marathons_clock SET value = %s WHERE id = 1"
MOVE_BOARDS = "UPDATE marathons_marathon SET stamp = %s WHERE id IN ({marks})"


@dataclass(frozen=True, slots=True)
class Turn:
    """The clock as it stands while its row is locked by this transaction."""

    epoch: str
    seq: Seq


def take_turn() -> Turn:
    """Lock the clock until the transaction ends. Raises ClockMissingError."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(HOLD + lock)
        found = cursor.fetchone()
    if found is None:
        raise ClockMissingError("the clock has no row: run manage.py migrate")
    return Turn(*found)


def is_holder(queue: str, holder: UUID) -> bool:
    """Whether this queue is still ours. A statement of its own: one that waits for the clock sees what was before."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [queue, _stored(holder)])
        return cursor.fetchone() is not None


def advance(turn: Turn, boards: Collection[MarathonId]) -> Seq:
    """Take the clock's next value for these boards."""
    seq = turn.seq + 1
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CLOCK, [seq])
        if boards:
            marks = ", ".join(["%s"] * len(boards))
            cursor.execute(MOVE_BOARDS.format(marks=marks), [seq, *map(_stored, boards)])
    return seq


def _stored(key: UUID) -> UUID | str:
    return key if connection.features.has_native_uuid_field else key.hex
