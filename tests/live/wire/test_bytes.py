"""What frames weigh, on the figures of a contest with 1,000 accounts and awkward decimals."""

import json
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from msgspec.structs import replace

from live.board.delta import diff
from live.board.ranking import Ranking
from live.board.rows import Identity, Login, MarathonId, Money, ParticipantId, Row, UserId
from live.board.scoring import Extremes, scored
from live.board.views import Top, ViewState, select
from live.wire.boards import BoardInfo, delta, leaderboard
from live.wire.entries import Detail, RowEncoder
from live.wire.frames import Frame
from tests.live.board.boards import START

BASELINE = Decimal("9873.41")
PEAK = Extremes().observe(Decimal("13104.77")).observe(Decimal("7012.34"))
MARATHON = MarathonId(UUID("6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"))
INFO = BoardInfo(MARATHON, "November Masters", "ongoing", "a1b2c3d4", 1234567, START)


def trader(bib: int, random: Random) -> Row:
    ids = [UUID(int=random.getrandbits(128)) for _ in range(2)]
    name = "".join(random.choices("abcdefghijklmnopqrstuvwxyz ", k=14)).title()
    joined = START - timedelta(seconds=random.randint(0, 500_000))
    identity = Identity(ParticipantId(ids[0]), bib, UserId(ids[1]), name, Login(str(261_000_000 + bib)), joined)
    balance = Decimal(random.randint(800_000, 1_300_000)) / 100
    return trading(Row(identity, Money(balance, balance), scored(Money(), None, PEAK), b"[]", b"[]", START, 1), random)


def trading(row: Row, random: Random) -> Row:
    floating = Decimal(random.randint(-30_000, 30_000)) / 100
    balance = row.money.balance or Decimal(0)
    money = Money(balance, balance + floating, floating, Decimal("110"), Decimal("9890"), None, "USD", 100)
    later = START + timedelta(milliseconds=random.randint(1, 5000))
    return replace(row, money=money, score=scored(money, BASELINE, PEAK), updated_at=later, stamp=2)


def top_fifty() -> tuple[Ranking, ViewState]:
    ranking = Ranking(trader(bib, Random(bib)) for bib in range(1, 1001))
    return ranking, select(ranking, Top(50))


def delta_of(rows: int) -> Frame:
    ranking, before = top_fifty()
    ranking = Ranking(before.rows)
    ranking.apply([trading(row, Random(index)) for index, row in enumerate(before.rows[:rows])])
    return delta(INFO, 1234501, diff(before, select(ranking, Top(50))), RowEncoder())


def test_fifty_changed_rows_come_in_three_kilobytes() -> None:
    frame = delta_of(50)
    assert len(json.loads(frame.data)["changed"]) == 50
    assert frame.packed is not None
    assert len(frame.packed) <= 3000


def test_one_changed_row_is_a_hundred_and_fifty_bytes() -> None:
    changed = json.loads(delta_of(50).data)["changed"]
    sizes = [len(json.dumps(row, separators=(",", ":"))) for row in changed]
    assert sum(sizes) / 50 <= 150


def test_a_snapshot_of_fifty_rows_comes_in_fifteen_kilobytes() -> None:
    _, state = top_fifty()
    frame = leaderboard(INFO, Top(50), state, RowEncoder(), Detail.NONE)
    assert frame.packed is not None
    assert len(frame.packed) <= 15_000
