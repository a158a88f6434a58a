"""Statements for the database, several of them in one journey where it takes them so.

A small commit is a dozen statements of a tenth of a millisecond each; going there and back costs more than that, the
more so on a core that others want too.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from django.db import connection

Statement: TypeAlias = tuple[str, Sequence[Any]]
"""With %s for each of the values."""


class Answer(NamedTuple):
    """The first row of a query, None where there is none; and how many rows there were."""

    row: tuple[Any, ...] | None
    rows: int


def execute(statements: Sequence[Statement]) -> list[Answer]:
    """Execute them in this order, each seeing what those before it did. Raises Django's database errors."""
    if not statements:
        return []
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return [_execute(cursor, *statement) for statement in statements]
        values = [value for _, those in statements for value in those]
        answers = [_execute(cursor, ";\n".join(text for text, _ in statements), values)]
        while cursor.nextset():
            answers.append(_answer(cursor))
    return answers


def _execute(cursor: Any, text: str, values: Sequence[Any]) -> Answer:
    cursor.execute(text, values)
    return _answer(cursor)


def _answer(cursor: Any) -> Answer:
    return Answer(cursor.fetchone() if cursor.description else None, cursor.rowcount)
