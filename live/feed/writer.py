"""Writes the changes of a batch, in the caller's transaction: one or two statements for each table that they touch."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from django.db import connection

from live.board.ranking import tier
from live.board.rows import Login, ParticipantId, Row, Seq
from live.feed import columns
from live.feed.accounts import Snapshot, Times
from live.feed.columns import Table, Values
from live.feed.dialects import DIALECTS
from live.feed.history import BucketKey, Candle
from live.feed.objects import moment
from live.feed.standings import Captured, Participant
from live.feed.state import Changes

LARGEST_STATEMENT = 2_000
"""Rows in one statement: some 2 MB."""
_NOTHING: Mapping[Login, Snapshot] = MappingProxyType({})


def write(
    changes: Changes, rows: Mapping[ParticipantId, Row], seq: Seq, stored: Mapping[Login, Snapshot] = _NOTHING
) -> None:
    """Store the changes as commit `seq`; `rows` are the changed participants as the board shows them, in their order.

    `stored` is what is known of the accounts' rows so far. Raises Django's database errors.
    """
    accounts = changes.accounts
    alike: list[Values] = []
    own: list[Values] = []
    for (key, one), row in zip(changes.participants.items(), rows.values(), strict=True):
        scoring = (tier(row), *_scoring(one))
        if accounts.get(one.identity.login) is one.snapshot:
            alike.append((key, *scoring, one.identity.login))
        else:
            own.append((key, *_snapshot(one.snapshot, seq), *scoring))
    _write_accounts(accounts, seq, stored)
    _update(columns.STANDINGS_LIKE_ACCOUNTS, alike)
    _update(columns.STANDINGS, own)
    _update(columns.BASELINES, [_baseline(key, changes.participants[key]) for key in changes.captured])
    _upsert(columns.POINTS, [_point(key, candle) for key, candle in changes.candles.items()])
    for ranks in changes.final.values():
        _update(columns.FINAL_RANKS, list(ranks.items()))


def _write_accounts(accounts: Mapping[Login, Snapshot], seq: Seq, stored: Mapping[Login, Snapshot]) -> None:
    money: list[Values] = []
    whole: list[Values] = []
    for login, one in accounts.items():
        was = stored.get(login)
        if was and was.positions is one.positions and was.orders is one.orders:
            money.append((login, *_money(one, seq)))
        else:
            whole.append((login, *_snapshot(one, seq)))
    if _update(columns.MONEY_OF_ACCOUNTS, money) < len(money):  # somebody deleted one
        whole = [(login, *_snapshot(one, seq)) for login, one in accounts.items()]
    _upsert(columns.ACCOUNTS, whole)


def _upsert(table: Table, rows: Sequence[Values]) -> None:
    _execute(table, rows, DIALECTS[connection.vendor].upsert)


def _update(table: Table, rows: Sequence[Values]) -> int:
    return _execute(table, rows, DIALECTS[connection.vendor].update)


def _execute(table: Table, rows: Sequence[Values], statement: Callable[[Table], str]) -> int:
    """Return how many rows there were."""
    found = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), LARGEST_STATEMENT):
            part = rows[start : start + LARGEST_STATEMENT]
            cursor.execute(statement(table), DIALECTS[connection.vendor].parameters(table, part))
            found += cursor.rowcount
    return found


def _snapshot(one: Snapshot, seq: Seq) -> tuple[Any, ...]:
    return (*_money(one, seq), one.positions, one.orders)


def _money(one: Snapshot, seq: Seq) -> tuple[Any, ...]:
    money = one.money
    return (
        money.balance,
        money.equity,
        money.profit,
        money.margin,
        money.free_margin,
        money.credit,
        money.currency or "",
        money.leverage,
        encode_times(one.times),
        one.newest or None,
        seq,
    )


def encode_times(times: Times) -> bytes:
    """Return the column `times`: each field's name with the time it was told, those never told left out."""
    return msgspec.json.encode({name: time for name, time in zip(Times._fields, times, strict=True) if time})


def _scoring(one: Participant) -> tuple[Any, ...]:
    score, extremes = one.score, one.extremes
    low, high, path = extremes.low, extremes.high, extremes.path_drawdown
    return (score.percentage, score.drawdown, score.max_drawdown, high, low, path)


def _baseline(key: ParticipantId, one: Participant) -> Values:
    captured = one.captured
    if captured is None:
        raise ValueError("no message gave this participant its baseline")
    return (key, captured.amount, "captured", captured.stamp, _message(captured))


def _message(captured: Captured) -> bytes:
    """What a captured baseline came from, for the organiser to read and for us to know it again."""
    return msgspec.json.encode(
        {
            "type": captured.kind.value,
            "timestamp": moment(captured.stamp).isoformat(),
            "equity": str(captured.equity),
            "credit": str(captured.credit),
        }
    )


def _point(key: BucketKey, seen: Candle) -> Values:
    ohlc = (seen.open, seen.high, seen.low, seen.close)
    return (key.participant_id, key.start, *ohlc, seen.balance, seen.opened, seen.closed)
