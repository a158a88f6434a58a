"""Many new rows in one statement: the columns in which they differ as arrays, what is the same in all of them once.

Django's `bulk_create` prepares each value of each column in Python. For ten thousand rows that takes longer than the
database needs to write them, and every board waits for the clock meanwhile.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from .batches import BATCH


class Insert:
    """Rows of one model that are equal in all fields but those named `different` here, and by `write`.

    Making it prepares those values, without the database; `write` is left with what is known late. SQLite is left to
    Django: it has one writer at a time, and so nobody who waits.
    """

    def __init__(self, rows: Sequence[Model], *different: str) -> None:
        self._rows = rows
        self._fast = bool(rows) and connection.vendor == "postgresql"
        self._arrays = self._prepared(different) if self._fast else {}

    def write(self, *different: str, skip_known: bool = False) -> int:
        """Write them; returns how many. `skip_known`: not those that the table has already, by any unique key."""
        if not self._rows:
            return 0
        model = type(self._rows[0])
        if not self._fast:
            model._default_manager.bulk_create(self._rows, batch_size=BATCH, ignore_conflicts=skip_known)  # noqa: SLF001
            return len(self._rows)
        arrays = self._arrays | self._prepared(different)
        same = {name: field for name, field in columns(model).items() if field not in arrays}
        values = [stored(field, self._rows[0]) for field in same.values()]
        with connection.cursor() as cursor:
            statement = _statement(model, list(arrays), list(same), skip_known=skip_known)
            cursor.execute(statement, [*values, *arrays.values()])
            written = int(cursor.rowcount)
        for row in self._rows:
            row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as bulk_create does
        return written

    def _prepared(self, names: Sequence[str]) -> "dict[Field[Any, Any], str]":
        fields: list[Any] = [self._rows[0]._meta.get_field(name) for name in names]  # noqa: SLF001
        return {field: _array(getattr(row, field.attname) for row in self._rows) for field in fields}


def columns(model: type[Model]) -> "dict[str, Field[Any, Any]]":
    """The fields of a model by the names of their columns."""
    return {str(field.column): field for field in model._meta.concrete_fields}  # noqa: SLF001 - public in all but its name


def stored(field: "Field[Any, Any]", row: Model) -> Any:
    """A row's value of a field, as the database takes it."""
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _statement(model: type[Model], own: "Sequence[Field[Any, Any]]", same: Sequence[str], *, skip_known: bool) -> str:
    name = connection.ops.quote_name
    names = [name(str(field.column)) for field in own]
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in own)
    values = ", ".join([*["%s"] * len(same), *(f"new.{one}" for one in names)])
    return (
        f"INSERT INTO {name(model._meta.db_table)} ({', '.join([*map(name, same), *names])}) "  # noqa: S608, SLF001
        f"SELECT {values} FROM unnest({arrays}) AS new({', '.join(names)})"
        f"{' ON CONFLICT DO NOTHING' if skip_known else ''}"
    )


def _array(values: Iterable[Any]) -> str:
    """An array as PostgreSQL writes it; quoted, any value is read by its column's type."""
    return "{" + ",".join(["NULL" if value is None else _quoted(str(value)) for value in values]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
