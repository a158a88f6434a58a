"""A board in order. Changed rows go in, the ranked rows come out; the hub keeps one ranking for each board it shows."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from live.board.rows import ParticipantId, Row, Status

OrderKey: TypeAlias = tuple[int, Decimal, Decimal, datetime, int]

_TIERS = {Status.ACTIVE: 0, Status.NO_DATA: 1, Status.DISQUALIFIED: 2, Status.WITHDRAWN: 3}
_LAST = Decimal("Infinity")

SORT_SHARE = 10
"""One part in so many changed, and all are merged in one sort.

Measured: a sort pays from about 150 changed rows on with 1,000 rows, from about 1,000 on with 10,000.
"""


def tier_of(status: Status) -> int:
    """Return the class of a shown status: 0 ranked, 1 without data, 2 disqualified, 3 withdrawn."""
    return _TIERS[status]


def tier(row: Row) -> int:
    """Return the row's class."""
    return _TIERS[row.status]


def order_key(row: Row) -> OrderKey:
    """Return what places a row: better rows have smaller keys, and no two participants the same.

    Tier, higher percentage, smaller maximum drawdown, earlier joining, participant id; within a tier, a row without a
    score comes after those that have one. The id is taken as its integer, which orders as the UUID does, only faster.
    """
    score = row.score
    return (
        tier(row),
        _LAST if score.percentage is None else score.percentage.copy_negate(),
        _LAST if score.max_drawdown is None else score.max_drawdown,
        row.identity.joined_at,
        row.identity.participant_id.int,
    )


class Ranking:
    """The rows of one board, sorted, with their order keys kept beside them so that no comparison computes one."""

    __slots__ = ("_by_id", "_keys", "_ordered", "_rows")

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        """Sort the rows; of two rows of one participant the later counts."""
        self._by_id: dict[int, tuple[OrderKey, Row]] = {}
        self._keys: list[OrderKey] = []
        self._ordered: list[Row] = []
        self._rows: tuple[Row, ...] | None = None
        self._merge({row.identity.participant_id.int: row for row in rows})

    def __len__(self) -> int:
        return len(self._ordered)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, best first; the same tuple until something changes."""
        if self._rows is None:
            self._rows = tuple(self._ordered)
        return self._rows

    def get(self, participant_id: ParticipantId) -> Row | None:
        """Return a participant's row, None if it is not on the board."""
        known = self._by_id.get(participant_id.int)
        return known[1] if known else None

    def position_of(self, participant_id: ParticipantId) -> int | None:
        """Return how many rows stand above a participant, None if it is not on the board."""
        known = self._by_id.get(participant_id.int)
        return bisect_left(self._keys, known[0]) if known else None

    def apply(self, changed: Iterable[Row], removed: Iterable[ParticipantId] = ()) -> bool:
        """Put changed rows in, new or instead of the participant's former one, after taking removed ones out.

        Return whether anything is different now. Removing who is not there changes nothing.
        """
        gone = [known for pid in removed if (known := self._by_id.pop(pid.int, None))]
        fresh = self._news(changed)
        if not gone and not fresh:
            return False
        for key, _ in gone:
            self._take_out(key)
        if len(fresh) * SORT_SHARE >= len(self._keys):
            self._merge(fresh)
        else:
            self._insert(fresh)
        self._rows = None
        return True

    def _news(self, changed: Iterable[Row]) -> dict[int, Row]:
        by_id = self._by_id
        fresh = {}
        for row in changed:
            number = row.identity.participant_id.int
            known = by_id.get(number)
            if known is None or known[1] is not row:
                fresh[number] = row
        return fresh

    def _insert(self, fresh: dict[int, Row]) -> None:
        for number, row in fresh.items():
            key = order_key(row)
            known = self._by_id.get(number)
            self._by_id[number] = (key, row)
            if known and known[0] == key:
                self._ordered[bisect_left(self._keys, key)] = row
                continue
            if known:
                self._take_out(known[0])
            position = bisect_left(self._keys, key)
            self._keys.insert(position, key)
            self._ordered.insert(position, row)

    def _take_out(self, key: OrderKey) -> None:
        position = bisect_left(self._keys, key)
        del self._keys[position], self._ordered[position]

    def _merge(self, fresh: dict[int, Row]) -> None:
        """Append the new keys in order and sort: two runs, which the sort merges without comparing all to all."""
        by_id = self._by_id
        kept = [key for key in self._keys if key[4] not in fresh] if self._keys else []
        by_id.update((number, (order_key(row), row)) for number, row in fresh.items())
        kept += sorted(by_id[number][0] for number in fresh)
        kept.sort()
        self._keys = kept
        self._ordered = [by_id[key[4]][1] for key in kept]
