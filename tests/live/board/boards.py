"""Rows and boards for tests: built by hand, or drawn by hypothesis."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.rows import Identity, Login, Money, ParticipantId, Row, Score, Status, UserId

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def participant(bib: int) -> ParticipantId:
    return ParticipantId(UUID(int=bib))


def a_row(
    bib: int,
    percentage: str | None = "0",
    max_drawdown: str = "0",
    *,
    joined: int = 0,
    status: Status = Status.ACTIVE,
    stamp: int = 1,
) -> Row:
    """Build a row; without a percentage it has no data yet. `joined` is in seconds after the first."""
    joined_at = START + timedelta(seconds=joined)
    identity = Identity(
        participant(bib), bib, UserId(UUID(int=1000 + bib)), f"Trader {bib}", Login(str(26000 + bib)), joined_at, status
    )
    if percentage is None:
        return Row(identity, Money(), Score(), b"[]", b"[]", None, stamp)
    equity = Decimal(10000) + Decimal(percentage) * 100
    money = Money(Decimal(10000), equity, equity - 10000, Decimal(0), equity, Decimal(0), "USD", 100)
    score = Score(Decimal(percentage), Decimal(0), Decimal(max_drawdown))
    return Row(identity, money, score, b"[]", b"[]", START, stamp)


def bibs(rows: tuple[Row, ...] | list[Row]) -> list[int]:
    return [row.identity.bib for row in rows]


_statuses = st.sampled_from([Status.ACTIVE] * 6 + [Status.DISQUALIFIED, Status.WITHDRAWN])
_percentages = st.none() | st.integers(-30, 30).map(lambda tenths: str(Decimal(tenths) / 10))


@st.composite
def rows(draw: st.DrawFn, bib: st.SearchStrategy[int], stamp: int = 1) -> Row:
    """A row in any status; percentages, drawdowns and joining times collide often."""
    row = a_row(
        draw(bib),
        draw(_percentages),
        draw(st.sampled_from(["0", "1.5", "40"])),
        joined=draw(st.integers(0, 2)),
        status=draw(_statuses),
        stamp=stamp,
    )
    positions = draw(st.sampled_from([b"[]", b'[{"ticket":1}]']))
    return replace(row, positions=positions, identity=replace(row.identity, user_name=draw(st.sampled_from("ABC"))))


def row_sets(largest_bib: int = 30, stamp: int = 1) -> st.SearchStrategy[list[Row]]:
    """Lists of rows of different participants."""
    return st.lists(
        rows(st.integers(1, largest_bib), stamp), max_size=largest_bib, unique_by=lambda row: row.identity.bib
    )
