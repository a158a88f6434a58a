import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.board.ranking import Ranking
from live.board.rows import Row
from live.board.views import All, Around, Page, Top, ViewState, select
from tests.live.board.boards import a_row, bibs, participant, row_sets

TEN = Ranking(a_row(bib, str(-bib)) for bib in range(1, 11))
"""Ten participants; each has its rank as its bib."""


def shown(view: All | Top | Page | Around) -> tuple[list[int], int, int]:
    state = select(TEN, view)
    return bibs(state.rows), state.offset, state.total


def test_all_shows_every_participant() -> None:
    assert shown(All()) == ([*range(1, 11)], 0, 10)


def test_all_of_an_unchanged_board_is_the_same_tuple() -> None:
    assert select(TEN, All()).rows is select(TEN, All()).rows


def test_top_shows_the_first_rows() -> None:
    assert shown(Top(3)) == ([1, 2, 3], 0, 10)
    assert shown(Top(50)) == ([*range(1, 11)], 0, 10)


@pytest.mark.parametrize(
    ("page", "expected", "offset"),
    [(1, [1, 2, 3, 4], 0), (2, [5, 6, 7, 8], 4), (3, [9, 10], 8), (4, [], 10), (10**9, [], 10)],
)
def test_a_page_shows_its_rows_and_a_page_after_the_last_is_empty(page: int, expected: list[int], offset: int) -> None:
    assert shown(Page(page, 4)) == (expected, offset, 10)


@pytest.mark.parametrize(
    ("bib", "expected"),
    [(1, [1, 2, 3]), (2, [1, 2, 3]), (5, [4, 5, 6]), (9, [8, 9, 10]), (10, [8, 9, 10])],
)
def test_the_window_around_a_participant_stops_at_the_ends(bib: int, expected: list[int]) -> None:
    assert shown(Around(participant(bib), 3)) == (expected, expected[0] - 1, 10)


def test_a_window_of_an_even_size_has_one_row_more_above() -> None:
    assert shown(Around(participant(5), 4)) == ([3, 4, 5, 6], 2, 10)


def test_a_window_larger_than_the_board_shows_the_board() -> None:
    assert shown(Around(participant(5), 11)) == ([*range(1, 11)], 0, 10)


def test_the_window_around_somebody_who_is_not_there_is_empty() -> None:
    assert select(TEN, Around(participant(99), 5)) == ViewState((), 0, 10)


@given(row_sets(), st.integers(1, 12), st.data())
def test_a_window_holds_its_participant_and_is_as_full_as_the_board_allows(
    rows: list[Row], size: int, data: st.DataObject
) -> None:
    ranking = Ranking([*rows, a_row(99)])
    chosen = data.draw(st.sampled_from(ranking.rows))
    state = select(ranking, Around(chosen.identity.participant_id, size))
    assert chosen in state.rows
    assert len(state.rows) == min(size, len(ranking))
    assert state.rows == ranking.rows[state.offset : state.offset + size]
