"""The Python client's connection, against a peer that says what each test wants."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest

from live.client import Backoff, EndedError, MarathonLive, RefusedError, State
from tests.live.client.peer import AT_ONCE, Notes, Peer, connected, delta, listening, snapshot, until
from tests.tree import imported, sources


async def test_the_token_travels_in_a_subprotocol_and_not_in_the_address(peer: Peer) -> None:
    async with connected(peer, token="a.b.c") as (_, talk):
        assert talk.offered == ["marathon-live.v1", "bearer.a.b.c"]
        assert talk.socket.request is not None
        assert talk.socket.request.path == "/marathon-live"


async def test_the_token_is_in_no_log(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "live")
    async with connected(peer, token="secret.of.alice"):
        pass
    assert "secret.of.alice" not in caplog.text


async def test_who_enters_is_let_in_or_told_why_not(peer: Peer) -> None:
    async with connected(peer, hello={"userId": "alice"}) as (live, _):
        assert live.state is State.OPEN
        assert live.user_id == "alice"


@pytest.mark.parametrize("code", [4501, 4504, 4507, 4510])
async def test_who_may_not_come_in_is_told_why(peer: Peer, code: int) -> None:
    entering = asyncio.create_task(MarathonLive(peer.url, "t").__aenter__())
    talk = await peer.arrives()
    await talk.says("error", {"code": "no", "message": "You may not"})
    await talk.says("heartbeat", {})
    await talk.hangs_up(code)
    with pytest.raises(EndedError, match="You may not"):
        await entering


async def test_a_handshake_that_is_refused_ends_it(peer: Peer) -> None:
    peer.refuse_with = 403
    with pytest.raises(EndedError, match="http_403"):
        await MarathonLive(peer.url, "t").__aenter__()


async def test_an_address_that_is_none_ends_it() -> None:
    with pytest.raises(EndedError, match="bad_address"):
        await MarathonLive("gopher://host", "t").__aenter__()


async def test_a_server_that_is_not_there_yet_is_waited_for(peer: Peer, notes: Notes) -> None:
    peer.refuse_with = 503
    entering = asyncio.create_task(MarathonLive(peer.url, "t", observer=notes, backoff=AT_ONCE).__aenter__())
    await until(lambda: len(notes.failures) > 2)
    peer.refuse_with = None
    await peer.lets_in()
    await (await entering).close()
    assert notes.failures[0].code == "http_503"


async def test_a_lost_connection_comes_back(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes) as (live, talk):
        await talk.hangs_up(4008)
        await peer.lets_in()
        await live.reached(State.OPEN)
    assert notes.states == ["connecting", "open", "waiting", "connecting", "open", "closed"]


async def test_attempts_that_fail_wait_longer_and_longer(peer: Peer, notes: Notes) -> None:
    backoff = Backoff(0, 0.001, 0.008)
    async with connected(peer, notes, backoff=backoff, random=lambda: 1.0) as (_, talk):
        await talk.hangs_up(1000)
        for _ in range(4):
            await (await peer.arrives()).hangs_up(1000)
        await peer.arrives()
    assert notes.delays == [0.001, 0.002, 0.004, 0.008, 0.008]


@pytest.mark.parametrize(("held", "second"), [(9.9, 0.002), (10.0, 0.001)])
async def test_a_connection_that_held_for_ten_seconds_starts_the_back_off_anew(
    peer: Peer, notes: Notes, held: float, second: float
) -> None:
    clock = iter([0.0, 0.0, 100.0, 100.0 + held]).__next__
    backoff = Backoff(0, 0.001, 1)
    async with connected(peer, notes, backoff=backoff, random=lambda: 1.0, clock=clock) as (_, talk):
        await talk.hangs_up(4008)
        await (await peer.lets_in()).hangs_up(4008)
        await peer.arrives()
    assert notes.delays == [0.001, second]


async def test_a_server_that_says_goodbye_also_says_when_to_come_back(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes) as (_, talk):
        await talk.says("bye", {"retryAfterMs": 30})
        await talk.hangs_up(4001)
        await peer.arrives()
    assert notes.delays == [0.03]


async def test_waiting_can_be_cut_short(peer: Peer) -> None:
    async with connected(peer, backoff=Backoff(3600, 3600, 3600)) as (live, talk):
        await talk.hangs_up(1000)
        await live.reached(State.WAITING)
        live.reconnect()
        await peer.lets_in()
        await live.reached(State.OPEN)


async def test_a_connection_can_be_lost_on_purpose(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes) as (live, talk):
        live.reconnect()
        await talk.gone()
        await peer.lets_in()
        await live.reached(State.OPEN)
    assert notes.failures[0].code == "dropped"


async def test_the_next_attempt_goes_to_another_server_if_told(peer: Peer) -> None:
    async with listening() as other, connected(peer) as (live, _):
        live.way.url = other.url
        live.reconnect()
        await other.lets_in()
        await live.reached(State.OPEN)


def tokens() -> Callable[[], Any]:
    made = iter(range(1, 100))

    async def get_token() -> str:
        return f"t{next(made)}"

    return get_token


async def test_every_connection_asks_for_a_token_of_its_own(peer: Peer) -> None:
    async with connected(peer, token=tokens()) as (_, talk):
        await talk.hangs_up(1000)
        assert (talk.token, (await peer.arrives()).token) == ("t1", "t2")


async def test_a_refused_token_is_replaced_once_and_no_more(peer: Peer) -> None:
    entering = asyncio.create_task(MarathonLive(peer.url, tokens(), backoff=AT_ONCE).__aenter__())
    for token in ("t1", "t2"):
        talk = await peer.arrives()
        assert talk.token == token
        await talk.hangs_up(4500)
    with pytest.raises(EndedError, match="close_4500"):
        await entering


@pytest.mark.parametrize("code", [4005, 4500])
async def test_without_a_way_to_get_another_token_a_refused_one_is_the_end(peer: Peer, code: int) -> None:
    async with connected(peer) as (live, talk):
        await talk.hangs_up(code)
        await live.reached(State.CLOSED)


async def test_a_token_that_cannot_be_had_now_is_asked_for_again(peer: Peer, notes: Notes) -> None:
    failures = iter([OSError("503")])

    async def get_token() -> str:
        for failure in failures:
            raise failure
        return "t"

    async with connected(peer, notes, token=get_token) as (_, talk):
        assert talk.token == "t"
    assert notes.failures[0].code == "no_token"


async def test_a_token_that_runs_out_is_renewed_on_the_same_connection(peer: Peer) -> None:
    async with connected(peer, token=tokens()) as (live, talk):
        for token in ("t2", "t3"):
            await talk.says("token_expiring", {"expiresAt": "2026-05-01T10:00:00.000Z"})
            request = await talk.hears("authenticate")
            assert request["data"] == {"token": token}
            await talk.confirms(request, "authenticated")
        assert live.state is State.OPEN


async def test_a_renewal_that_the_server_refuses_is_told(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes, token=tokens()) as (_, talk):
        await talk.says("token_expiring", {})
        await talk.refuses(await talk.hears("authenticate"), "authentication_failed")
        await until(lambda: notes.errors == ["authentication_failed"])


async def test_a_token_given_by_hand_renews_and_serves_the_next_connection(peer: Peer) -> None:
    async with connected(peer, token="old") as (live, talk):
        renewing = asyncio.create_task(live.authenticate("new"))
        request = await talk.hears("authenticate")
        await talk.confirms(request, "authenticated")
        await renewing
        await talk.hangs_up(1000)
        assert (await peer.arrives()).token == "new"


async def test_silence_for_two_and_a_half_heartbeats_is_a_lost_connection(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes, hello={"heartbeatMs": 20}) as (live, _):
        await live.reached(State.WAITING)
        assert notes.failures[0].code == "silence"


async def test_frames_keep_a_connection_alive(peer: Peer) -> None:
    loop = asyncio.get_running_loop()
    async with connected(peer, hello={"heartbeatMs": 400}) as (live, talk):
        end = loop.time() + 1.2
        while loop.time() < end:
            ping = asyncio.create_task(live.ping())
            await talk.confirms(await talk.hears("ping"), "pong")
            await ping
        assert live.state is State.OPEN


async def test_a_ping_tells_the_time_there_and_back(peer: Peer) -> None:
    clock = iter([0.0, 10.0, 10.5]).__next__
    async with connected(peer, clock=clock) as (live, talk):
        ping = asyncio.create_task(live.ping())
        await talk.confirms(await talk.hears("ping"), "pong")
        assert await ping == 0.5


async def test_a_ping_that_is_lost_with_its_connection_fails(peer: Peer) -> None:
    async with connected(peer) as (live, talk):
        ping = asyncio.create_task(live.ping())
        await talk.hears("ping")
        await talk.hangs_up(1000)
        with pytest.raises(RefusedError, match="disconnected"):
            await ping


@pytest.mark.parametrize(
    "nonsense", ["{", "null", "[]", '{"data": 1}', '{"event": "heartbeat", "data": 7}', b"\xff\xff"]
)
async def test_a_frame_that_cannot_be_read_loses_the_connection(
    peer: Peer, notes: Notes, nonsense: str | bytes
) -> None:
    async with connected(peer, notes) as (live, talk):
        await talk.socket.send(nonsense)
        await live.reached(State.WAITING)
        assert notes.failures[0].code == "close_1007"


async def test_an_event_of_a_later_version_is_ignored(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes) as (live, talk):
        await talk.says("weather", {"marathonId": "m1"})
        await until(lambda: "weather" in notes.events)
        assert live.state is State.OPEN


async def test_the_state_of_the_feed_is_told_when_it_turns(peer: Peer, notes: Notes) -> None:
    async with connected(peer, notes) as (_, talk):
        await talk.says("heartbeat", {"feed": {"status": "live", "updatedAt": None}, "seq": {}})
        await talk.says("heartbeat", {"feed": {"status": "live", "updatedAt": None}, "seq": {}})
        await talk.says("feed_status", {"status": "stale", "updatedAt": None})
        await until(lambda: notes.feeds == ["live", "stale"])


async def test_compressed_frames_and_plain_ones_are_heard_in_order(peer: Peer) -> None:
    async with connected(peer, compression=True) as (live, talk):
        assert talk.offered[0] == "marathon-live.v1+deflate"
        subscribing = asyncio.create_task(live.subscribe("m1"))
        request = await talk.hears("subscribe_marathon")
        await talk.says("marathon_leaderboard", snapshot(), packed=True)
        await talk.says("marathon_delta", delta(), packed=False)
        await talk.says("marathon_delta", delta(since=12, seq=13), packed=True)
        await talk.confirms(request)
        assert (await subscribing).board.seq == 13


async def test_leaving_closes_the_socket_and_leaves_no_task(peer: Peer) -> None:
    before = asyncio.all_tasks()
    async with connected(peer) as (live, talk):
        assert len(asyncio.all_tasks() - before) > 0
    assert await talk.gone() == 1000
    assert live.state is State.CLOSED
    await until(lambda: asyncio.all_tasks() <= before)


async def test_leaving_while_it_waits_leaves_no_task_either(peer: Peer) -> None:
    before = asyncio.all_tasks()
    async with connected(peer, backoff=Backoff(3600, 3600, 3600)) as (live, talk):
        await talk.hangs_up(1000)
        await live.reached(State.WAITING)
    await until(lambda: asyncio.all_tasks() <= before)


def test_the_client_needs_neither_django_nor_the_server() -> None:
    names = {name for path in sources("live/client") for name in imported(path)}
    assert "live.client.board" in names
    roots = {name.partition(".")[0] for name in names if not name.startswith("live.client")}
    assert roots - set(sys.stdlib_module_names) == {"msgspec", "websockets"}
