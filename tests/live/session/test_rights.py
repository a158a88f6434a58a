"""Rights are those of now: they change while somebody watches, and while somebody asks to."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from live.board.rows import MarathonId, Row, Status
from live.session.session import Session
from marathons.access import Viewer
from tests.live.board.boards import a_row, participant
from tests.live.session.stage import MARATHON, STAFF, Screen, Stage, ask, user_of

PRIVATE = MarathonId(UUID(int=8))
ALICE, BOB = user_of(1), user_of(2)


def with_status(row: Row, status: Status) -> Row:
    return replace(row, identity=replace(row.identity, status=status))


def shown(board: dict[str, Any]) -> set[int]:
    """Whose positions a board shows."""
    return {entry["bib"] for entry in board["entries"] if entry["positions"]}


async def private(stage: Stage, user: UUID, **options: Any) -> tuple[Session, Screen]:
    """A connection that asks for the private board."""
    session, screen = await stage.session(user)
    await ask(session, "subscribe_marathon", marathonId=str(PRIVATE), **options)
    await screen.until(lambda: {"subscribed", "error"} & set(screen.events))
    return session, screen


async def test_positions_that_are_hidden_from_now_on_are_in_no_frame_that_follows(stage: Stage) -> None:
    stage.marathon(positions_visibility="public")
    _, screen = await stage.watching(BOB)
    assert shown(screen.all("marathon_leaderboard")[0]) == set(range(1, 11))
    await stage.changed(positions_visibility="own")
    await screen.has(2, "marathon_leaderboard")
    assert shown(screen.all("marathon_leaderboard")[1]) == {2}


async def test_positions_that_are_opened_are_shown(stage: Stage) -> None:
    _, screen = await stage.watching(BOB)
    await stage.changed(positions_visibility="public")
    await screen.has(2, "marathon_leaderboard")
    assert shown(screen.all("marathon_leaderboard")[1]) == set(range(1, 11))


async def test_an_account_that_is_followed_hides_its_positions_when_the_marathon_does(stage: Stage) -> None:
    stage.marathon(positions_visibility="public")
    stage.accounts["26001"] = [(MARATHON, participant(1))]
    session, screen = await stage.session(BOB)
    await ask(session, "subscribe_account", accountLogin="26001")
    await screen.has(1, "subscribed")
    await stage.changed(positions_visibility="own")
    await stage.changed(replace(stage.boards[MARATHON].rows[1], positions=b'[{"ticket":99}]'))
    await screen.has(2, "account_update")
    assert [len(update["positions"]) for update in screen.all("account_update")] == [1, 0]


async def test_who_is_staff_no_more_sees_no_positions_of_others(stage: Stage) -> None:
    _, screen = await stage.watching(STAFF)
    stage.users[STAFF] = Viewer(STAFF)
    await stage.process.keeper._check_users()
    await stage.changed(a_row(1, "99"))
    await screen.has(2, "marathon_leaderboard")
    assert [len(shown(board)) for board in screen.all("marathon_leaderboard")] == [10, 0]


async def test_who_joins_while_watching_sees_his_own_positions(stage: Stage) -> None:
    _, screen = await stage.watching(user_of(11))
    await stage.changed(replace(a_row(11, "99"), positions=b'[{"ticket":11}]'))
    await screen.has(2, "marathon_leaderboard")
    assert shown(screen.all("marathon_leaderboard")[1]) == {11}


async def test_who_withdraws_from_a_private_marathon_is_shown_no_more_of_it(stage: Stage) -> None:
    board = stage.marathon(PRIVATE, visibility="private")
    _, alice = await private(stage, ALICE)
    bob, _ = await private(stage, BOB)
    stage.announce(stage.commit(with_status(board.rows[1], Status.WITHDRAWN), marathon_id=PRIVATE))
    await alice.has(1, "error")
    assert alice.all("error")[0]["code"] == "marathon_not_found"
    assert alice.events.count("marathon_leaderboard") == 1
    assert bob.topics, "the others go on watching"


async def test_around_me_goes_to_the_end_with_who_withdraws(stage: Stage) -> None:
    _, screen = await stage.watching(user_of(10), view={"around": "me", "size": 1})
    await stage.changed(with_status(stage.boards[MARATHON].rows[10], Status.WITHDRAWN))
    await screen.has(2, "marathon_leaderboard")
    board = screen.all("marathon_leaderboard")[1]
    assert (board["offset"], board["entries"][0]["status"], board["entries"][0]["rank"]) == (9, "withdrawn", None)


async def test_a_marathon_that_turns_private_while_one_waits_for_it_is_not_shown(stage: Stage) -> None:
    await stage.watching(BOB)

    def turn_private() -> None:
        stage.commit(visibility="private")

    stage.before_reading = turn_private
    session, screen = await stage.session(user_of(11))
    since = {"epoch": "e", "seq": 5}
    await ask(session, "subscribe_marathon", marathonId=str(MARATHON), updates="delta", since=since)
    await screen.has(1, "error")
    assert screen.events == ["connected", "error"]
    assert not session.topics


async def test_who_just_entered_watches_before_this_process_has_heard_of_it(stage: Stage) -> None:
    stage.marathon(PRIVATE, visibility="private")
    await private(stage, ALICE)
    stage.commit(a_row(11, "5"), marathon_id=PRIVATE)
    _, screen = await private(stage, user_of(11), view={"around": "me", "size": 1})
    assert screen.all("marathon_leaderboard")[0]["entries"][0]["bib"] == 11


async def test_around_me_is_there_for_who_just_entered(stage: Stage) -> None:
    await stage.watching(ALICE)
    stage.commit(a_row(11, "5"))
    _, screen = await stage.watching(user_of(11), view={"around": "me", "size": 1})
    assert screen.all("marathon_leaderboard")[0]["entries"][0]["bib"] == 11


async def test_an_account_that_just_entered_is_followed(stage: Stage) -> None:
    await stage.watching(ALICE)
    stage.commit(a_row(11, "5"))
    stage.accounts["26011"] = [(MARATHON, participant(11))]
    session, screen = await stage.session(user_of(11))
    await ask(session, "subscribe_account", accountLogin="26011")
    await screen.has(1, "account_update")
    assert screen.all("account_update")[0]["bib"] == 11


@pytest.mark.parametrize("there", [True, False], ids=["forbidden", "absent"])
async def test_forbidden_and_absent_are_answered_alike(stage: Stage, there: bool) -> None:
    if there:
        stage.marathon(PRIVATE, visibility="private")
        await private(stage, ALICE)
    before = stage.readings
    _, screen = await private(stage, user_of(11))
    assert screen.all("error") == [
        {"code": "marathon_not_found", "message": "Marathon not found", "event": "subscribe_marathon"}
    ]
    assert stage.readings == before + 1, "both are looked up, so the time tells nothing either"


async def test_who_was_deactivated_is_closed(stage: Stage) -> None:
    _, screen = await stage.watching(ALICE)
    _, other = await stage.watching(BOB)
    del stage.users[ALICE]
    await stage.process.keeper._check_users()
    await screen.until(lambda: screen.closed)
    assert (screen.closed, other.closed) == (4507, None)
