"""Boards and deltas as clients get them, written by the server's own encoders, for the tests of both clients."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from live.board.delta import diff
from live.board.ranking import Ranking
from live.board.rows import MarathonId
from live.board.views import All, Around, Page, Top, View, ViewState, select
from live.wire import boards
from live.wire.boards import BoardInfo
from live.wire.entries import Detail, RowEncoder
from tests.live.board.boards import START, participant, row_sets

sizes = st.integers(1, 12)
views: st.SearchStrategy[View] = st.one_of(
    st.just(All()),
    st.builds(Top, sizes),
    st.builds(Page, st.integers(1, 4), sizes),
    st.builds(Around, st.integers(1, 30).map(participant), sizes),
)


def info(seq: int) -> BoardInfo:
    return BoardInfo(MarathonId(participant(7)), "Autumn marathon", "ongoing", "e1", seq, START)


def snapshot_of(state: ViewState, view: View, seq: int) -> bytes:
    """The data of `marathon_leaderboard`, as JSON."""
    return boards.leaderboard(info(seq), view, state, RowEncoder(), Detail.NONE).data


@st.composite
def ways(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A snapshot of one view, a delta, and the snapshot that it must lead to."""
    view, start = draw(views), draw(row_sets())
    ranking = Ranking(start)
    before = select(ranking, view)
    ranking.apply(draw(row_sets(stamp=2)), draw(st.lists(st.integers(1, 30).map(participant), max_size=5)))
    after = select(ranking, view)
    delta = boards.delta(info(12), 10, diff(before, after), RowEncoder()).data
    return snapshot_of(before, view, 10), delta, snapshot_of(after, view, 12)


def vector(way: tuple[bytes, bytes, bytes]) -> dict[str, Any]:
    """The same as a case of `tests/vectors/deltas.json`."""
    return {"name": "drawn", **dict(zip(("before", "delta", "after"), map(msgspec.json.decode, way), strict=True))}
