from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.board import ranking as ranking_module
from live.board.ranking import OrderKey, Ranking, order_key, tier
from live.board.rows import Row, Status
from tests.live.board.boards import a_row, bibs, participant, row_sets

changes = st.lists(st.tuples(row_sets(), st.lists(st.integers(1, 30), max_size=5)), max_size=6)


def test_the_higher_percentage_comes_first() -> None:
    assert bibs(Ranking([a_row(1, "1.5"), a_row(2, "1.6"), a_row(3, "-1")]).rows) == [2, 1, 3]


def test_percentages_are_compared_at_full_precision() -> None:
    close = [a_row(1, "12345678901.00000000000000000001"), a_row(2, "12345678901.00000000000000000002")]
    assert bibs(Ranking(close).rows) == [2, 1]


def test_at_equal_percentage_the_smaller_drawdown_comes_first() -> None:
    assert bibs(Ranking([a_row(1, "5", "10"), a_row(2, "5", "2")]).rows) == [2, 1]


def test_at_equal_drawdown_who_joined_earlier_comes_first() -> None:
    assert bibs(Ranking([a_row(1, joined=2), a_row(2, joined=1)]).rows) == [2, 1]


def test_at_last_the_participants_id_decides() -> None:
    assert bibs(Ranking([a_row(2), a_row(1)]).rows) == [1, 2]


def test_the_classes_come_in_their_order_whatever_the_scores() -> None:
    rows = [
        a_row(1, "90", status=Status.WITHDRAWN),
        a_row(2, "80", status=Status.DISQUALIFIED),
        a_row(3, None, status=Status.DISQUALIFIED),
        a_row(4, None),
        a_row(5, "-50"),
    ]
    assert bibs(Ranking(rows).rows) == [5, 4, 2, 3, 1]
    assert [tier(row) for row in rows] == [3, 2, 2, 1, 0]


def test_the_rows_are_the_same_tuple_until_something_changes() -> None:
    ranking = Ranking([a_row(1), a_row(2)])
    before = ranking.rows
    assert ranking.apply(before, [participant(9)]) is False
    assert ranking.rows is before


def test_a_position_is_the_number_of_rows_above() -> None:
    ranking = Ranking([a_row(1, "1"), a_row(2, "2"), a_row(3, "3")])
    assert [ranking.position_of(participant(bib)) for bib in (3, 2, 1, 4)] == [0, 1, 2, None]


def test_a_participant_that_is_not_on_the_board_has_no_row() -> None:
    ranking = Ranking([a_row(1)])
    assert ranking.get(participant(1)) == a_row(1)
    assert ranking.get(participant(2)) is None


def test_who_is_removed_and_changed_at_once_is_on_the_board() -> None:
    ranking = Ranking([a_row(1), a_row(2)])
    ranking.apply([a_row(1, "5")], [participant(1)])
    assert bibs(ranking.rows) == [1, 2]


@given(row_sets(), changes, st.sampled_from([0, 10, 10**9]))
def test_any_changes_end_in_the_order_of_a_fresh_sort(
    start: list[Row], steps: list[tuple[list[Row], list[int]]], share: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking_module, "SORT_SHARE", share)
        ranking = Ranking(start)
        board = {row.identity.bib: row for row in start}
        for changed, removed in steps:
            ranking.apply(changed, map(participant, removed))
            board = {bib: row for bib, row in board.items() if bib not in removed}
            board.update((row.identity.bib, row) for row in changed)
            assert list(ranking.rows) == sorted(board.values(), key=order_key)
            assert len(ranking) == len(board)
            assert [ranking.position_of(row.identity.participant_id) for row in ranking.rows] == [*range(len(board))]


@given(row_sets())
def test_no_two_participants_have_the_same_order_key(rows: list[Row]) -> None:
    assert len({order_key(row) for row in rows}) == len(rows)


def test_the_order_key_is_cached_and_not_computed_by_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    ranking = Ranking([a_row(bib, str(Decimal(bib) / 10)) for bib in range(1, 101)])
    seen: list[Row] = []

    def counting(row: Row) -> OrderKey:
        seen.append(row)
        return order_key(row)

    monkeypatch.setattr(ranking_module, "order_key", counting)
    ranking.apply([a_row(50, "99")])
    assert len(seen) == 1
