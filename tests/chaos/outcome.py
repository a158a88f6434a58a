"""What the database and the dead letters say at the end, beside what the messages say."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

import pika
import psycopg

from tests.e2e.truth import Truth

STANDINGS = """
    SELECT a.login, s.balance, s.equity, s.profit, s.score, s.max_drawdown, x.balance, x.equity, x.profit
    FROM marathons_standing s JOIN marathons_participant p ON p.id = s.participant_id
    JOIN marathons_account a ON a.id = p.account_id JOIN marathons_account x ON x.id = p.account_id
"""
POINTS = """
    SELECT a.login, e.bucket, e.open, e.high, e.low, e.close, e.balance
    FROM marathons_equitypoint e JOIN marathons_participant p ON p.id = e.participant_id
    JOIN marathons_account a ON a.id = p.account_id
"""
MONEY = ("balance", "equity", "profit")


def wrong_standings(url: str, truth: Truth) -> list[str]:
    """Differences between standings, accounts and the truth."""
    wrong = []
    for login, *values in _rows(url, STANDINGS):
        standing, (score, drawdown), account = values[:3], values[3:5], values[5:]
        state = truth.state[login]
        expected = [state.get(name) for name in MONEY]
        if [_fraction(value) for value in standing] != expected or standing != account:
            wrong.append(f"{login}: {standing}, {account} instead of {expected}")
        if not _near(score, truth.percentage(login)) or not _near(drawdown, truth.worst.get(login)):
            wrong.append(
                f"{login}: {score} %, {drawdown} % instead of {truth.percentage(login)}, {truth.worst.get(login)}"
            )
    return wrong


def wrong_history(url: str, sent: Iterable[dict[str, Any]]) -> list[str]:
    """Differences between the points and what the messages give."""
    expected: dict[tuple[str, datetime], list[float]] = {}
    for message in sent:
        bucket = datetime.fromisoformat(message["timestamp"]).replace(second=0, microsecond=0)
        equity = message["equity"]
        point = expected.setdefault((message["login"], bucket), [equity] * 4 + [0.0])
        point[1:] = [max(point[1], equity), min(point[2], equity), equity, message["balance"]]
    found = {(login, bucket): list(map(float, values)) for login, bucket, *values in _rows(url, POINTS)}
    keys = sorted(expected.keys() | found.keys())
    return [
        f"{key}: {found.get(key)} instead of {expected.get(key)}" for key in keys if found.get(key) != expected.get(key)
    ]


def dead_letters(url: str, queue: str) -> Counter[bytes]:
    """The bodies of the dead letters, taken."""
    found: Counter[bytes] = Counter()
    with pika.BlockingConnection(pika.URLParameters(url)) as broker:
        channel = broker.channel()
        while (got := channel.basic_get(f"{queue}.dead", auto_ack=True))[0] is not None:
            found[got[2]] += 1
    return found


def _rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as database:
        return database.execute(query.encode()).fetchall()


def _fraction(value: Any) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def _near(found: Any, expected: Fraction | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return abs(Fraction(str(found)) - expected) < Fraction(1, 10**7)
