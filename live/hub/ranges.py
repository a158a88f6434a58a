"""Parts of a stored board between two places of its order, as conditions that are ranges of its index.

The index has columns that fall and columns that rise, and missing values, so one comparison of all columns would not
say it: the rows between two keys are a few ranges, in each of which one column differs.
"""

from collections.abc import Sequence
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
    if column == REST:
        return f"{_NAMES[column]} {how} (%s, %s)", stored(key)[REST:]
    return f"{_NAMES[column]} {how} %s", [stored(key)[column]]


def stored(key: OrderKey) -> list[Any]:
    """Return the columns of an order key as the database has them, the participant's id last."""
    tier, score, drawdown, joined_at, number = key
    values = {
        "tier": tier,
        "score": None if score == _MISSING else score.copy_negate(),
        "max_drawdown": None if drawdown == _MISSING else drawdown,
        "joined_at": joined_at,
        "participant_id": UUID(int=number),
    }
    fields: dict[str, Any] = {name: Standing._meta.get_field(name) for name in values}  # noqa: SLF001 - public
    return [fields[name].get_db_prep_value(value, connection) for name, value in values.items()]
