"""Writes sheets: one statement for each of the tables that a batch touches."""

from collections.abc import Sequence

from django.db import connection

from live.board.rows import Seq
from live.feed.dialects import DIALECTS, Dialect
from live.feed.sheets import Sheet


def dialect() -> Dialect:
    """Return that of the database."""
    return DIALECTS[connection.vendor]


def write(sheets: Sequence[Sheet], seq: Seq) -> None:
    """Store the rows as commit `seq`. Raises Django's database errors."""
    for sheet in sheets:
        if _execute(sheet, seq) < sheet.rows and sheet.otherwise is not None:
            _execute(sheet.otherwise(), seq)


def _execute(sheet: Sheet, seq: Seq) -> int:
    """Return how many rows there were."""
    stamp, found = [seq] if sheet.stamped else [], 0
    with connection.cursor() as cursor:
        for part in sheet.parts:
            cursor.execute(sheet.statement, [*stamp, *part])
            found += cursor.rowcount
    return found
