"""What changed between two states of a view: `apply(old, diff(old, new)) == new`.

The hub computes one delta for all clients that stand at the same place; the wire writes it as `marathon_delta`. A
client takes out the rows that left or moved, merges the changed fields, and puts moved and entering rows in place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from live.board.moves import ENTERING, Run, same_runs, stayers
from live.board.rows import Bib, Row, Seq
from live.board.views import ViewState

Fields: TypeAlias = tuple[str, ...]

IDENTITY_FIELDS: Fields = ("participant_id", "user_id", "user_name", "login", "joined_at", "reason")
MONEY_FIELDS: Fields = ("balance", "equity", "profit", "margin", "free_margin", "currency", "leverage")
SCORE_FIELDS: Fields = ("percentage", "drawdown", "max_drawdown")
ROW_FIELDS: Fields = ("status", "updated_at")
"""The fields of a row that a delta shows, by the part of the row that they are in. Positions, orders and the stamp are
not among them."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it is now, and the names of the fields that a client must be told.

    None means all of them: the row enters the view. Empty means none: only something that deltas do not show changed.
    """

    row: Row
    fields: Fields | None


@dataclass(frozen=True, slots=True)
class Delta:
    """The way from one state of a view to another; `offset` and `total` are the new state's.

    `moved` is (bib, position in the new view) in ascending order of position, entering rows included; rows that are in
    neither `moved` nor `removed` keep their order.
    """

    changed: tuple[Change, ...] = ()
    removed: tuple[Bib, ...] = ()
    moved: tuple[tuple[Bib, int], ...] = ()
    offset: int = 0
    total: int = 0

    def is_silent(self, old: ViewState) -> bool:
        """Whether it would tell a client that holds the old state nothing but a new sequence number."""
        if self.removed or self.moved or (self.offset, self.total) != (old.offset, old.total):
            return False
        return all(change.fields == () for change in self.changed)


def diff(old: ViewState, new: ViewState) -> Delta:
    """Return what makes the new state of the old one, with as few rows moved as there can be.

    It runs at every tick for up to 10,000 rows of which few changed: what stayed where it was, is only counted.
    """
    if old.rows is new.rows:
        return Delta((), (), (), new.offset, new.total)
    former: dict[Bib, int] = {}
    fresh: list[int] = []
    runs = []
    place = index = 0
    for run in same_runs(old.rows, new.rows):
        former.update((old.rows[at].identity.bib, at) for at in range(place, run.first))
        fresh += range(index, run.start)
        if run.length:
            runs.append(run)
        place, index = run.first + run.length, run.start + run.length
    came_from = [(at, former.pop(new.rows[at].identity.bib, ENTERING)) for at in fresh]
    runs += [Run(at, place) for at, place in came_from]
    runs.sort(key=attrgetter("start"))
    return Delta(
        tuple(_changes(old.rows, new.rows, came_from)),
        tuple(sorted(former)),
        _moved(new.rows, runs),
        new.offset,
        new.total,
    )


def _changes(old: Sequence[Row], new: Sequence[Row], came_from: Iterable[tuple[int, int]]) -> Iterator[Change]:
    for index, place in came_from:
        row = new[index]
        if place == ENTERING:
            yield Change(row, None)
        elif old[place] != row:
            yield Change(row, changed_fields(old[place], row))


def _moved(rows: Sequence[Row], runs: Sequence[Run]) -> tuple[tuple[Bib, int], ...]:
    staying = stayers(runs)
    moving = (run for run in runs if run.start not in staying)
    return tuple((rows[at].identity.bib, at) for run in moving for at in range(run.start, run.start + run.length))


def changed_fields(old: Row, new: Row) -> Fields:
    """Return the names of the shown fields in which two rows of one participant differ."""
    names = [name for name in ROW_FIELDS if getattr(old, name) != getattr(new, name)]
    for one, other, fields in (
        (old.identity, new.identity, IDENTITY_FIELDS),
        (old.money, new.money, MONEY_FIELDS),
        (old.score, new.score, SCORE_FIELDS),
    ):
        if one is not other:
            names += [name for name in fields if getattr(one, name) != getattr(other, name)]
    return tuple(names)


def apply(state: ViewState, delta: Delta) -> ViewState:
    """Return the state that a delta leads to from the state it was made for."""
    rows = {row.identity.bib: row for row in state.rows}
    moving = {bib for bib, _ in delta.moved}
    leaving = moving.union(delta.removed)
    rows.update((change.row.identity.bib, change.row) for change in delta.changed)
    order = [row.identity.bib for row in state.rows if row.identity.bib not in leaving]
    for bib, position in delta.moved:
        order.insert(position, bib)
    return ViewState(tuple(rows[bib] for bib in order), delta.offset, delta.total)


def since_stamp(rows_in_order: Sequence[Row], stamp: Seq) -> Delta:
    """Return the delta of a whole board from a state that is gone: all rows that changed after that stamp, whole.

    A client that holds the board as it was at `stamp` comes to `rows_in_order` with it: rows with an older stamp have
    not changed since, so neither have their order keys, so they stand to each other as they did; all others are put
    into their places. Rows never leave a whole board.
    """
    fresh = [(index, row) for index, row in enumerate(rows_in_order) if row.stamp > stamp]
    changed = tuple(Change(row, None) for _, row in fresh)
    moved = tuple((row.identity.bib, index) for index, row in fresh)
    return Delta(changed, (), moved, 0, len(rows_in_order))
