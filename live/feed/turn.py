"""The worker's turn with the clock, in statements made by hand: what marathons/clock.py does for everybody else.

They are part of every commit, up to a hundred times a second, and the ORM's work on them was a quarter of what a small
commit cost. Where a board stands the worker knows: nobody moves it without moving the clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from live.board.rows import MarathonId, Seq
from live.feed.statements import Answer, Statement, execute
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
    return _turn(*execute([_hold()]))


def take_turn_for(queue: str, holder: UUID) -> Turn | None:
    """The same; None where this queue is not ours any more.

    That is asked by a statement of its own: one that waits for the clock sees what was before.
    """
    clock, ours = execute([_hold(), (HOLDER, [queue, _stored(holder)])])
    turn = _turn(clock)
    return turn if ours.row else None


def _hold() -> Statement:
    return HOLD + (" FOR UPDATE" if connection.features.has_select_for_update else ""), ()


def _turn(clock: Answer) -> Turn:
    if clock.row is None:
        raise ClockMissingError("the clock has no row: run manage.py migrate")
    return Turn(*clock.row)


def moves(seq: Seq, boards: Collection[MarathonId]) -> list[Statement]:
    """Return the statements that move the clock to this value, and these boards."""
    clock = (MOVE_CLOCK, [seq])
    if not boards:
        return [clock]
    marks = ", ".join(["%s"] * len(boards))
    return [clock, (MOVE_BOARDS.format(marks=marks), [seq, *map(_stored, boards)])]


def _stored(key: UUID) -> UUID | str:
    return key if connection.features.has_native_uuid_field else key.hex
