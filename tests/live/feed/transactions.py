"""Somebody else's transaction on the test database, for the worker's to run into."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from tests.live.feed.consuming import PATIENCE


@asynccontextmanager
async def another_transaction(**settings: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Of somebody else on the same database, where new sessions get these settings meanwhile."""
    database = connection.settings_dict
    async with await psycopg.AsyncConnection.connect(
        host=database["HOST"],
        port=database["PORT"] or 5432,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    ) as other:
        every = sql.SQL("ALTER DATABASE {} ").format(sql.Identifier(str(database["NAME"])))
        for name, value in settings.items():
            await other.execute(every + sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        await other.execute("BEGIN")
        try:
            yield other
        finally:
            await other.execute("ROLLBACK")
            await other.execute(every + sql.SQL("RESET ALL"))


async def waits_for(other: "psycopg.AsyncConnection[Any]") -> None:
    """Until a session is blocked by that one's transaction."""
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))"
    async with asyncio.timeout(PATIENCE):
        while not (found := await (await other.execute(blocked, [other.info.backend_pid])).fetchone()) or not found[0]:
            await asyncio.sleep(0.01)
