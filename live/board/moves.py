"""How one order of rows became another: which of them stood still, and which must move.

Boards are long and few rows change between two ticks. So the orders are first cut into runs, stretches of the very same
objects in both, and everything that costs more than a pointer comparison happens to the few runs and the few rows
between them.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import is_not

from live.board.rows import Row

ENTERING = -1
"""The former place of a row that had none."""

_CHUNK = 128
_LOOK_AHEAD = 40
"""Rows looked at, in both orders together, for the end of a stretch that changed; beyond that all the rest counts as
changed, which is slower and gives the same result."""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that stand together in both orders: `length` of them, from `start` on now, from place `first` on before."""

    start: int
    first: int
    length: int = 1


def same_runs(old: Sequence[Row], new: Sequence[Row]) -> Iterator[Run]:
    """Yield the stretches of the same objects, in ascending order of both; the last is empty and stands at the ends."""
    place = index = 0
    while place < len(old) and index < len(new):
        length = _same_length(old, new, place, index)
        yield Run(index, place, length)
        place, index = place + length, index + length
        skipped, added = _next_same(old, new, place, index)
        place, index = place + skipped, index + added
    yield Run(len(new), len(old), 0)


def _same_length(old: Sequence[Row], new: Sequence[Row], place: int, index: int) -> int:
    length = 0
    while True:
        one = old[place + length : place + length + _CHUNK]
        other = new[index + length : index + length + _CHUNK]
        shorter = min(len(one), len(other))
        step = next(compress(range(shorter), map(is_not, one, other)), shorter)
        length += step
        if step < _CHUNK:
            return length


def _next_same(old: Sequence[Row], new: Sequence[Row], place: int, index: int) -> tuple[int, int]:
    """Return how many rows to leave out of the old and the new order to come to the nearest row that is in both."""
    left, right = len(old) - place, len(new) - index
    for together in range(1, min(left + right - 1, _LOOK_AHEAD)):
        for skipped in range(max(0, together - right + 1), min(together, left - 1) + 1):
            if old[place + skipped] is new[index + together - skipped]:
                return skipped, together - skipped
    return left, right


def stayers(runs: Sequence[Run]) -> set[int]:
    """Return the starts of those runs that can keep their order and hold the most rows together.

    `runs` are all rows of the new order, in that order. It is the heaviest increasing subsequence of their former
    places, by patience sorting: `ends` and `weights` rise together, the most rows that can be kept if the last of them
    comes from place `ends[i]`.
    """
    ends: list[int] = []
    weights: list[int] = []
    rises: list[_Rise] = []
    for run in runs:
        if run.first == ENTERING:
            continue
        slot = bisect_left(ends, run.first)
        weight = run.length + (weights[slot - 1] if slot else 0)
        beaten = slot
        while beaten < len(ends) and weights[beaten] <= weight:
            beaten += 1
        rises[slot:beaten] = [_Rise(run.start, rises[slot - 1] if slot else None)]
        ends[slot:beaten] = [run.first + run.length - 1]
        weights[slot:beaten] = [weight]
    return set(_starts(rises[-1])) if rises else set()


@dataclass(frozen=True, slots=True)
class _Rise:
    start: int
    before: "_Rise | None"


def _starts(rise: _Rise | None) -> Iterator[int]:
    while rise:
        yield rise.start
        rise = rise.before
