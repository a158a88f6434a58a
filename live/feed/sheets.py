"""What a batch changes as rows for the database, table by table. Pure: nothing is read or written here.

Sheets are made while the batch before is still being committed. Only the stamp is missing, which is known last.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from live.board.ranking import tier_of
from live.board.rows import Login, ParticipantId
from live.feed import columns
from live.feed.accounts import Snapshot
from live.feed.columns import Table, Values
from live.feed.dialects import Dialect
from live.feed.history import BucketKey, Candle
from live.feed.objects import moment
from live.feed.standings import Captured, Participant
from live.feed.state import Changes

LARGEST_STATEMENT = 2_000
"""Rows in one statement: some 2 MB."""

_encode = msgspec.json.Encoder().encode


class Sheet(msgspec.Struct, frozen=True):
    """Rows of one table, as the parameters of its statement, in parts of LARGEST_STATEMENT; `rows` is their number.

    `otherwise` makes the sheet that is written too where fewer rows than that were there.
    """

    statement: str
    stamped: bool
    parts: Sequence[list[Any]]
    rows: int
    otherwise: "Callable[[], Sheet] | None" = None


def sheets(dialect: Dialect, changes: Changes, stored: Mapping[Login, Snapshot]) -> list[Sheet]:
    """Return what is to be written, in this order. `stored` is what is known of the accounts' rows so far."""
    accounts, participants = changes.accounts, changes.participants
    money: list[Values] = []
    whole: list[Values] = []
    new: list[Values] = []
    for login, one in accounts.items():
        was = stored.get(login)
        if was is None:
            new.append((login, *_snapshot(one)))
        elif was.positions is one.positions and was.orders is one.orders:
            money.append((login, *_money(one)))
        else:
            whole.append((login, *_snapshot(one)))
    alike: list[Values] = []
    own: list[Values] = []
    for key, entrant in participants.items():
        login = entrant.identity.login
        if accounts.get(login) is entrant.snapshot:
            alike.append((key, *_scoring(entrant), login))
        else:
            own.append((key, *_snapshot(entrant.snapshot), *_scoring(entrant)))
    baselines = [_baseline(key, participants[key]) for key in changes.captured]
    points = [_point(key, candle) for key, candle in changes.candles.items()]
    all_of_them = partial(_every_account, dialect, accounts)  # should somebody have deleted one
    made = [
        _sheet(dialect.update, dialect, columns.MONEY_OF_ACCOUNTS, money, all_of_them),
        _sheet(dialect.update, dialect, columns.ACCOUNTS, whole, all_of_them),
        _sheet(dialect.upsert, dialect, columns.ACCOUNTS, new),
        _sheet(dialect.update, dialect, columns.STANDINGS_LIKE_ACCOUNTS, alike),
        _sheet(dialect.update, dialect, columns.STANDINGS, own),
        _sheet(dialect.update, dialect, columns.BASELINES, baselines),
        _sheet(dialect.upsert, dialect, columns.POINTS, points),
        *(_sheet(dialect.update, dialect, columns.FINAL_RANKS, list(one.items())) for one in changes.final.values()),
    ]
    return [sheet for sheet in made if sheet.rows]


def _every_account(dialect: Dialect, accounts: Mapping[Login, Snapshot]) -> Sheet:
    rows = [(login, *_snapshot(one)) for login, one in accounts.items()]
    return _sheet(dialect.upsert, dialect, columns.ACCOUNTS, rows)


def _sheet(
    statement: Callable[[Table], str],
    dialect: Dialect,
    table: Table,
    rows: Sequence[Values],
    otherwise: Callable[[], Sheet] | None = None,
) -> Sheet:
    starts = range(0, len(rows), LARGEST_STATEMENT)
    parts = [dialect.parameters(table, rows[start : start + LARGEST_STATEMENT]) for start in starts]
    return Sheet(statement(table), table.stamped, parts, len(rows), otherwise)


def _snapshot(one: Snapshot) -> Values:
    return (*_money(one), one.positions, one.orders)


def _money(one: Snapshot) -> Values:
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
        _encode(one.times).decode(),
        one.newest or None,
    )


def _scoring(one: Participant) -> Values:
    score, extremes = one.score, one.extremes
    low, high, path = extremes.low, extremes.high, extremes.path_drawdown
    return (tier_of(one.status), score.percentage, score.drawdown, score.max_drawdown, high, low, path)


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
