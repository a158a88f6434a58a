"""One page of a board out of the database, as the lines that a template prints. A few queries, whatever its size."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from live.board.rows import Row, Status
from live.hub.moments import one_moment
from live.hub.places import ids_at
from live.hub.standings import total as board_size
from live.hub.store import COLUMNS, row_of
from live.pages import figures
from live.pages.moments import Moment, moment
from marathons.models import Standing
from marathons.models.standing import board_order

PAGE_SIZE = 100

NOTES = {Status.NO_DATA: "no data yet", Status.DISQUALIFIED: "disqualified", Status.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, ready to print. `direction` is that of the gain; `profit` is of open positions alone."""

    bib: int
    status: str
    rank: str
    name: str
    note: str
    mine: bool
    direction: str
    gain: str
    equity: str
    currency: str
    balance: str
    profit: str
    max_drawdown: str
    data: Moment | None
    age: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Some lines of `total`; `number` is the page's, from 1, of `pages`."""

    number: int
    pages: int
    total: int
    lines: tuple[Line, ...]

    @property
    def range(self) -> str:
        """Which rows they are, in words."""
        first = (self.number - 1) * PAGE_SIZE
        return f"Rows {min(first + 1, self.total):,} to {first + len(self.lines):,} of {self.total:,}"

    @property
    def participants(self) -> str:
        return participants(self.total)

    @property
    def size(self) -> int:
        return PAGE_SIZE


def participants(count: int) -> str:
    return f"{count:,} participant{'' if count == 1 else 's'}"


def read_page(marathon_id: UUID, number: int, me: UUID | None, now: datetime) -> BoardPage:
    """That page of a board, or its last one where there are not so many; `me` marks the viewer's own line."""
    with one_moment():
        total = board_size(marathon_id)
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, number), pages)
        offset = (number - 1) * PAGE_SIZE
        ids = ids_at(marathon_id, offset, min(PAGE_SIZE, total - offset), total)
        rows = _rows(Standing.objects.filter(pk__in=ids).order_by(*board_order()))
    lines = tuple(_line(row, offset + index + 1, me, now) for index, row in enumerate(rows))
    return BoardPage(number, pages, total, lines)


def _rows(standings: QuerySet[Standing]) -> list[Row]:
    """Without positions and orders, which pages do not show."""
    return [row_of((*values, "[]", "[]")) for values in standings.values_list(*COLUMNS)]


def _line(row: Row, rank: int, me: UUID | None, now: datetime) -> Line:
    money, score = row.money, row.score
    return Line(
        bib=row.identity.bib,
        status=row.status.value,
        rank=str(rank) if row.status is Status.ACTIVE else figures.MISSING,
        name=row.identity.user_name,
        note=_note(row),
        mine=me is not None and row.identity.user_id == me,
        direction=figures.direction(score.percentage),
        gain=figures.signed(score.percentage),
        equity=figures.amount(money.equity),
        currency=money.currency or "",
        balance=figures.amount(money.balance),
        profit=figures.signed(money.profit),
        max_drawdown=figures.amount(score.max_drawdown),
        data=None if row.updated_at is None else moment(row.updated_at),
        age=figures.MISSING if row.updated_at is None else figures.age((now - row.updated_at).total_seconds()),
    )


def _note(row: Row) -> str:
    note = NOTES.get(row.status, "")
    return f"{note}: {row.identity.reason}" if row.identity.reason else note
