# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""A PostgreSQL database of the benchmark's own, with one marathon of very many participants."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench.harness.services import JWT_SECRET, POSTGRES_URL

if TYPE_CHECKING:
    from live.feed.store import Store

QUEUE, BATCH, CENT = "bench", 2_000, Decimal("0.01")
MARATHON = "00000000-0000-4000-8000-000000000001"
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
INSERT INTO marathons_account (id, login, server, owner_id, stamp, {snapshot})
SELECT a, (26000000 + n)::text, '', u, 7, {said} FROM made;
INSERT INTO marathons_participant (id, bib, baseline_source, status, disqualification_reason, joined_at, account_id,
    marathon_id, user_id)
SELECT p, n, '', 'active', '', joined, a, '{marathon}', u FROM made;
INSERT INTO marathons_standing (participant_id, marathon_id, tier, joined_at, stamp, score, drawdown, max_drawdown,
    equity_high, equity_low, path_drawdown, {snapshot})
SELECT p, '{marathon}', 0, joined, 7, gain / 100, greatest(-gain, 0) / 100, greatest(-gain, 0) / 100,
    10000 + greatest(gain, 0), 10000 + least(gain, 0), greatest(-gain, 0) / 100, {said} FROM made;
UPDATE marathons_clock SET value = 7;
"""
SNAPSHOT = (
    "balance, equity, profit, margin, free_margin, credit, currency, leverage, positions, orders, times, updated_at"
)
SAID = """
10000, 10000 + gain, gain, 500, 9500 + gain, 0, 'USD', 100,
    jsonb_build_array(jsonb_build_object('ticket', n, 'symbol', 'EURUSD', 'type', 'BUY', 'volume', 0.1)), '[]',
    jsonb_build_object('equity', (extract(epoch FROM now()) * 1000000)::bigint), now()
"""
POSITIONS = b'[{"ticket":1,"symbol":"EURUSD","type":"BUY","volume":0.1}]'


@contextmanager
def database(name: str | None) -> Iterator[str]:
    """The URL of a database: the one named, which stays, or a new one that is dropped."""
    url = urlsplit(POSTGRES_URL)
    if name:
        yield url._replace(path=f"/{name}").geturl()
        return
    made = f"bench_leaderboard_{os.getpid()}"
    with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))
        try:
            yield url._replace(path=f"/{made}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))


def start_django(url: str) -> None:
    """With the settings of production, but for rate limits and the log."""
    os.environ.update(
        DATABASE_URL=url,
        DATABASE_POOL_SIZE="1",
        DJANGO_DEBUG="false",
        DJANGO_SECRET_KEY="a key of the benchmark, which is as long as it has to be",
        DJANGO_SETTINGS_MODULE="marathon_site.settings",
        JWT_SECRET=JWT_SECRET,
        LOG_LEVEL="ERROR",
        API_RATE_ANON="off",
        REDIS_URL="",
    )
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)


def fill(url: str, count: int) -> None:
    """Migrate and fill, unless that has been done; then let the table come to rest."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM marathons_marathon").fetchone():
            print(f"filling in {count:,} participants ...", flush=True)
            connection.execute(SEED.format(marathon=MARATHON, count=count, snapshot=SNAPSHOT, said=SAID))
        connection.execute("VACUUM ANALYZE")


def start_worker() -> Store:
    """A worker without its feed, that has looked at the board."""
    from live.feed.store import Store

    worker = Store(uuid.uuid4(), 60_000_000, lambda: datetime.now(UTC))
    worker.take(QUEUE)
    worker.tick([])
    return worker


def churn(worker: Store) -> None:
    """Let the worker write every fifth row again, and leave the tables so."""
    from live.feed.objects import Carried, FeedObject, Kind, micros
    from marathons.models import Standing

    rows = list(Standing.objects.values_list("participant__account__login", "equity"))
    now, zero = micros(datetime.now(UTC)), Decimal(0)
    said = [
        FeedObject(
            Kind.ACCOUNT,
            login,
            now,
            Carried(equity, equity + CENT, CENT, zero, equity, zero, "USD", 100, POSITIONS, b"[]"),
        )
        for login, equity in random.sample(rows, len(rows) // 5)
    ]
    for start in range(0, len(said), BATCH):
        worker.apply(QUEUE, said[start : start + BATCH])
