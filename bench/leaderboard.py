# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""How long the HTTP leaderboard takes with 100,000 participants: any page, the top, a search, around somebody.

Makes a PostgreSQL database of its own on the server of DATABASE_URL, fills it, calls the endpoint through all of
Django, and prints times and query plans: once with tables at rest, once after every fifth row was written again, as
live boards are.

`server` is the CPU time of a request, in Python and in PostgreSQL's process: on a quiet machine that is the time it
takes, and on a busy one it still says what it costs.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[1]
SERVER = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
MARATHON = "00000000-0000-4000-8000-000000000001"
TARGET_MS = 50
SEED = """
INSERT INTO marathons_marathon (id, name, description, starts_at, ends_at, visibility, positions_visibility, created_at,
    stamp, next_bib, initial_balance)
VALUES ('{marathon}', 'Bench', '', now() - interval '1 hour', now() + interval '7 days', 'public', 'public',
    now() - interval '1 day', 7, {count} + 1, 10000);
CREATE TEMP TABLE made AS SELECT n, gen_random_uuid() u, gen_random_uuid() a, gen_random_uuid() p,
    round((random() * 6000 - 3000)::numeric, 2) gain, now() - interval '2 hours' + n * interval '1 ms' joined
    FROM generate_series(1, {count}) n;
INSERT INTO marathons_user (password, is_superuser, id, email, first_name, last_name, is_staff, is_active, date_joined)
SELECT '!', false, u, 'p' || n || '@example.com',
    (array['Anna', 'Boris', 'Carla', 'Dmitri', 'Elena', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas'])[1 + n % 10],
    'Trader' || n, false, true, now() FROM made;
INSERT INTO marathons_account (id, login, server, owner_id, currency, positions, orders, times, stamp)
SELECT a, (26000000 + n)::text, '', u, 'USD', '[]', '[]', '{{}}', 7 FROM made;
INSERT INTO marathons_participant (id, bib, baseline_source, status, disqualification_reason, joined_at, account_id,
    marathon_id, user_id)
SELECT p, n, '', 'active', '', joined, a, '{marathon}', u FROM made;
INSERT INTO marathons_standing (participant_id, marathon_id, tier, joined_at, balance, equity, profit, margin,
    free_margin, credit, currency, leverage, positions, orders, times, updated_at, stamp, score, drawdown, max_drawdown,
    equity_high, equity_low, path_drawdown)
SELECT p, '{marathon}', 0, joined, 10000, 10000 + gain, gain, 500, 9500 + gain, 0, 'USD', 100,
    jsonb_build_array(jsonb_build_object('ticket', n, 'symbol', 'EURUSD', 'type', 'BUY', 'volume', 0.1)),
    '[]', '{{}}', now(), 7, gain / 100, abs(gain) / 200, abs(gain) / 100, 12000, 9000, 0 FROM made;
"""
CHURN = """
UPDATE marathons_standing SET equity = equity + 0.01, score = score + 0.0001, stamp = stamp + 1 WHERE random() < 0.2
"""


@contextmanager
def database(name: str | None) -> Iterator[str]:
    """The URL of a database: the one named, which stays, or a new one that is dropped."""
    url = urlsplit(SERVER)
    if name:
        yield url._replace(path=f"/{name}").geturl()
        return
    made = f"bench_leaderboard_{os.getpid()}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))
        try:
            yield url._replace(path=f"/{made}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))


def prepare(url: str, count: int) -> None:
    """Migrate and fill, unless that has been done."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM marathons_marathon").fetchone():
            print(f"filling in {count:,} participants ...", flush=True)
            connection.execute(SEED.format(marathon=MARATHON, count=count))
        connection.execute("VACUUM ANALYZE")


def questions(count: int) -> dict[str, dict[str, Any]]:
    """What is asked for, by what it is called."""
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
        "search: a login": {"search": str(26_000_000 + count // 3)},
        "search: a bib": {"search": str(count // 7)},
        "search: two letters": {"search": "el"},
        "search: nobody": {"search": "zzyzx"},
        "the same again (304)": {"page": 1, "known": True},
    }


class Caller:
    """Asks the endpoint and reads the clocks of both processes."""

    def __init__(self) -> None:
        from django.db import connection
        from django.test import Client

        self._client, self._path = Client(), f"/apiv1/marathons/{MARATHON}/leaderboard"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = psutil.Process(cursor.fetchone()[0])
        self._known = self._client.get(self._path, {"page": 1})["ETag"]

    def ask(self, query: dict[str, Any]) -> float:
        """The milliseconds that it took."""
        headers = {"If-None-Match": self._known} if query.get("known") else {}
        asked = {name: value for name, value in query.items() if name != "known"}
        before = time.perf_counter()
        answer = self._client.get(self._path, asked, headers=headers)
        if answer.status_code not in {200, 304}:
            raise SystemExit(f"{query}: {answer.status_code} {answer.content[:200]!r}")
        return (time.perf_counter() - before) * 1000

    def cpu(self) -> float:
        """Milliseconds of CPU so far; PostgreSQL's are known to 10 ms, so it takes several requests to see."""
        return (time.process_time() + sum(self._backend.cpu_times()[:2])) * 1000


def measure(title: str, asked: dict[str, dict[str, Any]], rounds: int) -> bool:
    """Print a line for each question; whether all are within the target."""
    caller, good = Caller(), True
    print(f"\n{title}\n{'':32}{'server':>9}{'median':>9}{'best':>9}  ms")
    for name, query in asked.items():
        caller.ask(query)
        before = caller.cpu()
        times = [caller.ask(query) for _ in range(rounds)]
        server = (caller.cpu() - before) / rounds
        over = "" if min(server, statistics.median(times)) < TARGET_MS else "  over"
        good = good and not over
        print(f"{name:32}{server:9.1f}{statistics.median(times):9.1f}{min(times):9.1f}{over}", flush=True)
    return good


def plans(asked: dict[str, dict[str, Any]]) -> None:
    """Print how PostgreSQL answers each query of a few questions."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    for name in ("page in the middle", "around the one in the middle", "search: a hundred names", "search: every name"):
        print(f"\nPlans: {name}")
        with CaptureQueriesContext(connection) as captured:
            Client().get(f"/apiv1/marathons/{MARATHON}/leaderboard", asked[name])
        for one in captured:
            if "marathons_standing" in one["sql"] or "marathons_participant" in one["sql"]:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) {one['sql']}".replace("%", "%%"), []
                    )
                    lines = [str(line[0]) for line in cursor.fetchall()]
                print("\n".join(f"  {line[:170]}" for line in lines if "Planning" not in line), end="\n\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--database", help="use this database, made by an earlier run or filled now, and keep it")
    parser.add_argument("--no-plans", action="store_true")
    options = parser.parse_args()
    with database(options.database) as url:
        os.environ.update(
            DATABASE_URL=url,
            DJANGO_DEBUG="false",
            DJANGO_HTTPS="false",
            DJANGO_SECRET_KEY="s" * 50,
            JWT_SECRET="j" * 50,
            LOG_LEVEL="ERROR",
            API_RATE_ANON="off",
            REDIS_URL="",
            DATABASE_POOL_SIZE="1",
        )
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marathon_site.settings")
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        good = run(url, options)
        django.db.connections.close_all()
    raise SystemExit(0 if good else 1)


def run(url: str, options: argparse.Namespace) -> bool:
    """Both measurements and the plans; whether all is within the target."""
    from django.test.utils import setup_test_environment

    setup_test_environment(debug=False)
    prepare(url, options.participants)
    asked = questions(options.participants)
    good = measure("A table at rest", asked, options.rounds)
    if not options.no_plans:
        plans(asked)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(CHURN)
    good = measure("Every fifth row written again, not vacuumed", asked, options.rounds) and good
    print(f"\ntarget: each < {TARGET_MS} ms of server time: {'met' if good else 'NOT met'}")
    return good


if __name__ == "__main__":
    main()
