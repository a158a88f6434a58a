"""The few threads in which this process's live part reads the database, bounded, and their connections given back."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")

MOST = 4


class Threads:
    """Runs blocking reads beside the loop. At most four at a time; the others wait their turn."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="hub")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result, or what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: _with_a_connection(call, *args, **kwargs))

    async def close(self) -> None:
        """Wait for the reads under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _with_a_connection(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return call(*args, **kwargs)
    finally:
        # Back to the pool, where there is one. A kept connection would be found broken after the database's restart.
        connections.close_all()
