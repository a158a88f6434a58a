from datetime import timedelta
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.delta import Change, Delta, apply, changed_fields, diff, since_stamp
from live.board.ranking import Ranking
from live.board.rows import Row, Status
from live.board.views import All, Around, Page, Top, View, ViewState, select
from tests.live.board.boards import START, a_row, bibs, participant, row_sets

sizes = st.integers(1, 12)
views: st.SearchStrategy[View] = st.one_of(
    st.just(All()),
    st.builds(Top, sizes),
    st.builds(Page, st.integers(1, 4), sizes),
    st.builds(Around, st.integers(1, 30).map(participant), sizes),
)


def state(*rows: Row) -> ViewState:
    return ViewState(rows, 0, len(rows))


def board(rows: list[Row]) -> ViewState:
    return select(Ranking(rows), All())


@st.composite
def states_of_one_view(draw: st.DrawFn) -> tuple[ViewState, ViewState]:
    """One view of a board, before and after any change of the board."""
    view, start = draw(views), draw(row_sets())
    ranking = Ranking(start)
    before = select(ranking, view)
    ranking.apply(draw(row_sets(stamp=2)), draw(st.lists(st.integers(1, 30).map(participant), max_size=5)))
    return before, select(ranking, view)


@st.composite
def shuffled_states(draw: st.DrawFn) -> tuple[ViewState, ViewState]:
    """Two states in any order at all: what `diff` gets if its rows are not ranked."""
    pool = draw(row_sets(largest_bib=12))
    picks = st.lists(st.sampled_from(pool), unique_by=lambda row: row.identity.bib) if pool else st.just([])
    return state(*draw(picks)), state(*draw(picks))


@given(states_of_one_view())
def test_applying_the_difference_gives_the_new_state(states: tuple[ViewState, ViewState]) -> None:
    old, new = states
    assert apply(old, diff(old, new)) == new


@given(states_of_one_view(), views)
def test_it_does_so_from_one_view_to_another(states: tuple[ViewState, ViewState], view: View) -> None:
    old, new = states[0], select(Ranking(states[1].rows), view)
    assert apply(old, diff(old, new)) == new


@given(shuffled_states())
def test_it_does_so_for_states_in_any_order(states: tuple[ViewState, ViewState]) -> None:
    old, new = states
    assert apply(old, diff(old, new)) == new


@given(shuffled_states())
def test_no_fewer_rows_could_be_moved(states: tuple[ViewState, ViewState]) -> None:
    old, new = states
    delta = diff(old, new)
    places = {bib: place for place, bib in enumerate(bibs(old.rows))}
    kept = [places[bib] for bib in bibs(new.rows) if bib in places]
    longest = next(n for n in range(len(kept), -1, -1) if any(sorted(c) == list(c) for c in combinations(kept, n)))
    assert len(delta.moved) == len(new.rows) - longest


@given(states_of_one_view())
def test_moved_rows_come_in_ascending_order_of_position(states: tuple[ViewState, ViewState]) -> None:
    positions = [position for _, position in diff(*states).moved]
    assert positions == sorted(positions)


@given(states_of_one_view())
def test_a_row_that_did_not_change_is_not_in_changed(states: tuple[ViewState, ViewState]) -> None:
    old, new = states
    former = {row.identity.bib: row for row in old.rows}
    changed = [row for row in new.rows if former.get(row.identity.bib) != row]
    assert [change.row for change in diff(old, new).changed] == changed


def test_from_nothing_every_row_enters_whole() -> None:
    new = state(a_row(1, "2"), a_row(2, "1"))
    assert diff(ViewState(), new) == Delta(
        (Change(new.rows[0], None), Change(new.rows[1], None)), (), ((1, 0), (2, 1)), 0, 2
    )


def test_the_same_rows_need_no_look_at_all() -> None:
    old = state(a_row(1), a_row(2))
    delta = diff(old, old)
    assert delta == Delta((), (), (), 0, 2)
    assert delta.is_silent(old)


def test_equal_rows_that_were_loaded_anew_are_no_change() -> None:
    assert diff(state(a_row(1), a_row(2)), state(a_row(1), a_row(2))) == Delta((), (), (), 0, 2)


def test_a_row_that_passes_many_others_is_the_only_one_that_moves() -> None:
    ranking = Ranking(a_row(bib, str(-bib)) for bib in range(1, 201))
    old = select(ranking, All())
    ranking.apply([a_row(150, "7")])
    delta = diff(old, select(ranking, All()))
    assert delta.moved == ((150, 0),)
    assert [change.row.identity.bib for change in delta.changed] == [150]


def test_only_the_fields_that_changed_are_named() -> None:
    before = a_row(1, "5")
    money = replace(before.money, equity=Decimal(10600), profit=Decimal(600))
    after = replace(before, money=money, updated_at=START + timedelta(seconds=1), stamp=2)
    assert set(changed_fields(before, after)) == {"equity", "profit", "updated_at"}


def test_first_data_change_the_status_too() -> None:
    assert {"status", "equity", "percentage", "updated_at"} <= set(changed_fields(a_row(1, None), a_row(1, "5")))


def test_a_disqualification_changes_status_and_reason() -> None:
    before = a_row(1)
    identity = replace(before.identity, status=Status.DISQUALIFIED, reason="two accounts")
    assert set(changed_fields(before, replace(before, identity=identity))) == {"status", "reason"}


def test_positions_and_orders_are_never_named() -> None:
    before = a_row(1)
    after = replace(before, positions=b"[1]", orders=b"[2]", stamp=2)
    delta = diff(state(before), state(after))
    assert delta.changed == (Change(after, ()),)
    assert delta.is_silent(state(before))


def test_a_window_that_is_further_down_now_is_not_silent() -> None:
    rows = (a_row(1), a_row(2))
    assert not diff(ViewState(rows, 3, 9), ViewState(rows, 4, 10)).is_silent(ViewState(rows, 3, 9))


def test_a_board_of_which_everything_changed_is_still_told_rightly() -> None:
    old = board([a_row(bib, str(bib)) for bib in range(1, 301)])
    new = board([a_row(bib, str(-bib)) for bib in range(1, 301)])
    delta = diff(old, new)
    assert apply(old, delta) == new
    assert len(delta.moved) == 299


@given(row_sets(), row_sets(stamp=2), row_sets(stamp=3))
def test_all_rows_after_a_stamp_lead_there_from_the_state_of_that_stamp(
    start: list[Row], second: list[Row], third: list[Row]
) -> None:
    ranking = Ranking(start)
    before = select(ranking, All())
    ranking.apply(second)
    ranking.apply(third)
    now = select(ranking, All())
    assert apply(before, since_stamp(now.rows, 1)) == now


def test_nothing_after_the_stamp_is_an_empty_delta() -> None:
    now = board([a_row(1), a_row(2)])
    assert since_stamp(now.rows, 1) == Delta((), (), (), 0, 2)


def test_rows_after_a_stamp_come_whole_and_in_order() -> None:
    now = board([a_row(1, "1", stamp=5), a_row(2, "2"), a_row(3, "3", stamp=4)])
    delta = since_stamp(now.rows, 3)
    assert [change.fields for change in delta.changed] == [None, None]
    assert delta.moved == ((3, 0), (1, 2))
