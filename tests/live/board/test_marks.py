"""Counting from a mark is counting from the top."""

from bisect import bisect_left, bisect_right

from hypothesis import given
from hypothesis import strategies as st

from live.board.marks import Marks, Slots, unpack_keys, unpack_marks
from live.board.ranking import OrderKey, order_key
from tests.live.board.boards import a_row, row_sets


def keys(largest_bib: int = 30) -> st.SearchStrategy[list[OrderKey]]:
    return row_sets(largest_bib).map(lambda rows: [order_key(row) for row in rows])


boards = st.tuples(keys(), st.lists(keys(40), max_size=8), st.integers(1, 5))


def after(board: tuple[list[OrderKey], list[list[OrderKey]], int]) -> tuple[list[OrderKey], Slots, Marks]:
    """All keys of a board in their order, the slots that have followed its changes, and the marks as they are read."""
    first, changes, size = board
    slots, known = Slots(first, size), {key[4]: key for key in first}
    for change in changes:
        slots.put(change)
        known |= {key[4]: key for key in change}
    return sorted(known.values()), slots, unpack_marks(unpack_keys(slots.marks), slots.sizes)


@given(boards)
def test_each_mark_knows_how_many_rows_are_above_it(board: tuple[list[OrderKey], list[list[OrderKey]], int]) -> None:
    ordered, slots, marks = after(board)
    assert list(marks.above) == [bisect_left(ordered, key) for key in marks.keys]
    assert list(marks.keys) == sorted(marks.keys)
    assert len(marks.keys) == len(slots.sizes) - 1
    assert sum(slots.sizes) == len(ordered)


@given(keys(), st.integers(1, 5))
def test_marks_are_stored_as_they_are(known: list[OrderKey], size: int) -> None:
    assert list(unpack_keys(Slots(known, size).marks)) == sorted(known)[size::size]


@given(keys(), keys())
def test_of_two_keys_of_a_row_the_later_counts(before: list[OrderKey], now: list[OrderKey]) -> None:
    slots = Slots([*before, *now], 3)
    assert sum(slots.sizes) == len({key[4] for key in [*before, *now]})


@given(boards)
def test_slots_stay_small_and_few(board: tuple[list[OrderKey], list[list[OrderKey]], int]) -> None:
    ordered, slots, _ = after(board)
    size = board[2]
    assert max(slots.sizes) <= 2 * size
    assert len(slots.sizes) <= 2 + 2 * len(ordered) // size


@given(boards, keys())
def test_a_position_is_that_of_a_mark_and_the_rows_between(
    board: tuple[list[OrderKey], list[list[OrderKey]], int], others: list[OrderKey]
) -> None:
    ordered, _, marks = after(board)
    for key in [*ordered, *others]:
        position = bisect_left(ordered, key)
        mark, above = marks.before(key)
        assert mark is None or mark <= key
        assert above + bisect_left(ordered, key) - (bisect_left(ordered, mark) if mark else 0) == position
        nearest, above = marks.nearest(key)
        assert above == (bisect_left(ordered, nearest) if nearest else 0)
        passed = bisect_right(marks.keys, key)
        assert nearest in [None, *marks.keys][passed : passed + 2]


@given(boards)
def test_from_the_mark_at_a_position_it_is_less_than_a_slot(
    board: tuple[list[OrderKey], list[list[OrderKey]], int],
) -> None:
    ordered, slots, marks = after(board)
    for position in range(len(ordered)):
        mark, above = marks.at(position)
        assert above == (bisect_left(ordered, mark) if mark else 0) <= position
        assert position - above < max(slots.sizes)


def test_the_nearest_mark_is_the_one_with_the_nearer_score() -> None:
    scores = ["9", "8", "5.1", "0"]
    nine, eight, five, zero = (order_key(a_row(bib, score)) for bib, score in enumerate(scores, 1))
    marks = Marks([nine, eight, zero], [0, 1, 3])
    assert marks.nearest(five) == (eight, 1)
    assert marks.nearest(order_key(a_row(9, "3"))) == (zero, 3)


def test_what_stays_where_it_was_leaves_the_marks_as_they_are() -> None:
    slots = Slots([order_key(a_row(bib, str(bib))) for bib in range(1, 20)], 4)
    edition = slots.edition
    slots.put([order_key(a_row(3, "3")), order_key(a_row(4, "4.5"))])
    assert slots.edition == edition
