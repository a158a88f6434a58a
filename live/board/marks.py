"""Marks in the order of a board: at every so manyth row its order key, and how many rows stand above it.

From a mark to a row there are a hundred rows to count, where from the end of a large board there may be fifty
thousand. The worker keeps a board's keys in `Slots` and stores their marks; whoever reads the board counts from them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from math import inf

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
    """All rows of one board, in slots of at most twice `size`; above each slot but the first there is a mark.

    A row that moves costs no more than finding its new slot. What is inside a slot is in no order.
    """

    def __init__(self, keys: Iterable[OrderKey], size: int = SLOT) -> None:
        """Of two keys of one row the later counts."""
        ordered = sorted({key[4]: key for key in keys}.values())
        self._size = size
        self._known: dict[int, tuple[OrderKey, set[int]]] = {}
        self._slots: list[set[int]] = []
        self._marks = ordered[size::size]
        self._scores = [_score(mark) for mark in self._marks]
        self._texts = [_packed(mark) for mark in self._marks]
        self.edition = 1
        """Changes with the marks themselves, which is seldom."""
        for start in range(0, len(ordered) or 1, size):
            self._slots.append(set())
            self._move(ordered[start : start + size], self._slots[-1])

    @property
    def marks(self) -> bytes:
        """The keys of the marks, packed. Rows may have left them since: they are places, not participants."""
        return b"\n".join(self._texts)

    @property
    def sizes(self) -> bytes:
        """How many rows are above the first mark, between each two, and below the last one; a byte each."""
        return bytes(map(len, self._slots))

    def put(self, keys: Iterable[OrderKey]) -> None:
        """Take over the keys of rows that changed, or are new."""
        for key in keys:
            number = key[4]
            known = self._known.get(number)
            if known is not None:
                if known[0] == key:
                    continue
                known[1].discard(number)
            at = self._place(key)
            slot = self._slots[at]
            slot.add(number)
            self._known[number] = key, slot
            if len(slot) > 2 * self._size:
                self._split(at)

    def _place(self, key: OrderKey) -> int:
        """By the scores as floats, which takes a tenth of the time; by the whole keys where those are equal."""
        score = _score(key)
        first = bisect_left(self._scores, score)
        last = bisect_right(self._scores, score, first)
        return first if first == last else bisect_right(self._marks, key, first, last)

    def _split(self, at: int) -> None:
        slot = self._slots[at]
        lower = sorted(self._known[number][0] for number in slot)[self._size :]
        slot.difference_update(key[4] for key in lower)
        self._slots.insert(at + 1, set())
        self._move(lower, self._slots[at + 1])
        mark = lower[0]
        self._marks.insert(at, mark)
        self._scores.insert(at, _score(mark))
        self._texts.insert(at, _packed(mark))
        self.edition += 1
        if len(self._slots) > 2 + 2 * len(self._known) // self._size:
            self._merge()

    def _merge(self) -> None:
        """Join neighbours that have become small."""
        at = 1
        while at < len(self._slots):
            slot = self._slots[at]
            if len(self._slots[at - 1]) + len(slot) > self._size:
                at += 1
                continue
            self._move([self._known[number][0] for number in slot], self._slots[at - 1])
            del self._slots[at], self._marks[at - 1], self._scores[at - 1], self._texts[at - 1]

    def _move(self, keys: Iterable[OrderKey], slot: set[int]) -> None:
        for key in keys:
            slot.add(key[4])
            self._known[key[4]] = key, slot


def _score(key: OrderKey) -> float:
    """Grows with the order: what has no rank is all the same, and below what has one."""
    return inf if key[0] else float(key[1])


def _packed(key: OrderKey) -> bytes:
    tier, score, drawdown, joined_at, number = key
    return f"{tier} {_short(score)} {_short(drawdown)} {joined_at.isoformat()} {number:x}".encode()


def _short(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unpack_keys(stored: bytes) -> tuple[OrderKey, ...]:
    """Return the keys that were packed."""
    return tuple(
        (int(tier), Decimal(score), Decimal(drawdown), datetime.fromisoformat(joined_at), int(number, 16))
        for tier, score, drawdown, joined_at, number in map(str.split, stored.decode().splitlines())
    )


def unpack_marks(keys: Sequence[OrderKey], sizes: bytes) -> Marks:
    """Return the marks with these keys, and slots of these sizes, a byte each, between them."""
    return Marks(keys, list(accumulate(sizes))[:-1])
