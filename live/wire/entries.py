"""Rows as the protocol writes them. A row is encoded once, however many views, clients and ticks it is sent to."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

from live.board.delta import Change
from live.board.rows import Bib, Row, Status
from live.board.views import ViewState
from live.wire.outbound import Instant, instant

Shown: TypeAlias = Callable[[Row], object]

PERCENT_PLACES = 10


class Detail(Enum):
    """What an entry says of positions and orders."""

    NONE = "the fields are left out, as in all delta subscriptions"
    HIDDEN = "the lists are empty, because they are others'"
    OPEN = "the lists are shown"


def _money(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _percent(value: Decimal | None) -> float | None:
    if not value:
        return None if value is None else 0.0
    return round(float(value), PERCENT_PLACES) or 0.0  # instead of -0.0


def _time(value: datetime | None) -> Instant | None:
    return None if value is None else instant(value)


_FIELDS: dict[str, tuple[str, Shown]] = {
    "participant_id": ("participantId", lambda row: row.identity.participant_id),
    "bib": ("bib", lambda row: row.identity.bib),
    "user_id": ("userId", lambda row: row.identity.user_id),
    "user_name": ("userName", lambda row: row.identity.user_name),
    "login": ("accountLogin", lambda row: row.identity.login),
    "balance": ("balance", lambda row: _money(row.money.balance)),
    "equity": ("equity", lambda row: _money(row.money.equity)),
    "profit": ("profit", lambda row: _money(row.money.profit)),
    "percentage": ("profitPercentage", lambda row: _percent(row.score.percentage)),
    "margin": ("margin", lambda row: _money(row.money.margin)),
    "free_margin": ("freeMargin", lambda row: _money(row.money.free_margin)),
    "currency": ("currency", lambda row: row.money.currency),
    "leverage": ("leverage", lambda row: row.money.leverage),
    "drawdown": ("drawdown", lambda row: _percent(row.score.drawdown)),
    "max_drawdown": ("maxDrawdown", lambda row: _percent(row.score.max_drawdown)),
    "status": ("status", lambda row: row.status),
    "reason": ("disqualificationReason", lambda row: row.identity.reason),
    "updated_at": ("updatedAt", lambda row: _time(row.updated_at)),
    "joined_at": ("joinedAt", lambda row: instant(row.identity.joined_at)),
}
"""A row's fields by the names that deltas know them by: the name in JSON, and how to get it."""

FIELD_NAMES = (*(name for name, _ in _FIELDS.values()), "rank", "positions", "orders")
"""All fields of an entry in a full board."""

_WHOLE = tuple(_FIELDS.values())
_RANK = b',"rank":'
_ENDS = {Detail.NONE: b"}", Detail.HIDDEN: b',"positions":[],"orders":[]}', Detail.OPEN: b""}
_encode = msgspec.json.Encoder().encode


class RowEncoder:
    """Encodes the rows of one board.

    It keeps each participant's last encoded row, so it is as large as the board; whoever keeps the board keeps it too.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Bib, tuple[Row, bytes, bool]] = {}

    def _open_ended(self, row: Row) -> tuple[Row, bytes, bool]:
        """Return the row, its JSON up to the value of its rank, and whether it has one."""
        known = self._known.get(row.identity.bib)
        if known is None or known[0] is not row:
            encoded = _encode({name: shown(row) for name, shown in _WHOLE})
            known = (row, encoded[:-1] + _RANK, row.status is Status.ACTIVE)
            self._known[row.identity.bib] = known
        return known

    def entry(self, row: Row, rank: int, detail: Detail) -> bytes:
        """Return one entry; `rank` is the row's position from 1, shown if it is ranked at all."""
        return self._entries((row,), rank, detail)[0]

    def entries(self, state: ViewState, detail: Detail, own: Bib | None = None) -> bytes:
        """Return the entries of a view as a JSON array; the lists of participant `own` are shown in any case."""
        encoded = self._entries(state.rows, state.offset + 1, detail)
        if own is not None:
            for index, row in enumerate(state.rows):
                if row.identity.bib == own:
                    encoded[index] = self.entry(row, state.offset + 1 + index, Detail.OPEN)
        return b"[%b]" % b",".join(encoded)

    def _entries(self, rows: tuple[Row, ...], first_rank: int, detail: Detail) -> list[bytes]:
        opened, end, known = detail is Detail.OPEN, _ENDS[detail], self._known
        encoded = []
        for rank, row in enumerate(rows, first_rank):
            kept = known.get(row.identity.bib)
            if kept is None or kept[0] is not row:
                kept = self._open_ended(row)
            place = b"%d" % rank if kept[2] else b"null"
            if opened:
                end = b"".join((b',"positions":', row.positions, b',"orders":', row.orders, b"}"))
            encoded.append(b"".join((kept[1], place, end)))
        return encoded

    def changes(self, changes: tuple[Change, ...]) -> bytes:
        """Return the `changed` of a delta as a JSON array: changed fields with the bib, entering rows whole."""
        return b"[%b]" % b",".join([self._change(change) for change in changes if change.fields != ()])

    def _change(self, change: Change) -> bytes:
        row = change.row
        if change.fields is None:
            return self._open_ended(row)[1].removesuffix(_RANK) + b"}"
        told: dict[str, object] = {"bib": row.identity.bib}
        for field in change.fields:
            name, shown = _FIELDS[field]
            told[name] = shown(row)
        return _encode(told)
