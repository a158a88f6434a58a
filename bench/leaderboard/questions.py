# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""What is asked, and what an answer costs: through all of Django, and as somebody would do it who has no index."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psutil

from bench.leaderboard.stage import MARATHON

Query = dict[str, Any]


def questions(count: int) -> dict[str, Query]:
    """Query strings, by what they are called."""
    from django.db.models import F

    from marathons.models import Standing

    ordered = Standing.objects.order_by(F("score").desc()).values_list("pk", flat=True)
    return {
        "first page": {"page": 1},
        "page in the middle": {"page": count // 100},
        "last page": {"page": count // 50},
        "top 200": {"top": 200},
        "around the first": {"around": ordered[0], "size": 11},
        "around the one in the middle": {"around": ordered[count // 2], "size": 11},
        "around the last": {"around": ordered.reverse()[0], "size": 11},
        "search: one name": {"search": f"Trader{count // 2}"},
        "search: a hundred names": {"search": f"Trader{count // 1000}"},
        "search: every name": {"search": "trader"},
        "search: every tenth name": {"search": "gret"},
        "search: a thousand names": {"search": f"Trader{count // 10_000}"},
        "search: a few thousand names": {"search": "99"},
        "search: a login": {"search": str(26_000_000 + count // 3)},
        "search: a bib": {"search": str(count // 7)},
        "search: two letters": {"search": "el"},
        "search: nobody": {"search": "zzyzx"},
        "search: nobody, two letters": {"search": "qx"},
        "search: nobody, one letter": {"search": "q"},
        "the same again (304)": {"page": 1, "known": True},
    }


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds: of CPU in both processes for each answer, and on the clock."""

    server: float
    median: float
    best: float


class Caller:
    """Asks the endpoint and reads the clocks of both processes."""

    def __init__(self) -> None:
        from django.db import connection
        from django.test import Client

        from live.lifespan import spare_the_collector

        self._client, self._path = Client(), f"/apiv1/marathons/{MARATHON}/leaderboard"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = psutil.Process(cursor.fetchone()[0])
        self._known = self._client.get(self._path, {"page": 1})["ETag"]
        spare_the_collector()  # as a web process does

    def ask(self, query: Query) -> None:
        headers = {"If-None-Match": self._known} if query.get("known") else {}
        asked = {name: value for name, value in query.items() if name != "known"}
        answer = self._client.get(self._path, asked, headers=headers)
        if answer.status_code not in {200, 304}:
            raise SystemExit(f"{query}: {answer.status_code} {answer.content[:200]!r}")

    def cost(self, act: Callable[[], Any], rounds: int) -> Cost:
        """What `act` costs, once everything is warm."""
        act()
        before, times = self._cpu(), []
        for _ in range(rounds):
            start = time.perf_counter()
            act()
            times.append((time.perf_counter() - start) * 1000)
        return Cost((self._cpu() - before) / rounds, statistics.median(times), min(times))

    def _cpu(self) -> float:
        """Milliseconds of CPU so far; PostgreSQL's are known to 10 ms, so it takes several requests to see."""
        return (time.process_time() + sum(self._backend.cpu_times()[:2])) * 1000


def load_and_sort(query: Query) -> bytes:
    """The rival: read the whole board, sort it, cut the part out. With our own reader and sort, which are quick."""
    from live.board.ranking import Ranking
    from live.hub import store
    from live.wire.entries import Detail, RowEncoder

    reading = store.read(UUID(MARATHON))  # type: ignore[arg-type]
    ranking = Ranking(reading.rows)
    places = range(len(ranking))
    if "search" in query:
        text = query["search"].lower()
        found = [place for place in places if text in ranking.rows[place].identity.user_name.lower()]
        places = found[:50]
    elif "around" in query:
        middle = ranking.position_of(query["around"])
        places = places[max(0, middle - 5) : middle + 6]
    else:
        places = places[(query["page"] - 1) * 50 :][:50]
    encoder = RowEncoder()
    return b",".join([encoder.entry(ranking.rows[place], place + 1, Detail.HIDDEN) for place in places])
