"""Writes sheets: one statement for each of the tables that a batch touches, all in one journey to the database."""

from collections.abc import Sequence

from django.db import connection

from live.board.rows import Seq
from live.feed.dialects import DIALECTS, Dialect
from live.feed.sheets import Sheet
from live.feed.statements import Statement, execute


def dialect() -> Dialect:
    """Return that of the database."""
    return DIALECTS[connection.vendor]


def write(sheets: Sequence[Sheet], seq: Seq, first: Sequence[Statement] = ()) -> None:
    """Store the rows as commit `seq`, after other statements. Raises Django's database errors."""
    answers = iter(execute([*first, *(one for sheet in sheets for one in _statements(sheet, seq))])[len(first) :])
    for sheet in sheets:
        found = sum(next(answers).rows for _ in sheet.parts)
        if found < sheet.rows and sheet.otherwise is not None:
            execute(_statements(sheet.otherwise(), seq))


def _statements(sheet: Sheet, seq: Seq) -> list[Statement]:
    stamp = [seq] if sheet.stamped else []
    return [(sheet.statement, [*stamp, *part]) for part in sheet.parts]
