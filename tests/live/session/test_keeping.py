"""What the keeper of all sessions does each second: heartbeats, tokens that run out, peers that say or read nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from live.session.session import Session
from live.wire.announcements import FeedState
from live.wire.outbound import FeedStatus
from tests.live.board.boards import a_row
from tests.live.session.stage import MARATHON, Screen, Stage, ask, user_of

ALICE, BOB = user_of(1), user_of(2)


def pulse(stage: Stage, later: float = 0.0) -> None:
    """A pulse as it would come so many seconds from now; the wall's clock goes on by as much."""
    stage.now += timedelta(seconds=later)
    stage.process.keeper.pulse(asyncio.get_running_loop().time() + later)


async def test_an_idle_connection_hears_where_it_stands(stage: Stage) -> None:
    _, screen = await stage.watching(ALICE, updates="delta")
    await stage.changed(a_row(1, "50"))
    await screen.has(1, "marathon_delta")
    pulse(stage, 14.9)
    pulse(stage, 15.1)
    await screen.has(1, "heartbeat")
    assert screen.events.count("heartbeat") == 1
    assert screen.all("heartbeat")[0]["seq"] == {str(MARATHON): screen.all("marathon_delta")[0]["seq"]}


async def test_a_change_of_the_feed_is_told_at_once_to_who_is_authenticated(stage: Stage) -> None:
    _, screen = await stage.session(ALICE)
    stranger = Screen()
    await Session(stage.process.services, stranger).open(None)
    for status in (FeedStatus.LIVE, FeedStatus.LIVE, FeedStatus.STALE):
        stage.process.hub.feed.told(FeedState(status, stage.now))
    await screen.has(2, "feed_status")
    assert [told["status"] for told in screen.all("feed_status")] == ["live", "stale"]
    assert stranger.events == []


async def test_a_token_that_runs_out_is_told_once_and_then_closes(stage: Stage) -> None:
    _, screen = await stage.session(ALICE, exp=stage.now + timedelta(seconds=70))
    for seconds in (9, 2, 1, 57, 25):  # 61 s before, 59 s and 58 s, 1 s before, 24 s after
        pulse(stage, seconds)
    await screen.has(1, "token_expiring")
    assert not screen.closed
    pulse(stage, 2)
    await screen.until(lambda: screen.closed)
    assert [event for event in screen.events if event != "heartbeat"] == ["connected", "token_expiring", "error"]
    assert (screen.all("error")[0]["code"], screen.closed) == ("token_expired", 4005)


async def test_a_token_is_renewed_even_after_it_ran_out_and_keeps_the_subscriptions(stage: Stage) -> None:
    session, screen = await stage.session(ALICE, exp=stage.now + timedelta(seconds=70))
    await ask(session, "subscribe_marathon", marathonId=str(MARATHON))
    pulse(stage, 75)
    await ask(session, "authenticate", token=stage.token(ALICE, exp=stage.now + timedelta(seconds=100)))
    await screen.has(1, "authenticated")
    pulse(stage, 30)
    assert (screen.closed, len(session.topics)) == (None, 1)
    pulse(stage, 20)
    await screen.has(2, "token_expiring")


async def test_a_renewal_that_comes_too_late_finds_the_connection_closed(stage: Stage) -> None:
    session, screen = await stage.session(ALICE, exp=stage.now + timedelta(seconds=5))
    pulse(stage, 31)
    await ask(session, "authenticate", token=stage.token(ALICE, exp=stage.now + timedelta(hours=1)))
    await screen.until(lambda: screen.closed)
    assert screen.events[-1] == "error"
    assert screen.closed == 4005


async def test_a_renewal_looks_at_permissions_again(stage: Stage) -> None:
    stage.marathon(visibility="private")
    session, screen = await stage.watching(ALICE)
    stage.process.hub.replicas[MARATHON]._participants.clear()
    await ask(session, "authenticate", token=stage.token(ALICE))
    await screen.has(1, "error")
    assert screen.all("error")[0] == {"code": "marathon_not_found", "message": "Marathon not found"}


async def test_who_shows_no_token_in_time_is_told_and_closed(stage: Stage) -> None:
    screen = Screen()
    await Session(stage.process.services, screen).open(None)
    pulse(stage, 9.9)
    assert not screen.closed
    pulse(stage, 10.1)
    await screen.until(lambda: screen.closed)
    assert (screen.all("error")[0]["code"], screen.closed) == ("authentication_required", 4501)


async def test_who_does_not_read_is_closed_and_then_dropped_and_the_others_are_not(stage: Stage) -> None:
    _, deaf = await stage.watching(ALICE)
    _, other = await stage.watching(BOB)
    deaf.reads.clear()
    await stage.changed(a_row(1, "50"))
    await other.has(2, "marathon_leaderboard")
    pulse(stage, 19)
    assert stage.process.services.figures.closed[4008] == 0
    pulse(stage, 21)
    pulse(stage, 22)
    assert (stage.process.services.figures.closed[4008], stage.process.services.figures.closed_slow) == (1, 1)
    assert not deaf.aborted
    pulse(stage, 26)
    assert (deaf.aborted, other.aborted, other.closed) == (True, False, None)


@pytest.mark.parametrize("limit", ["connections", "connections_per_address", "connections_per_user"])
async def test_connections_are_bounded_and_the_refused_are_counted(stage: Stage, limit: str) -> None:
    services = stage.process.services
    services.limits = replace(services.limits, **{limit: 2})
    first, _ = await stage.session(ALICE)
    await stage.session(ALICE)
    refused = Screen()
    session = Session(services, refused)
    await session.open(stage.token(ALICE))
    await refused.until(lambda: refused.closed)
    assert (refused.events, refused.closed, services.figures.closed[4504]) == ([], 4504, 1)
    await session.close()
    await first.close()
    await stage.session(ALICE)


async def test_a_message_is_measured_in_bytes(stage: Stage) -> None:
    session, screen = await stage.session(ALICE)
    most = stage.process.services.limits.message_bytes
    around = len('{"event":"ping","data":""}')
    await session.receive('{"event":"ping","data":"%s"}' % ("x" * (most - around)))
    await screen.has(1, "pong")
    await session.receive('{"event":"ping","data":"%s"}' % ("é" * ((most - around) // 2 + 1)))
    await screen.until(lambda: screen.closed)
    assert (screen.all("error")[0]["code"], screen.closed) == ("message_too_large", 4509)
