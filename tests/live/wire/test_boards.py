"""The frames with rows: letter for letter, and against the reference client."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.board.delta import Delta, diff, since_stamp
from live.board.patch import patched
from live.board.ranking import Ranking
from live.board.rows import MarathonId, ParticipantId, Row
from live.board.views import All, Around, Page, Top, View, ViewState, select
from live.wire.boards import BoardInfo, account_update, delta, leaderboard, view_value
from live.wire.commands import AroundMe, SubscribeMarathon, WantedView
from live.wire.entries import Detail, RowEncoder
from live.wire.inbound import command
from tests.live.board.boards import START, a_row, participant, row_sets

MARATHON = MarathonId(UUID("6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"))
INFO = BoardInfo(MARATHON, "November Masters", "ongoing", "a1b2c3d4", 1234, START)
sizes = st.integers(1, 12)
views: st.SearchStrategy[View] = st.one_of(
    st.just(All()),
    st.builds(Top, sizes),
    st.builds(Page, st.integers(1, 4), sizes),
    st.builds(Around, st.integers(1, 30).map(participant), sizes),
)


def data_of(encoded: bytes) -> Any:
    return json.loads(encoded)["data"]


def shown(state: ViewState) -> Any:
    return data_of(leaderboard(INFO, All(), state, RowEncoder(), Detail.NONE).encoded)["entries"]


def test_a_leaderboard_is_written_as_the_protocol_says() -> None:
    row, rows = a_row(17, "2.5"), RowEncoder()
    frame = leaderboard(INFO, Top(50), ViewState((row,), 0, 1), rows, Detail.HIDDEN)
    assert frame.text == (
        f'{{"event":"marathon_leaderboard","data":{{"marathonId":"{MARATHON}","marathonName":"November Masters",'
        '"status":"ongoing","totalParticipants":1,"epoch":"a1b2c3d4","seq":1234,"view":{"top":50},"offset":0,'
        f'"entries":[{rows.entry(row, 1, Detail.HIDDEN).decode()}],"updatedAt":"2026-11-02T08:00:00.000Z"}}}}'
    )


def test_a_delta_is_written_as_the_protocol_says() -> None:
    old = ViewState((a_row(4, "2"), a_row(17, "1"), a_row(9, "0")), 0, 3)
    ranking = Ranking(old.rows)
    ranking.apply([a_row(17, "3")], [participant(9)])
    frame = delta(INFO, 1200, diff(old, select(ranking, All())), RowEncoder())
    assert frame.text == (
        f'{{"event":"marathon_delta","data":{{"marathonId":"{MARATHON}","epoch":"a1b2c3d4","since":1200,"seq":1234,'
        '"totalParticipants":2,"offset":0,"changed":[{"bib":17,"equity":10300.0,"profit":300.0,"freeMargin":10300.0,'
        '"profitPercentage":3.0}],"removed":[9],"moved":[[17,0]],"updatedAt":"2026-11-02T08:00:00.000Z"}}'
    )


def test_an_account_update_is_one_entry_and_the_marathons_id() -> None:
    row, rows = a_row(17, "2.5"), RowEncoder()
    frame = account_update(MARATHON, row, 3, rows, Detail.OPEN)
    assert frame.event == "account_update"
    assert json.loads(frame.data) == {"marathonId": str(MARATHON), **json.loads(rows.entry(row, 3, Detail.OPEN))}


def test_a_board_that_never_changed_has_no_time() -> None:
    info = BoardInfo(MARATHON, "n", "upcoming", "e", 0, None)
    assert data_of(leaderboard(info, All(), ViewState(), RowEncoder(), Detail.OPEN).encoded)["updatedAt"] is None
    assert data_of(delta(info, 0, Delta(), RowEncoder()).encoded)["updatedAt"] is None


@pytest.mark.parametrize(
    "view",
    [
        All(),
        Top(50),
        Page(3, 50),
        Around(ParticipantId(UUID("6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11")), 11),
        AroundMe(11),
    ],
)
def test_a_view_is_written_as_clients_write_it(view: WantedView) -> None:
    asked = command("subscribe_marathon", {"marathonId": str(MARATHON), "view": json_view(view)})
    assert isinstance(asked, SubscribeMarathon)
    assert asked.view == view


def json_view(view: WantedView) -> Any:
    frame = leaderboard(INFO, view, ViewState(), RowEncoder(), Detail.NONE)
    written = data_of(frame.encoded)["view"]
    assert written == json.loads(json.dumps(view_value(view), default=str))
    return written


@given(row_sets(), st.lists(st.tuples(row_sets(stamp=2), st.lists(st.integers(1, 30)))), views)
def test_a_client_that_applies_every_delta_has_what_a_new_one_gets(
    start: list[Row], steps: list[tuple[list[Row], list[int]]], view: View
) -> None:
    ranking, rows = Ranking(start), RowEncoder()
    state = select(ranking, view)
    entries = shown(state)
    for changed, removed in steps:
        ranking.apply(changed, map(participant, removed))
        before, state = state, select(ranking, view)
        entries = patched(entries, data_of(delta(INFO, 1, diff(before, state), rows).encoded))
        assert entries == shown(state)


@given(row_sets(), row_sets(stamp=2))
def test_a_client_that_resumes_has_what_a_new_one_gets(start: list[Row], changed: list[Row]) -> None:
    ranking = Ranking(start)
    entries = shown(select(ranking, All()))
    ranking.apply(changed)
    state = select(ranking, All())
    resumed = data_of(delta(INFO, 1, since_stamp(state.rows, 1), RowEncoder()).encoded)
    assert patched(entries, resumed) == shown(state)


@given(row_sets(), row_sets(stamp=2))
def test_a_silent_delta_really_says_nothing(start: list[Row], changed: list[Row]) -> None:
    ranking = Ranking(start)
    before = select(ranking, All())
    ranking.apply(changed)
    state = select(ranking, All())
    assert diff(before, state).is_silent(before) == (shown(before) == shown(state))
