"""Marks in the order of a board: at every so manyth row its order key, and how many rows stand above it.

From a mark to a row there are a hundred rows to count, where from the end of a large board there may be fifty
thousand. The worker keeps a board's keys in `Slots` and stores their marks; whoever reads the board counts from them.
"""

import json
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate, chain

from live.board.ranking import OrderKey

SLOT = 125
"""Rows between two marks, once they are even; never more than twice as many, so a byte holds them."""

_MISSING = Decimal("Infinity")  # as in the order key


@dataclass(frozen=True, slots=True)
class Marks:
    """`keys` in the order of the board, and for each how many rows of the board are above it."""

    keys: Sequence[OrderKey]
    above: Sequence[int]

    def before(self, key: OrderKey) -> tuple[OrderKey | None, int]:
        """Return the last mark that is not below this key and the rows above it; None is the top of the board."""
        return self._mark(bisect_right(self.keys, key))

    def nearest(self, key: OrderKey) -> tuple[OrderKey | None, int]:
        """Return the mark before this key, or the one after it where the score is nearer to that one's."""
        at = bisect_right(self.keys, key)
        if 0 < at < len(self.keys):
            upper, lower = self.keys[at - 1], self.keys[at]
            if upper[0] == lower[0] and lower[1] != _MISSING and key[1] - upper[1] > lower[1] - key[1]:
                return self._mark(at + 1)
        return self._mark(at)

    def at(self, position: int) -> tuple[OrderKey | None, int]:
        """Return the last mark that has no more rows than these above it, and how many it has."""
        return self._mark(bisect_right(self.above, position))

    def _mark(self, passed: int) -> tuple[OrderKey | None, int]:
        return (self.keys[passed - 1], self.above[passed - 1]) if passed else (None, 0)


class Slots:
    """All order keys of one board, in slots of `size` to twice as many; the first key of a slot became its mark."""

    def __init__(self, keys: Iterable[OrderKey], size: int = SLOT) -> None:
        self._size = size
        self._known = {key[4]: key for key in keys}
        self._marks: list[OrderKey] = []
        self._slots: list[list[OrderKey]] = []
        self.edition = 0
        """Changes with the marks' own keys, which is seldom."""
        self._make_even(sorted(self._known.values()))

    @property
    def marks(self) -> Sequence[OrderKey]:
        """The keys of the marks. Rows may have left them since: they are places, not participants."""
        return self._marks

    @property
    def sizes(self) -> bytes:
        """How many rows are above the first mark, between each two, and below the last one."""
        return bytes(map(len, self._slots))

    def put(self, keys: Iterable[OrderKey]) -> None:
        """Take over the keys of rows that changed, or are new."""
        for key in keys:
            was = self._known.get(key[4])
            if was == key:
                continue
            self._known[key[4]] = key
            if was is not None:
                slot = self._slots[bisect_right(self._marks, was)]
                del slot[bisect_left(slot, was)]
            self._insert(key)

    def _insert(self, key: OrderKey) -> None:
        at = bisect_right(self._marks, key)
        slot = self._slots[at]
        insort(slot, key)
        if len(slot) > 2 * self._size:
            self._split(at)

    def _split(self, at: int) -> None:
        slot = self._slots[at]
        lower = slot[self._size :]
        del slot[self._size :]
        self._slots.insert(at + 1, lower)
        self._marks.insert(at, lower[0])
        self.edition += 1
        if len(self._slots) > 2 + 2 * len(self._known) // self._size:  # many have become empty
            self._make_even(list(chain.from_iterable(self._slots)))

    def _make_even(self, keys: list[OrderKey]) -> None:
        self._slots = [keys[start : start + self._size] for start in range(0, len(keys), self._size)] or [[]]
        self._marks = [slot[0] for slot in self._slots[1:]]
        self.edition += 1


def pack_keys(keys: Iterable[OrderKey]) -> bytes:
    """Return the keys of marks as they are stored."""
    return json.dumps(
        [
            (tier, _text(score), _text(drawdown), joined_at.isoformat(), f"{number:032x}")
            for tier, score, drawdown, joined_at, number in keys
        ]
    ).encode()


def unpack_keys(stored: bytes) -> tuple[OrderKey, ...]:
    """Undo `pack_keys`."""
    return tuple(
        (tier, _number(score), _number(drawdown), datetime.fromisoformat(joined_at), int(number, 16))
        for tier, score, drawdown, joined_at, number in json.loads(stored)
    )


def _text(value: Decimal) -> str | None:
    return None if value == _MISSING else str(value)


def _number(text: str | None) -> Decimal:
    return _MISSING if text is None else Decimal(text)


def unpack_marks(keys: Sequence[OrderKey], sizes: bytes) -> Marks:
    """Return the marks with these keys, and slots of these sizes, a byte each, between them."""
    return Marks(keys, list(accumulate(sizes))[:-1])
