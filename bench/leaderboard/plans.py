# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""How PostgreSQL answers the queries behind a question."""

from collections.abc import Iterator

from bench.leaderboard.questions import Query
from bench.leaderboard.stage import MARATHON

SHOWN = (
    "page in the middle",
    "around the one in the middle",
    "search: a hundred names",
    "search: a thousand names",
    "search: nobody, two letters",
    "search: every name",
)
TABLES = ("marathons_standing", "marathons_participant")


def plans(asked: dict[str, Query]) -> str:
    """The plans of a few questions, as text."""
    return "\n".join(line for name in SHOWN for line in ("", f"-- {name}", *_plans_of(asked[name])))


def _plans_of(query: Query) -> Iterator[str]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        Client().get(f"/apiv1/marathons/{MARATHON}/leaderboard", query)
    for one in captured:
        if any(table in one["sql"] for table in TABLES):
            yield from _explained(one["sql"])


def _explained(statement: str) -> Iterator[str]:
    from django.db import connection

    from live.hub.moments import one_moment

    with one_moment(), connection.cursor() as cursor:  # which is without compiling, as the endpoint is
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {statement}".replace("%", "%%"), [])
        lines = [str(line[0]) for line in cursor.fetchall()]
    yield from (f"  {line[:150]}" for line in lines if "Planning" not in line)
    yield ""
