"""Several reads of one moment: what a stamp says and the rows that it speaks of have to belong together."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Every query inside sees the database as the first one does. Reading only.

    Inside a transaction that is open already, it is that transaction's moment.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred():
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Nor is any of them worth compiling, though PostgreSQL expects of some that they read whole tables.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL jit = off")
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Django's own transactions take SQLite's write lock at their start (see settings); readers have no need of it."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
