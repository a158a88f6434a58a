"""The reference client against the words of the protocol; against the server's frames it is held in tests/live/wire."""

import json
from pathlib import Path
from typing import Any

import pytest

from live.board.patch import Entry, patched

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "deltas.json").read_text())["cases"]
BOARD: list[Entry] = [
    {"bib": 17, "rank": 1, "status": "active", "equity": 10300.0, "userName": "Alice"},
    {"bib": 4, "rank": 2, "status": "active", "equity": 10200.0, "userName": "Bob"},
    {"bib": 9, "rank": 3, "status": "active", "equity": 10100.0, "userName": "Charlie"},
]


def delta(**parts: Any) -> dict[str, Any]:
    return {"changed": [], "removed": [], "moved": [], "offset": 0} | parts


def test_changed_fields_are_merged_and_the_others_stay() -> None:
    after = patched(BOARD, delta(changed=[{"bib": 4, "equity": 10250.0}]))
    assert after[1] == {"bib": 4, "rank": 2, "status": "active", "equity": 10250.0, "userName": "Bob"}


def test_removed_rows_are_dropped() -> None:
    assert [entry["bib"] for entry in patched(BOARD, delta(removed=[4]))] == [17, 9]


def test_moved_rows_are_put_back_in_the_order_given() -> None:
    assert [entry["bib"] for entry in patched(BOARD, delta(moved=[[9, 0], [17, 1]]))] == [9, 17, 4]


def test_a_row_that_enters_is_put_at_its_position() -> None:
    dora = {"bib": 21, "status": "active", "equity": 10150.0, "userName": "Dora"}
    after = patched(BOARD, delta(changed=[dora], removed=[9], moved=[[21, 2]]))
    assert after[2] == dora | {"rank": 3}


def test_ranks_follow_from_the_positions() -> None:
    after = patched(BOARD, delta(moved=[[9, 0]], offset=50))
    assert [(entry["bib"], entry["rank"]) for entry in after] == [(9, 51), (17, 52), (4, 53)]


@pytest.mark.parametrize("status", ["no_data", "disqualified", "withdrawn"])
def test_only_active_rows_have_a_rank(status: str) -> None:
    after = patched(BOARD, delta(changed=[{"bib": 9, "status": status}]))
    assert [entry["rank"] for entry in after] == [1, 2, None]


def test_the_rows_it_was_given_are_left_alone() -> None:
    before = [dict(entry) for entry in BOARD]
    patched(BOARD, delta(changed=[{"bib": 4, "equity": 1.0}], removed=[17], moved=[[9, 0]]))
    assert before == BOARD


@pytest.mark.parametrize("case", [case for case in VECTORS if "after" in case], ids=lambda case: case["name"])
def test_it_gives_what_every_client_is_held_to(case: dict[str, Any]) -> None:
    assert patched(case["before"]["entries"], case["delta"]) == case["after"]["entries"]
