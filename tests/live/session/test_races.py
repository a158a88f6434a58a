"""What happens at the same time: nothing is left behind, nothing comes late, nothing is lost."""

import asyncio
import threading
from typing import Any
from uuid import UUID

import pytest

from live.auth import Authenticator, Principal
from live.board.rows import MarathonId
from live.session.session import Session
from live.wire.codes import CloseCode
from tests.live.board.boards import a_row, participant
from tests.live.session.stage import MARATHON, Screen, Stage, ask, turn, user_of

OTHER = MarathonId(UUID(int=9))
ALICE = user_of(1)


class Gate:
    """Holds a reading of the database, by its beginning or its end, until it is opened."""

    def __init__(self, stage: Stage, *, at_the_end: bool = False) -> None:
        self._stage = stage
        self._reached, self._open = threading.Event(), threading.Event()
        if at_the_end:
            stage.after_reading = self._wait
        else:
            stage.before_reading = self._wait

    def _wait(self) -> None:
        self._reached.set()
        assert self._open.wait(10)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 10)

    def open(self) -> None:
        self._stage.before_reading = self._stage.after_reading = lambda: None
        self._open.set()


async def test_a_connection_that_goes_while_it_subscribes_leaves_no_stream(stage: Stage) -> None:
    session, _ = await stage.session(ALICE)
    gate = Gate(stage)
    asking = asyncio.create_task(ask(session, "subscribe_marathon", marathonId=str(MARATHON)))
    await gate.reached()
    await session.close()
    gate.open()
    await asking
    assert stage.watchers == 0
    assert not stage.process.hub.replicas[MARATHON].followers


async def test_a_connection_that_goes_while_it_authenticates_holds_no_place(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, principal_of = asyncio.Event(), Authenticator.principal
    gone = asyncio.Event()

    async def slowly(self: Authenticator, token: str) -> Principal:
        looking.set()
        await gone.wait()
        return await principal_of(self, token)

    monkeypatch.setattr(Authenticator, "principal", slowly)
    session = Session(stage.process.services, Screen())
    opening = asyncio.create_task(session.open(stage.token(ALICE)))
    await looking.wait()
    await session.close()
    gone.set()
    await opening
    assert stage.process.services.places.held(("user", ALICE)) == 0


async def test_who_hangs_up_with_answers_unread_is_let_go(stage: Stage) -> None:
    session, screen = await stage.session(ALICE)
    screen.reads.clear()

    async def talk() -> None:
        for _ in range(stage.process.services.limits.waiting_replies * 3):
            await ask(session, "ping")

    talking = asyncio.create_task(talk())
    await turn()
    while not talking.done() and session.writer._room is None:
        await turn()
    screen.hangs_up()
    async with asyncio.timeout(5):
        await talking


async def test_a_door_that_hears_of_the_end_while_it_closes_ends_the_session(stage: Stage) -> None:
    session, screen = await stage.session(ALICE)

    async def close(code: int) -> None:
        await session.close()
        screen.closed = code

    screen.close = close  # type: ignore[method-assign]
    session.writer.finish(CloseCode.GOING_AWAY)
    async with asyncio.timeout(5):
        await session.written()
    assert screen.closed == 4001
    assert not session.is_open


async def test_if_one_board_of_an_account_fails_none_is_followed(stage: Stage) -> None:
    stage.accounts["26001"] = [(MARATHON, participant(1)), (OTHER, participant(1))]
    session, screen = await stage.session(ALICE)
    await stage.watching(ALICE)

    def fail() -> None:
        raise RuntimeError("the database is away")

    stage.before_reading = fail
    await ask(session, "subscribe_account", accountLogin="26001")
    await screen.has(1, "error")
    assert screen.all("error")[0]["message"] == "Failed to subscribe to account"
    assert stage.watchers == 1, "the other connection's board only"


async def test_other_options_take_the_place_of_the_old_while_a_frame_is_being_sent(stage: Stage) -> None:
    session, screen = await stage.watching(ALICE, updates="delta")
    screen.reads.clear()
    await stage.changed(a_row(1, "50"))
    await ask(session, "subscribe_marathon", marathonId=str(MARATHON), updates="delta", view={"top": 1})
    await stage.changed(a_row(2, "60"))
    screen.reads.set()
    await screen.has(2, "subscribed")
    await screen.until(lambda: screen.events[-1] == "marathon_delta")
    assert screen.events[-3:] == ["marathon_leaderboard", "subscribed", "marathon_delta"]
    top, delta = screen.all("marathon_leaderboard")[-1], screen.all("marathon_delta")[-1]
    assert (delta["since"], delta["removed"], delta["moved"]) == (top["seq"], [1], [[2, 0]])


async def test_nothing_comes_after_unsubscribed(stage: Stage) -> None:
    session, screen = await stage.watching(ALICE)
    screen.reads.clear()
    await stage.changed(a_row(1, "50"))
    await stage.changed(a_row(1, "51"))
    await ask(session, "unsubscribe_marathon", marathonId=str(MARATHON))
    await stage.changed(a_row(1, "52"))
    await ask(session, "ping")
    screen.reads.set()
    await screen.has(1, "pong")
    assert screen.events[-2:] == ["unsubscribed", "pong"]


@pytest.mark.parametrize("seq", [99, 2**62])
async def test_a_state_from_the_future_gets_a_snapshot(stage: Stage, seq: int) -> None:
    _, screen = await stage.watching(ALICE, updates="delta", since={"epoch": "e", "seq": seq})
    assert screen.events == ["connected", "marathon_leaderboard", "subscribed"]
    assert screen.all("subscribed")[0]["resumed"] is False


async def test_a_client_that_is_ahead_of_this_process_is_not_sent_back(stage: Stage) -> None:
    await stage.watching(user_of(2), updates="delta")
    seen = stage.commit(a_row(1, "50"))
    _, screen = await stage.watching(ALICE, updates="delta", since={"epoch": "e", "seq": seen.seq})
    delta = screen.all("marathon_delta")[0]
    assert (delta["since"], delta["seq"], delta["changed"]) == (seen.seq, seen.seq, [])


async def test_a_reading_that_began_before_a_clients_state_was_there_does_not_send_it_back(stage: Stage) -> None:
    await stage.watching(user_of(2), updates="delta")
    session, screen = await stage.session(ALICE)
    gate = Gate(stage, at_the_end=True)
    stage.process.hub.replicas[MARATHON].heal()
    await gate.reached()
    seen = stage.commit(a_row(1, "50"))
    since = {"epoch": "e", "seq": seen.seq}
    asking = asyncio.create_task(
        ask(session, "subscribe_marathon", marathonId=str(MARATHON), updates="delta", since=since)
    )
    await turn()
    gate.open()
    await asking
    await screen.has(1, "subscribed")
    assert screen.all("subscribed")[0]["resumed"] is True


async def test_a_client_that_saw_a_stamp_without_rows_is_not_sent_back(stage: Stage) -> None:
    await stage.watching(user_of(2), updates="delta")
    nothing = stage.commit()
    stage.announce(nothing)
    _, screen = await stage.watching(ALICE, updates="delta", since={"epoch": "e", "seq": nothing.seq})
    assert screen.all("subscribed")[0]["resumed"] is True


async def test_a_new_epoch_is_told_even_if_its_board_is_empty(stage: Stage) -> None:
    _, screen = await stage.watching(ALICE, updates="delta")
    board = stage.boards[MARATHON]
    board.epoch, board.rows, board.seq = "another", {}, 0
    stage.process.hub.replicas[MARATHON].told("another", 0)
    await screen.has(2, "marathon_leaderboard")
    empty = screen.all("marathon_leaderboard")[1]
    assert (empty["epoch"], empty["entries"], empty["totalParticipants"]) == ("another", [], 0)


async def test_who_subscribes_within_a_tick_of_a_new_epoch_is_shown_the_new_one(stage: Stage) -> None:
    await stage.watching(user_of(2), updates="delta")
    await stage.changed(a_row(1, "50"))
    board, replica = stage.boards[MARATHON], stage.process.hub.replicas[MARATHON]
    board.epoch, board.seq = "another", 1
    replica.told("another", 1)
    await replica.healed_to(99)
    _, screen = await stage.watching(ALICE)
    assert screen.all("marathon_leaderboard")[0]["epoch"] == "another"


async def test_a_marathon_that_is_deleted_ends_its_subscriptions(stage: Stage) -> None:
    session, screen = await stage.watching(ALICE)
    stage.boards[MARATHON].there = False
    stage.process.hub.replicas[MARATHON].told("e", None)
    await screen.has(1, "error")
    assert screen.all("error") == [{"code": "marathon_not_found", "message": "Marathon not found"}]
    assert (session.topics, stage.watchers) == ({}, 0)


async def test_a_board_is_kept_for_who_asks_for_it_just_before_it_is_dropped(stage: Stage) -> None:
    session, screen = await stage.watching(ALICE)
    await ask(session, "unsubscribe_marathon", marathonId=str(MARATHON))
    hub = stage.process.hub
    await hub._drop_unused(0.0)
    gate = Gate(stage)
    since = {"epoch": "e", "seq": 99}
    asking = asyncio.create_task(ask(session, "subscribe_marathon", marathonId=str(MARATHON), since=since))
    await gate.reached()
    await hub._drop_unused(1000.0)
    gate.open()
    await asking
    await screen.has(2, "subscribed")
    assert list(hub.replicas) == [MARATHON]


async def test_a_slow_reader_gets_one_frame_for_all_that_happened(stage: Stage) -> None:
    _, screen = await stage.watching(ALICE, updates="delta")
    screen.reads.clear()
    equities: list[Any] = []
    for percentage in range(50, 70):
        await stage.changed(a_row(1, str(percentage)))
        equities.append(10_000 + 100 * percentage)
    screen.reads.set()
    await screen.until(lambda: screen.all("marathon_delta")[-1:] and screen.all("marathon_delta")[-1]["seq"] == 21)
    told = [delta["changed"][0]["equity"] for delta in screen.all("marathon_delta")]
    assert told[-1] == equities[-1]
    assert len(told) <= 2
