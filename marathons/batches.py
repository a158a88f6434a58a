"""Long lists in parts: databases bound the parameters of a statement (SQLite to 32,766)."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
BATCH = 500


def parts(values: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The values in order, in slices of at most `size`."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
