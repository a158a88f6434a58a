"""What a marathon's board is on the client's side, and how a delta changes it. Pure: no socket, no clock.

In the flow: subscriptions hand over a snapshot or a delta -> here -> whoever watches the board.
`live/static/live/board.js` is the same in JavaScript; both are held to `tests/vectors/deltas.json`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from live.client.errors import OutOfStepError
from live.client.frames import Delta, Entry, Snapshot, View

NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Board:
    """A board, or the part of it that a view shows, at one `seq`. Rows that did not change stay the same objects."""

    marathon_id: str
    marathon_name: str
    status: str
    total_participants: int
    epoch: str
    seq: int
    view: View
    offset: int
    updated_at: str | None
    rows: tuple[Entry, ...]

    def row(self, bib: int) -> Entry | None:
        """Return the row of a participant's number."""
        return self._first(lambda row: row["bib"] == bib)

    def row_of_user(self, user_id: str | None) -> Entry | None:
        """Return the row of a user."""
        return self._first(lambda row: row["userId"] == user_id)

    def _first(self, wanted: Callable[[Entry], bool]) -> Entry | None:
        return next((row for row in self.rows if wanted(row)), None)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a board since one last looked.

    `changed` are the bibs of rows that are new or have other figures, `moved` those put in another place (those that
    they passed only change rank), `removed` those that left the view. A `snapshot` brought the whole view anew.
    """

    board: Board
    changed: frozenset[int] = NOBODY
    moved: frozenset[int] = NOBODY
    removed: frozenset[int] = NOBODY
    snapshot: bool = False

    def then(self, later: "Change") -> "Change":
        """Return both changes as one: what a watcher that was busy has missed costs no more than one change."""
        if later.snapshot:
            return later
        return Change(
            board=later.board,
            changed=(self.changed - later.removed) | later.changed,
            moved=(self.moved - later.removed) | later.moved,
            removed=(self.removed - later.changed) | later.removed,
            snapshot=self.snapshot,
        )


def board_of(snapshot: Snapshot) -> Board:
    """Return the board that a snapshot shows."""
    return Board(
        marathon_id=snapshot.marathon_id,
        marathon_name=snapshot.marathon_name,
        status=snapshot.status,
        total_participants=snapshot.total_participants,
        epoch=snapshot.epoch,
        seq=snapshot.seq,
        view=snapshot.view,
        offset=snapshot.offset,
        updated_at=snapshot.updated_at,
        rows=_ranked(cast("list[Entry]", snapshot.entries), snapshot.offset),
    )


def apply(board: Board, delta: Delta) -> Board:
    """Return the board after a delta; OutOfStepError where the delta applies to another state than this one."""
    if delta.epoch != board.epoch:
        raise OutOfStepError(f"epoch {delta.epoch} is not {board.epoch}")
    if delta.since != board.seq:
        raise OutOfStepError(f"a delta since {delta.since} does not fit seq {board.seq}")
    return replace(
        board,
        seq=delta.seq,
        total_participants=delta.total_participants,
        offset=delta.offset,
        updated_at=delta.updated_at,
        rows=_ranked(_applied(board.rows, delta), delta.offset),
    )


def _applied(rows: Iterable[Entry], delta: Delta) -> list[Entry]:
    """Take out, merge, put back: the protocol's three steps."""
    by_bib = {row["bib"]: row for row in rows}
    for bib in delta.removed:
        by_bib.pop(bib, None)
    for change in delta.changed:
        by_bib[change["bib"]] = _merged(by_bib.get(change["bib"]), change)
    leaving = {bib for bib, _ in delta.moved}.union(delta.removed)
    order = [by_bib[row["bib"]] for row in rows if row["bib"] not in leaving]
    for bib, position in delta.moved:
        if bib not in by_bib or not 0 <= position <= len(order):
            raise OutOfStepError(f"bib {bib} cannot move to position {position}")
        order.insert(position, by_bib[bib])
    if len(order) != len(by_bib):
        raise OutOfStepError("a row has no place, or two")
    return order


def _merged(row: Entry | None, change: dict[str, Any]) -> Entry:
    # A row that is new comes whole: a part of one means that the row itself was missed.
    if row is None and "participantId" not in change:
        raise OutOfStepError(f"a change of an unknown row, bib {change['bib']}")
    return cast("Entry", {**(row or {}), **change})


def _ranked(rows: Iterable[Entry], offset: int) -> tuple[Entry, ...]:
    """Give each row its rank, which is never sent in a delta: it follows from the place. (0 is no rank: none yet.)"""
    ranks = ((row, place if row["status"] == "active" else None) for place, row in enumerate(rows, offset + 1))
    return tuple([row if row.get("rank", 0) == rank else {**row, "rank": rank} for row, rank in ranks])
