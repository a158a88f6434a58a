import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.client import Board, Change, OutOfStepError, apply, board_of
from live.client.frames import Delta, Snapshot
from tests.live.client.boards import ways

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "deltas.json").read_text(encoding="utf-8"))
"""Cases that every client must get right; the suite of the JavaScript client runs the same file."""

bibs = st.frozensets(st.integers(1, 6))


def board(data: Any) -> Board:
    return board_of(msgspec.convert(data, Snapshot))


def after(data: Any, delta: Any) -> Board:
    return apply(board(data), msgspec.convert(delta, Delta))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_delta_leads_to_the_board_that_it_should(case: dict[str, Any]) -> None:
    assert after(case["before"], case["delta"]) == board(case["after"])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_ranks_follow_from_places(case: dict[str, Any]) -> None:
    ranks = [row["rank"] for row in after(case["before"], case["delta"]).rows]
    assert ranks == [entry["rank"] for entry in case["after"]["entries"]]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_a_delta_that_does_not_fit_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(OutOfStepError):
        after(case["before"], case["delta"])


@given(ways())
def test_the_servers_deltas_lead_to_the_servers_boards(way: tuple[bytes, bytes, bytes]) -> None:
    before, delta, wanted = (msgspec.json.decode(part) for part in way)
    assert after(before, delta) == board(wanted)


@given(ways())
def test_a_board_stays_as_it_was_when_a_delta_is_applied(way: tuple[bytes, bytes, bytes]) -> None:
    before, delta, _ = (msgspec.json.decode(part) for part in way)
    old = board(before)
    apply(old, msgspec.convert(delta, Delta))
    assert old == board(msgspec.json.decode(way[0]))


def test_rows_that_a_delta_does_not_touch_stay_the_same_objects() -> None:
    case = next(case for case in VECTORS["cases"] if case["name"] == "one figure of one row")
    old = board(case["before"])
    new = apply(old, msgspec.convert(case["delta"], Delta))
    assert [one is other for one, other in zip(old.rows, new.rows, strict=True)] == [True, False, True]


def test_a_row_is_found_by_its_bib_and_by_its_user() -> None:
    three = board(VECTORS["cases"][0]["before"])
    found, of_user = three.row(2), three.row_of_user("u-3")
    assert found is not None
    assert found["userName"] == "Trader 2"
    assert of_user is not None
    assert of_user["bib"] == 3
    assert three.row(9) is None


@given(bibs, bibs, bibs, bibs)
def test_two_changes_as_one_name_every_row_that_either_touched(
    changed: frozenset[int], left: frozenset[int], then_changed: frozenset[int], then_left: frozenset[int]
) -> None:
    three = board(VECTORS["cases"][0]["before"])
    first = Change(three, changed - left, removed=left)
    both = first.then(Change(three, then_changed - then_left, removed=then_left))
    assert both.changed | both.removed == changed | left | then_changed | then_left
    assert both.changed & both.removed == frozenset()


def test_after_a_snapshot_nothing_of_earlier_changes_matters() -> None:
    three = board(VECTORS["cases"][0]["before"])
    whole = Change(three, frozenset({1, 2, 3}), snapshot=True)
    assert Change(three, removed=frozenset({9})).then(whole) == whole
    assert whole.then(Change(three, frozenset({1}))).snapshot
