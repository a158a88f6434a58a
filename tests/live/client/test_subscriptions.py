"""The Python client's subscriptions, against a peer that says what each test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from live.client import EndedError, LiveError, MarathonLive, MarathonSubscription, RefusedError, Standing, State
from tests.live.client.peer import Notes, Peer, Talk, connected, delta, entry, snapshot

WHOLE = {"marathonId": "m1", "view": "all", "updates": "delta"}


async def answered(talk: Talk, **more: Any) -> dict[str, Any]:
    """The next subscription to a marathon, answered with a snapshot; what it asked for."""
    request = await talk.hears("subscribe_marathon")
    await talk.says("marathon_leaderboard", snapshot(**more))
    await talk.confirms(request)
    data: dict[str, Any] = request["data"]
    return data


@asynccontextmanager
async def following(
    peer: Peer, notes: Notes | None = None, **options: Any
) -> AsyncIterator[tuple[MarathonLive, Talk, MarathonSubscription]]:
    """A client whose board "m1" is in step at seq 10."""
    async with connected(peer, notes) as (live, talk):
        answer = asyncio.create_task(answered(talk))
        board = await live.subscribe("m1", **options)
        await answer
        yield live, talk, board


def bibs(board: MarathonSubscription) -> list[int]:
    return [row["bib"] for row in board.rows]


@pytest.mark.parametrize(
    ("asked", "view"),
    [
        ({}, "all"),
        ({"top": 50}, {"top": 50}),
        ({"page": 3, "size": 50}, {"page": 3, "size": 50}),
        ({"around": "me", "size": 11}, {"around": "me", "size": 11}),
    ],
)
async def test_a_view_is_asked_for_in_the_words_of_the_protocol(peer: Peer, asked: Any, view: Any) -> None:
    async with following(peer, **asked) as (_, talk, _):
        assert talk.requests[0]["data"] == {**WHOLE, "view": view}


async def test_subscribing_waits_for_the_first_snapshot(peer: Peer) -> None:
    async with following(peer) as (_, _, board):
        assert bibs(board) == [1, 2, 3]
        assert board.standing is Standing.LIVE


async def test_iterating_tells_what_changes_from_then_on(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        await talk.says("marathon_delta", delta(changed=[{"bib": 3, "equity": 999.0}], moved=[[3, 0]], removed=[2]))
        change = await anext(board)
        assert [set(bibs) for bibs in (change.changed, change.moved, change.removed)] == [{3}, {3}, {2}]
        assert not change.snapshot
        assert bibs(board) == [3, 1]
        assert change.board == board.board


async def test_what_a_busy_watcher_misses_comes_as_one_change(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        await talk.says("marathon_delta", delta(changed=[{"bib": 1, "equity": 1.0}]))
        await talk.says("marathon_delta", delta(since=12, seq=13, changed=[{"bib": 2, "equity": 2.0}]))
        await board.until(lambda board: board.seq == 13)
        assert (await anext(board)).changed == {1, 2}


async def test_a_user_finds_their_own_row(peer: Peer) -> None:
    async with following(peer) as (_, _, board):
        assert board.me is not None
        assert board.me["bib"] == 1


@pytest.mark.parametrize("wrong", [{"since": 9}, {"epoch": "e2"}, {"moved": [[9, 0]]}])
async def test_a_delta_that_does_not_fit_makes_the_client_ask_for_a_snapshot(peer: Peer, wrong: Any) -> None:
    async with following(peer) as (_, talk, board):
        await talk.says("marathon_delta", delta(**wrong))
        await talk.says("marathon_delta", delta(since=12, seq=13))
        assert await answered(talk, seq=20) == WHOLE
        await talk.says("marathon_delta", delta(since=20, seq=21))
        await board.until(lambda board: board.seq == 21)
        assert board.standing is Standing.LIVE


async def test_falling_out_of_step_again_at_once_gives_the_connection_up(peer: Peer, notes: Notes) -> None:
    async with following(peer, notes) as (live, talk, _):
        await talk.says("marathon_delta", delta(since=9))
        await answered(talk)
        await talk.says("marathon_delta", delta(since=9))
        await live.reached(State.WAITING)
        assert notes.failures[0].code == "out_of_step"


async def test_a_heartbeat_that_is_ahead_makes_the_client_ask_again(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        for seq in (9, 10):
            await talk.says("heartbeat", {"seq": {"m1": seq, "other": 99}})
        await talk.says("heartbeat", {"seq": {"m1": 11}})
        assert await answered(talk, seq=11) == WHOLE
        await board.until(lambda board: board.seq == 11)
        assert len(talk.requests) == 2


async def test_after_a_lost_connection_a_whole_board_resumes_where_it_was(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        await talk.hangs_up(1000)
        second = await peer.lets_in()
        request = await second.hears("subscribe_marathon")
        assert request["data"] == {**WHOLE, "since": {"epoch": "e1", "seq": 10}}
        assert bibs(board) == [1, 2, 3]
        await second.says("marathon_delta", delta(seq=500, changed=[{"bib": 1, "equity": 5.0}]))
        await second.confirms(request)
        await board.settled()
        assert (board.board.seq, board.rows[0]["equity"]) == (500, 5.0)


@pytest.mark.parametrize("options", [{"top": 3}, {"updates": "full"}])
async def test_a_window_and_full_updates_begin_anew_after_a_lost_connection(peer: Peer, options: Any) -> None:
    async with following(peer, **options) as (_, talk, _):
        await talk.hangs_up(1000)
        assert "since" not in await answered(await peer.lets_in())


async def test_another_view_is_asked_for_on_the_fly(peer: Peer) -> None:
    async with following(peer, top=3) as (_, talk, board):
        updating = asyncio.create_task(board.update({"page": 2, "size": 2}, interval_ms=500))
        asked = await answered(talk, offset=2, entries=[entry(3)])
        await updating
        assert asked == {**WHOLE, "view": {"page": 2, "size": 2}, "intervalMs": 500}
        assert [row["rank"] for row in board.rows] == [3]


async def test_the_marathons_status_is_told_and_shown(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        await talk.says("marathon_status", {"marathonId": "m1", "status": "finished"})
        assert (await anext(board)).board.status == "finished"


async def test_a_refusal_is_told_and_not_asked_again(peer: Peer) -> None:
    async with connected(peer) as (live, talk):
        subscribing = asyncio.create_task(live.subscribe("m9"))
        await talk.refuses(await talk.hears("subscribe_marathon"), "marathon_not_found")
        with pytest.raises(RefusedError, match="marathon_not_found"):
            await subscribing
        answer = asyncio.create_task(answered(talk))
        await live.subscribe("m1")
        await answer
        await talk.hangs_up(1000)
        assert (await (await peer.lets_in()).hears("subscribe_marathon"))["data"]["marathonId"] == "m1"


@pytest.mark.parametrize("code", ["rate_limited", "internal"])
async def test_a_passing_failure_is_asked_again(peer: Peer, code: str) -> None:
    async with connected(peer) as (live, talk):
        subscribing = asyncio.create_task(live.subscribe("m1"))
        await talk.refuses(await talk.hears("subscribe_marathon"), code, retryAfterMs=10)
        await answered(talk)
        assert bibs(await subscribing) == [1, 2, 3]


async def test_over_the_rate_which_no_answer_names_what_is_unanswered_is_asked_again(peer: Peer) -> None:
    async with connected(peer) as (live, talk):
        subscribing = asyncio.create_task(live.subscribe("m1"))
        await talk.hears("subscribe_marathon")
        await talk.says("error", {"code": "rate_limited", "message": "", "retryAfterMs": 10})
        await answered(talk)
        assert bibs(await subscribing) == [1, 2, 3]


async def test_when_one_board_may_not_be_seen_any_more_asking_again_tells_which(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        await talk.says("error", {"code": "marathon_not_found", "message": ""})
        await talk.refuses(await talk.hears("subscribe_marathon"), "marathon_not_found")
        with pytest.raises(RefusedError):
            await anext(board)
        assert board.standing is Standing.REFUSED


async def test_unsubscribing_waits_until_it_is_confirmed_and_ends_the_iteration(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        leaving = asyncio.create_task(board.unsubscribe())
        request = await talk.hears("unsubscribe_marathon")
        assert request["data"] == {"marathonId": "m1"}
        assert not leaving.done()
        await talk.confirms(request, "unsubscribed")
        await leaving
        assert [change async for change in board] == []


async def test_a_board_left_and_taken_again_waits_for_its_own_snapshot(peer: Peer) -> None:
    async with following(peer) as (live, talk, board):
        leaving = asyncio.create_task(board.unsubscribe())
        left = await talk.hears("unsubscribe_marathon")
        again = asyncio.create_task(live.subscribe("m1"))
        request = await talk.hears("subscribe_marathon")
        await talk.says("marathon_delta", delta())
        await talk.confirms(left, "unsubscribed")
        await talk.says("marathon_leaderboard", snapshot(seq=30))
        await talk.confirms(request)
        await leaving
        assert (await again).board.seq == 30


async def test_who_gives_up_subscribing_is_not_subscribed(peer: Peer) -> None:
    async with connected(peer) as (live, talk):
        subscribing = asyncio.create_task(live.subscribe("m1"))
        await talk.hears("subscribe_marathon")
        subscribing.cancel()
        assert (await talk.hears("unsubscribe_marathon"))["data"] == {"marathonId": "m1"}


async def test_two_subscriptions_to_one_marathon_are_refused_here(peer: Peer) -> None:
    async with following(peer) as (live, _, _):
        with pytest.raises(LiveError, match="already subscribed"):
            await live.subscribe("m1")


async def test_closing_the_client_ends_the_iteration(peer: Peer) -> None:
    async with following(peer) as (live, _, board):
        changes = asyncio.create_task(anext(board, None))
        await live.close()
        assert await changes is None


async def test_a_connection_that_ends_for_good_says_so_to_who_iterates(peer: Peer) -> None:
    async with following(peer) as (_, talk, board):
        change = asyncio.create_task(anext(board))
        await talk.hangs_up(4507)
        with pytest.raises(EndedError, match="close_4507"):
            await change


async def test_an_account_tells_its_newest_entry_in_each_of_its_marathons(peer: Peer) -> None:
    async with connected(peer) as (live, talk):
        subscribing = asyncio.create_task(live.subscribe_account("26001"))
        request = await talk.hears("subscribe_account")
        assert request["data"] == {"accountLogin": "26001"}
        for marathon, equity in (("m1", 1.0), ("m2", 2.0), ("m1", 3.0)):
            await talk.says("account_update", entry(1, accountLogin="26001", marathonId=marathon, equity=equity))
        await talk.says("account_update", entry(2, accountLogin="1", marathonId="m1"))
        await talk.confirms(request)
        account = await subscribing
        told = [await anext(account), await anext(account)]
        assert [(entry["marathonId"], entry["equity"]) for entry in told] == [("m1", 3.0), ("m2", 2.0)]
        assert set(account.entries) == {"m1", "m2"}
