"""The parts of a board that a client can watch, and what of a ranked board each of them shows."""

from dataclasses import dataclass
from typing import TypeAlias

from live.board.ranking import Ranking
from live.board.rows import ParticipantId, Row


@dataclass(frozen=True, slots=True)
class All:
    """Every participant."""


@dataclass(frozen=True, slots=True)
class Top:
    """The first `count` rows."""

    count: int


@dataclass(frozen=True, slots=True)
class Page:
    """Rows `(page - 1) * size + 1` to `page * size`; the last page may be short, those after it are empty."""

    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Around:
    """A window of `size` rows with one participant in its middle, or as near to it as the board's ends allow."""

    participant_id: ParticipantId
    size: int


View: TypeAlias = All | Top | Page | Around


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a view shows: its rows in order, the number of rows above the first of them, and of all on the board."""

    rows: tuple[Row, ...] = ()
    offset: int = 0
    total: int = 0


def select(ranking: Ranking, view: View) -> ViewState:
    """Return what a view shows of a board now.

    A window around somebody who is not on the board is empty, with offset 0: the client keeps its subscription, and the
    window opens when the participant joins.
    """
    rows, total = ranking.rows, len(ranking)
    match view:
        case All():
            return ViewState(rows, 0, total)
        case Top(count):
            return ViewState(rows[:count], 0, total)
        case Page(page, size):
            offset = min((page - 1) * size, total)
            return ViewState(rows[offset : offset + size], offset, total)
        case Around(participant_id, size):
            position = ranking.position_of(participant_id)
            if position is None:
                return ViewState((), 0, total)
            offset = max(0, min(position - size // 2, total - size))
            return ViewState(rows[offset : offset + size], offset, total)
