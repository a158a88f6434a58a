"""Marks of large boards (live/board/marks.py), kept beside what the worker remembers and stored with what it commits.

Of a board that somebody else changed they are stored with the next commit or tick, once the change has been read.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from live.board.marks import SLOT, Slots
from live.board.ranking import OrderKey, order_key
from live.board.rows import MarathonId, ParticipantId, Seq
from live.feed.standings import Contest, Participant
from marathons.models import BoardMarks

LARGE = 20_000
"""Boards of so many rows have marks. Half of it is what is counted of a smaller one: 5 to 10 ms, for which no commit
needs another statement, nor the worker half a kilobyte a row."""


class _Board:
    """The slots of one board, and what of them is stored: as of which stamp, and which edition by which version."""

    def __init__(self, rows: Iterable[Participant], slot: int) -> None:
        self.slots = Slots(_keys(rows), slot)
        self.stored: Seq | None = None
        self._edition = -1
        self._version = uuid.uuid4()

    def store(self, marathon_id: MarathonId, stamp: Seq) -> None:
        slots, self.stored = self.slots, stamp
        told = {"stamp": stamp, "sizes": slots.sizes}
        if slots.edition == self._edition:
            ours = BoardMarks.objects.filter(marathon_id=marathon_id, version=self._version)
            if ours.update(**told):
                return
        self._edition, self._version = slots.edition, uuid.uuid4()
        told |= {"version": self._version, "keys": slots.marks}
        BoardMarks.objects.update_or_create(marathon_id=marathon_id, defaults=told)


class MarkKeeper:
    """The marks of all boards with at least `large` rows, one for each `slot` of them. Readers of SQLite use none."""

    def __init__(self, large: int = LARGE, slot: int = SLOT) -> None:
        self._large = large
        self._slot = slot
        self._rows: dict[MarathonId, int] = {}
        self._boards: dict[MarathonId, _Board] = {}

    def read(self, found: Sequence[Participant], known: Mapping[ParticipantId, Participant]) -> None:
        """Take over participants that were read, before they are put among those `known`."""
        if connection.vendor != "postgresql":
            return
        by_board: dict[MarathonId, list[Participant]] = defaultdict(list)
        for one in found:
            by_board[one.marathon_id].append(one)
        for marathon_id, participants in by_board.items():
            board = self._boards.get(marathon_id)
            if board is not None:
                board.slots.put(_keys(participants))
                continue
            new = sum(one.identity.participant_id not in known for one in participants)
            self._rows[marathon_id] = rows = self._rows.get(marathon_id, 0) + new
            if rows >= self._large:
                before = [one for one in known.values() if one.marathon_id == marathon_id]
                self._boards[marathon_id] = _Board([*before, *participants], self._slot)

    def put(self, changed: Mapping[MarathonId, Sequence[Participant]]) -> None:
        """Take over what a commit changes, by board."""
        for marathon_id, board in self._boards.items():
            board.slots.put(_keys(changed.get(marathon_id, ())))

    def store(self, contests: Mapping[MarathonId, Contest], stamps: Mapping[MarathonId, Seq]) -> None:
        """Store what is new, in the caller's transaction: `stamps` say where the boards stand that are known here."""
        for marathon_id in [key for key in self._rows if key not in contests or contests[key].over]:
            del self._rows[marathon_id]
            self._boards.pop(marathon_id, None)
        for marathon_id, board in self._boards.items():
            if board.stored != stamps[marathon_id]:
                board.store(marathon_id, stamps[marathon_id])


def _keys(participants: Iterable[Participant]) -> Iterable[OrderKey]:
    return (order_key(one.row(0)) for one in participants)
