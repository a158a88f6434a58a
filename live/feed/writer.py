"""Writes the changes of a batch, in the caller's transaction: one statement for each table that they touch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection

from live.board.ranking import tier
from live.board.rows import ParticipantId, Row, Seq
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


def write(changes: Changes, rows: Mapping[ParticipantId, Row], seq: Seq) -> None:
    """Store the changes as commit `seq`; `rows` are the changed participants as the board shows them.

    Raises Django's database errors.
    """
    shared: dict[int, tuple[Any, ...]] = {}

    def values(snapshot: Snapshot) -> tuple[Any, ...]:
        """The columns of a snapshot; an account and its standings mostly have the same one."""
        known = shared.get(id(snapshot))
        if known is None:
            known = shared[id(snapshot)] = _snapshot(snapshot, seq)
        return known

    _upsert(columns.ACCOUNTS, [(login, *values(one)) for login, one in changes.accounts.items()])
    standings = [
        (key, *values(one.snapshot), tier(rows[key]), *_scoring(one)) for key, one in changes.participants.items()
    ]
    _update(columns.STANDINGS, standings)
    _update(columns.BASELINES, [_baseline(key, changes.participants[key]) for key in changes.captured])
    _upsert(columns.POINTS, [_point(key, candle) for key, candle in changes.candles.items()])
    for ranks in changes.final.values():
        _update(columns.FINAL_RANKS, list(ranks.items()))


def _upsert(table: Table, rows: Sequence[Values]) -> None:
    _execute(table, rows, DIALECTS[connection.vendor].upsert)


def _update(table: Table, rows: Sequence[Values]) -> None:
    _execute(table, rows, DIALECTS[connection.vendor].update)


def _execute(table: Table, rows: Sequence[Values], statement: Callable[[Table], str]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), LARGEST_STATEMENT):
            part = rows[start : start + LARGEST_STATEMENT]
            cursor.execute(statement(table), DIALECTS[connection.vendor].parameters(table, part))


def _snapshot(one: Snapshot, seq: Seq) -> tuple[Any, ...]:
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
        one.positions,
        one.orders,
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
