"""Parts of a stored board between two places of its order, as conditions that are ranges of its index.

The index has columns that fall and columns that rise, and missing values, so one comparison of all columns would not
say it: the rows between two keys are a few ranges, in each of which one column differs.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection

from live.board.ranking import OrderKey
from marathons.models import Standing, Tier

Condition: TypeAlias = tuple[str, Sequence[Any]]
"""SQL and its parameters."""

# The last one is two columns, neither of which is ever missing.
TIER, SCORE, DRAWDOWN, REST = range(4)
COLUMNS = ("tier", "score", "max_drawdown", "joined_at", "participant_id")
_NAMES = ("tier", "score", "max_drawdown", "(joined_at, participant_id)")
_MISSING = Decimal("Infinity")  # as in the order key


def between(start: OrderKey | None, end: OrderKey | None) -> list[Condition]:
    """Return the rows from one place on and above another, in parts that follow each other down the board.

    None is the top of the board, or its end; one of both is a key.
    """
    return [_joined(part) for part in _parts(start, end, TIER, ())]


def _joined(conditions: Sequence[Condition]) -> Condition:
    return " AND ".join(sql for sql, _ in conditions), [value for _, values in conditions for value in values]


def _parts(
    start: OrderKey | None, end: OrderKey | None, column: int, same: tuple[Condition, ...]
) -> list[tuple[Condition, ...]]:
    """Of the rows that are the `same` in the columns before this one."""
    if column == REST:
        bounds = ((key, past) for key, past in ((start, ">="), (end, "<")) if key is not None)
        return [(*same, *(_compared(column, past, key) for key, past in bounds))]
    if start is not None and end is not None and start[column] == end[column]:
        return _parts(start, end, column + 1, (*same, _equal(column, start)))
    parts: list[tuple[Condition, ...]] = []
    if start is not None:
        parts += _parts(start, None, column + 1, (*same, _equal(column, start)))
    parts += [(*same, *middle) for middle in _strictly_between(start, end, column)]
    if end is not None:
        parts += _parts(None, end, column + 1, (*same, _equal(column, end)))
    return parts


def _strictly_between(start: OrderKey | None, end: OrderKey | None, column: int) -> list[list[Condition]]:
    """What is missing comes last, and is never missing in a rank."""
    if start is not None and start[column] == _MISSING:
        return []
    after, before = (">", "<") if column != SCORE else ("<", ">")
    bounds = [] if start is None else [_compared(column, after, start)]
    if end is not None:
        is_last = end[column] == _MISSING
        return [[*bounds, (f"{_NAMES[column]} IS NOT NULL", ()) if is_last else _compared(column, before, end)]]
    may_miss = column != TIER and start is not None and start[TIER] != Tier.RANKED
    return [bounds, [(f"{_NAMES[column]} IS NULL", ())]] if may_miss else [bounds]


def _equal(column: int, key: OrderKey) -> Condition:
    return (f"{_NAMES[column]} IS NULL", ()) if key[column] == _MISSING else _compared(column, "=", key)


def _compared(column: int, how: str, key: OrderKey) -> Condition:
    until = None if column == REST else column + 1
    fields: list[Any] = [Standing._meta.get_field(name) for name in COLUMNS[column:until]]  # noqa: SLF001 - public
    values = zip(fields, values_of(key)[column:until], strict=True)
    stored = [field.get_db_prep_value(value, connection) for field, value in values]
    return f"{_NAMES[column]} {how} {'(%s, %s)' if column == REST else '%s'}", stored


def values_of(key: OrderKey) -> tuple[int, Decimal | None, Decimal | None, datetime, UUID]:
    """Return what an order key has in the columns of the index."""
    tier, score, drawdown, joined_at, number = key
    return (
        tier,
        None if score == _MISSING else score.copy_negate(),
        None if drawdown == _MISSING else drawdown,
        joined_at,
        UUID(int=number),
    )
