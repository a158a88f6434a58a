"""The protocol's promises, one scenario each, on real processes of both servers; at the end nothing is left over."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import redis
from websockets.exceptions import ConnectionClosed

from tests.e2e.cluster import Cluster, Running, create_marathon, enter, new_logins, token_of, until
from tests.e2e.conftest import new_cluster
from tests.e2e.feeding import snapshot
from tests.e2e.raw import CLOSE, frame, raw_client, stalled_client
from tests.e2e.viewer import Viewer

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

LIMITS = {
    "LIVE_SUBSCRIPTIONS": "3",
    "LIVE_MESSAGES_PER_10S": "20",
    "LIVE_CONNECTIONS_PER_USER": "3",
    "LIVE_SLOW_SECONDS": "2",
    "LIVE_TOKEN_GRACE_SECONDS": "0",
    "LIVE_HEARTBEAT_SECONDS": "1",
}
# Of the other process, so that a client that answers none is noticed soon.
PINGS = {
    "uvicorn": ["--ws-ping-interval", "1", "--ws-ping-timeout", "1"],
    "daphne": ["--ping-interval", "1", "--ping-timeout", "1"],
}


@dataclass(frozen=True)
class Stage:
    """A worker, a web process of the server under test, and another of the same beside it."""

    cluster: Cluster
    web: Running
    other: Running
    staff: httpx.Client
    at_first: dict[str, float]
    """Figures of `web` before anybody came."""

    def marathon(self, players: int = 3, **fields: Any) -> dict[str, Any]:
        """A marathon whose participants stand at +30 %, +20 %, +10 % and so on, in the order of their bibs."""
        marathon = create_marathon(self.staff, players, **{"initialBalance": 10_000, **fields})
        marathon["logins"] = [player["accountLogin"] for player in marathon["players"]]
        self.publish(marathon, [10_000 + 1_000 * (players - index) for index in range(players)])
        return marathon

    def publish(self, marathon: dict[str, Any], equities: list[float]) -> None:
        """New equities, from the first participant on."""
        logins = marathon["logins"]
        self.cluster.publish([snapshot(logins[index], equity=equity) for index, equity in enumerate(equities)])

    async def viewer(self, user_id: str, web: Running | None = None, **claims: Any) -> Viewer:
        viewer = await Viewer.open((web or self.web).socket_url, token_of(user_id, **claims))
        OPENED.append(viewer)
        return viewer

    async def player(self, marathon: dict[str, Any], index: int = 0, **options: Any) -> Viewer:
        """A participant who watches the board, which has everybody's figures."""
        viewer = await self.viewer(marathon["players"][index]["userId"])
        await viewer.subscribe(marathon["id"], **options)
        await viewer.until(lambda board: all(entry["equity"] for entry in board["entries"]))
        return viewer


OPENED: list[Viewer] = []


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Iterator[Stage]:
    with new_cluster(tmp_path_factory.mktemp("sessions"), migrated, **LIMITS) as cluster:
        cluster.start_worker()
        web, other = cluster.start_web(request.param), cluster.start_web(request.param, *PINGS[request.param])
        with cluster.staff(web) as staff:
            yield Stage(cluster, web, other, staff, _figures(web))


@pytest.fixture(autouse=True)
async def close_viewers() -> AsyncIterator[None]:
    yield
    while OPENED:
        await OPENED.pop().close()


def bibs(board: dict[str, Any]) -> list[int]:
    return [entry["bib"] for entry in board["entries"]]


def has_equity(bib: int, equity: float) -> Callable[[dict[str, Any]], bool]:
    return lambda board: any(entry["bib"] == bib and entry["equity"] == equity for entry in board["entries"])


# Subscribing -----------------------------------------------------------------------------------------------------


async def test_a_subscription_is_answered_with_the_board_and_then_confirmed(stage: Stage) -> None:
    marathon = stage.marathon()
    viewer = await stage.viewer(marathon["players"][0]["userId"])
    await viewer.send("subscribe_marathon", {"marathonId": marathon["id"]}, id="mine")
    answers = [await viewer.receive() for _ in range(3)]
    assert [answer["event"] for answer in answers] == ["connected", "marathon_leaderboard", "subscribed"]
    assert answers[2]["id"] == "mine"
    assert answers[2]["data"]["marathonId"] == marathon["id"]


async def test_subscribing_again_replaces_the_options_and_sends_a_fresh_snapshot(stage: Stage) -> None:
    marathon = stage.marathon()
    viewer = await stage.player(marathon)
    await viewer.subscribe(marathon["id"], updates="delta", view={"top": 1})
    assert bibs(viewer.board) == [1]
    assert "positions" not in viewer.board["entries"][0]


async def test_no_frame_is_compressed_for_one_connection_alone(stage: Stage) -> None:
    viewer = await Viewer.open(stage.web.socket_url, compression="deflate")
    OPENED.append(viewer)
    assert viewer.socket.response is not None
    assert "Sec-WebSocket-Extensions" not in viewer.socket.response.headers


async def test_leaving_what_was_never_watched_is_confirmed(stage: Stage) -> None:
    marathon = stage.marathon(1)
    viewer = await stage.viewer(marathon["players"][0]["userId"])
    await viewer.send("unsubscribe_marathon", {"marathonId": marathon["id"]})
    assert (await viewer.expect("unsubscribed"))["marathonId"] == marathon["id"]
    await viewer.send("unsubscribe_account", {"accountLogin": "never"})
    assert (await viewer.expect("unsubscribed"))["accountLogin"] == "never"


async def test_a_ping_comes_back_with_its_data_and_the_time(stage: Stage) -> None:
    viewer = await stage.viewer(stage.marathon(1)["players"][0]["userId"])
    await viewer.send("ping", {"n": 7}, id=3)
    pong = await viewer.expect("pong")
    assert pong["n"] == 7
    assert pong["serverTime"].endswith("Z")


async def test_full_updates_send_the_whole_view_again(stage: Stage) -> None:
    marathon = stage.marathon()
    viewer = await stage.player(marathon)
    stage.publish(marathon, [10_500])
    board = await viewer.until(has_equity(1, 10_500))
    assert bibs(board) == [2, 3, 1]


# Views -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "expected", "offset"),
    [
        ("all", [1, 2, 3, 4, 5], 0),
        ({"top": 2}, [1, 2], 0),
        ({"page": 2, "size": 2}, [3, 4], 2),
        ({"page": 3, "size": 2}, [5], 4),
        ({"around": "me", "size": 3}, [1, 2, 3], 0),
    ],
)
async def test_each_view_shows_its_rows(stage: Stage, view: Any, expected: list[int], offset: int) -> None:
    marathon = stage.marathon(5)
    await stage.player(marathon)
    viewer = await stage.player(marathon, updates="delta", view=view)
    assert bibs(viewer.board) == expected
    assert (viewer.board["offset"], viewer.board["totalParticipants"]) == (offset, 5)
    assert [entry["rank"] for entry in viewer.board["entries"]] == [offset + n for n in range(1, len(expected) + 1)]


async def test_a_window_follows_its_participant(stage: Stage) -> None:
    marathon = stage.marathon(5)
    last = marathon["players"][4]
    viewer = await stage.player(marathon, updates="delta", view={"around": last["id"], "size": 1})
    assert bibs(viewer.board) == [5]
    stage.publish(marathon, [11_000, 11_000, 11_000, 11_000, 99_000])
    await viewer.until(lambda board: board["offset"] == 0 and board["entries"][0]["equity"] == 99_000)
    assert bibs(viewer.board) == [5]


async def test_around_me_is_for_participants(stage: Stage) -> None:
    marathon, elsewhere = stage.marathon(1), stage.marathon(1)
    viewer = await stage.viewer(elsewhere["players"][0]["userId"])
    await viewer.send("subscribe_marathon", {"marathonId": marathon["id"], "view": {"around": "me", "size": 3}})
    assert (await viewer.expect("error"))["code"] == "bad_request"


@pytest.mark.parametrize(
    "view", ["some", {"top": 0}, {"top": 201}, {"page": 0, "size": 5}, {"around": "you", "size": 3}]
)
async def test_views_that_do_not_exist_are_refused(stage: Stage, view: Any) -> None:
    marathon = stage.marathon(1)
    viewer = await stage.viewer(marathon["players"][0]["userId"])
    await viewer.send("subscribe_marathon", {"marathonId": marathon["id"], "view": view})
    assert (await viewer.expect("error"))["code"] == "bad_request"


# Deltas and resume -----------------------------------------------------------------------------------------------


async def test_deltas_carry_only_what_changed(stage: Stage) -> None:
    marathon = stage.marathon(5)
    viewer = await stage.player(marathon, updates="delta")
    stage.publish(marathon, [15_001])
    delta = await viewer.expect("marathon_delta")
    assert [row["bib"] for row in delta["changed"]] == [1]
    assert "userName" not in delta["changed"][0]
    assert (delta["moved"], delta["removed"]) == ([], [])


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "at another process"])
async def test_who_was_away_gets_one_delta_with_all_that_changed(stage: Stage, elsewhere: bool) -> None:
    marathon = stage.marathon(5)
    viewer = await stage.player(marathon, updates="delta")
    since = {"epoch": viewer.board["epoch"], "seq": viewer.board["seq"]}
    await viewer.close()
    witness = await stage.player(marathon, 1, updates="delta")
    for equity in (9_000, 9_500, 20_000):
        stage.publish(marathon, [11_111, 12_222, equity])
    await witness.until(has_equity(3, 20_000))
    back = await stage.viewer(marathon["players"][0]["userId"], stage.other if elsewhere else stage.web)
    back.board = viewer.board
    confirmed = await back.subscribe(marathon["id"], updates="delta", since=since)
    assert confirmed["resumed"] is True
    await back.until(has_equity(3, 20_000))
    assert bibs(back.board) == bibs(witness.board)
    assert [entry["equity"] for entry in back.board["entries"]] == [e["equity"] for e in witness.board["entries"]]


@pytest.mark.parametrize(
    "options",
    [{"since": {"epoch": "elsewhere", "seq": 1}}, {"view": {"top": 2}, "since": None}],
    ids=["epoch", "window"],
)
async def test_what_cannot_be_resumed_gets_a_snapshot(stage: Stage, options: dict[str, Any]) -> None:
    marathon = stage.marathon()
    viewer = await stage.player(marathon, updates="delta")
    since = options["since"] or {"epoch": viewer.board["epoch"], "seq": viewer.board["seq"]}
    viewer.board = {}
    confirmed = await viewer.subscribe(marathon["id"], updates="delta", **{**options, "since": since})
    assert confirmed["resumed"] is False
    assert viewer.board["entries"]


async def test_a_long_interval_merges_and_loses_nothing(stage: Stage) -> None:
    marathon = stage.marathon(2)
    viewer = await stage.player(marathon, updates="delta", intervalMs=3_000)
    witness = await stage.player(marathon, 1, updates="delta")
    for equity in range(12_001, 12_006):
        stage.publish(marathon, [equity])
        await witness.until(has_equity(1, equity))
    before = viewer.frames
    await viewer.until(has_equity(1, 12_005))
    assert viewer.frames - before < 5, "five changes within the interval came as fewer frames"


async def test_a_heartbeat_says_where_the_client_stands(stage: Stage) -> None:
    marathon = stage.marathon(2)
    viewer = await stage.player(marathon, updates="delta")
    beat = await viewer.expect("heartbeat")
    while beat["seq"] != {marathon["id"]: viewer.board["seq"]}:
        beat = await viewer.expect("heartbeat")
    assert beat["feed"]["status"] in ("live", "stale")


# Who may see what ------------------------------------------------------------------------------------------------


async def test_a_private_marathon_does_not_exist_for_strangers(stage: Stage) -> None:
    private, elsewhere = stage.marathon(1, visibility="private"), stage.marathon(1)
    stranger = await stage.viewer(elsewhere["players"][0]["userId"])
    await stranger.send("subscribe_marathon", {"marathonId": private["id"]})
    assert (await stranger.expect("error"))["code"] == "marathon_not_found"
    await stranger.send("subscribe_account", {"accountLogin": private["logins"][0]})
    assert (await stranger.expect("error"))["code"] == "account_not_found"
    participant = await stage.viewer(private["players"][0]["userId"])
    assert (await participant.subscribe(private["id"]))["type"] == "marathon"


async def test_a_guest_sees_its_marathon_and_no_other(stage: Stage) -> None:
    marathon, other = stage.marathon(1), stage.marathon(1)
    token = stage.staff.post(f"/marathons/{marathon['id']}/guest-token").json()["access"]
    guest = await Viewer.open(stage.web.socket_url, token)
    OPENED.append(guest)
    assert (await guest.subscribe(marathon["id"]))["type"] == "marathon"
    await guest.send("subscribe_marathon", {"marathonId": other["id"]})
    assert (await guest.expect("error"))["code"] == "marathon_not_found"


async def test_a_marathon_that_turns_private_leaves_strangers(stage: Stage) -> None:
    marathon, elsewhere = stage.marathon(1), stage.marathon(1)
    stranger = await stage.viewer(elsewhere["players"][0]["userId"])
    await stranger.subscribe(marathon["id"])
    assert stage.staff.patch(f"/marathons/{marathon['id']}", json={"visibility": "private"}).status_code == 200
    assert (await stranger.expect("error"))["code"] == "marathon_not_found"


POSITION = {"ticket": 1, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "openPrice": 1.1, "currentPrice": 1.2,
            "profit": 10.0}  # fmt: skip


@pytest.mark.parametrize("visibility", ["own", "public"])
async def test_positions_of_others_are_shown_only_where_that_is_set(stage: Stage, visibility: str) -> None:
    marathon = stage.marathon(2, positionsVisibility=visibility)
    stage.cluster.publish([snapshot(login, equity=12_345, positions=[POSITION]) for login in marathon["logins"]])
    viewer = await stage.player(marathon)
    board = await viewer.until(lambda board: all(entry["equity"] == 12_345 for entry in board["entries"]))
    shown = {entry["bib"]: len(entry["positions"]) for entry in board["entries"]}
    assert shown == ({1: 1, 2: 0} if visibility == "own" else {1: 1, 2: 1})


# Tokens and limits -----------------------------------------------------------------------------------------------


async def test_a_token_that_runs_out_is_announced_and_can_be_renewed(stage: Stage) -> None:
    user = stage.marathon(1)["players"][0]["userId"]
    viewer = await stage.viewer(user, exp=int(time.time()) + 30)
    await viewer.expect("token_expiring")
    await viewer.send("authenticate", {"token": token_of(user)}, id=1)
    renewed = await viewer.expect("authenticated")
    assert datetime.fromisoformat(renewed["tokenExpiresAt"]) > datetime.now(UTC) + timedelta(minutes=30)


async def test_a_token_of_somebody_else_does_not_renew(stage: Stage) -> None:
    marathon = stage.marathon(2)
    viewer = await stage.player(marathon)
    await viewer.send("authenticate", {"token": token_of(marathon["players"][1]["userId"])})
    assert (await viewer.expect("error"))["code"] == "authentication_failed"
    assert (await viewer.subscribe(marathon["id"]))["type"] == "marathon"


async def test_an_expired_token_closes(stage: Stage) -> None:
    viewer = await stage.viewer(stage.marathon(1)["players"][0]["userId"], exp=int(time.time()) + 3)
    assert (await viewer.expect("error"))["code"] == "token_expired"
    assert await viewer.close_code() == 4005


async def test_subscriptions_are_bounded(stage: Stage) -> None:
    marathons = [stage.marathon(1) for _ in range(4)]
    viewer = await stage.viewer(marathons[0]["players"][0]["userId"])
    for marathon in marathons[:3]:
        await viewer.subscribe(marathon["id"])
    await viewer.send("subscribe_marathon", {"marathonId": marathons[3]["id"]})
    assert (await viewer.expect("error"))["code"] == "subscription_limit"
    await viewer.subscribe(marathons[0]["id"])  # again is not one more


async def test_who_talks_too_much_is_warned_and_then_closed(stage: Stage) -> None:
    viewer = await stage.viewer(stage.marathon(1)["players"][0]["userId"])
    for _ in range(60):
        await viewer.send("ping")
    assert (await viewer.expect("error"))["retryAfterMs"] > 0
    with contextlib.suppress(ConnectionClosed):
        while True:
            await viewer.receive()
    assert await viewer.close_code() == 4013


async def test_one_user_has_only_so_many_connections(stage: Stage) -> None:
    user = stage.marathon(1)["players"][0]["userId"]
    for _ in range(3):
        await (await stage.viewer(user)).expect("connected")
    assert await (await stage.viewer(user)).close_code() == 4504


STALLED = 20


async def test_twenty_clients_that_do_not_read_are_closed_cost_little_and_nobody_else_notices(stage: Stage) -> None:
    marathon = stage.marathon(300)  # a board of 130 kB: some thirty of them fill the kernel's buffers
    witness = await stage.player(marathon, 1, updates="delta", view={"top": 5})
    stalled = [
        await stalled_client(stage.web, player["userId"], marathon["id"]) for player in marathon["players"][:STALLED]
    ]
    before, slow = _figure(stage, MEMORY), _figure(stage, "marathon_live_closed_slow_total")
    most = before
    numbers = iter(range(400_000, 500_000))  # ahead of everybody else's
    deadline = time.monotonic() + 60
    try:
        while _sessions(stage) > 1 and time.monotonic() < deadline:
            equity = next(numbers)
            stage.publish(marathon, [equity])
            await witness.until(has_equity(1, equity))
            most = max(most, _figure(stage, MEMORY))
        assert _sessions(stage) == 1, "those who do not read are still there"
        assert _figure(stage, "marathon_live_closed_slow_total") == slow + STALLED
        assert most - before < STALLED * 2**20, "what they do not read is kept for them"
    finally:
        for writer in stalled:
            writer.transport.abort()


async def test_a_client_that_answers_no_pings_is_closed(stage: Stage) -> None:
    reader, writer = await raw_client(stage.other, stage.marathon(1)["players"][0]["userId"])
    async with asyncio.timeout(10):
        kind, content = await frame(reader)
        while kind != CLOSE:
            kind, content = await frame(reader)
    assert int.from_bytes(content[:2], "big") == 4012
    writer.close()


MEMORY = "process_resident_memory_bytes"


def _figures(web: Running) -> dict[str, float]:
    """The figures of a web process by name; those of one name together."""
    found: dict[str, float] = {}
    for line in httpx.get(f"{web.url}/metrics").text.splitlines():
        if not line.startswith("#"):
            name = line.split("{")[0].split(" ")[0]
            found[name] = found.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return found


def _figure(stage: Stage, name: str) -> float:
    """A figure of the web process under test."""
    return _figures(stage.web).get(name, 0.0)


def _sessions(stage: Stage) -> float:
    return _figure(stage, "marathon_live_sessions")


# What organisers do ----------------------------------------------------------------------------------------------


async def test_a_cancelled_marathon_says_so(stage: Stage) -> None:
    marathon = stage.marathon(1)
    viewer = await stage.player(marathon, updates="delta")
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert stage.staff.patch(f"/marathons/{marathon['id']}", json={"endsAt": soon}).status_code == 200
    status = await viewer.expect("marathon_status")
    while status["status"] != "finished":
        status = await viewer.expect("marathon_status")
    assert status["marathonId"] == marathon["id"]


async def test_who_joins_appears_on_every_board(stage: Stage) -> None:
    marathon = stage.marathon(2)
    viewers = [await stage.player(marathon, updates="delta")]
    viewers.append(await stage.viewer(marathon["players"][1]["userId"], stage.other))
    await viewers[1].subscribe(marathon["id"], updates="delta")
    enter(stage.staff, marathon["id"], new_logins(1))
    for viewer in viewers:
        board = await viewer.until(lambda board: board["totalParticipants"] == 3)
        assert board["entries"][-1]["status"] == "no_data"


async def test_the_disqualified_go_last_and_come_back_when_reinstated(stage: Stage) -> None:
    marathon = stage.marathon(3)
    viewer = await stage.player(marathon, updates="delta")
    path = f"/marathons/{marathon['id']}/participants/{marathon['players'][0]['id']}"
    body = {"status": "disqualified", "disqualificationReason": "rule 7"}
    assert stage.staff.patch(path, json=body).status_code == 200
    board = await viewer.until(lambda board: bibs(board) == [2, 3, 1])
    assert (board["entries"][2]["rank"], board["entries"][2]["disqualificationReason"]) == (None, "rule 7")
    assert stage.staff.patch(path, json={"status": "active"}).status_code == 200
    await viewer.until(lambda board: bibs(board) == [1, 2, 3])


async def test_who_withdraws_stays_listed_after_everybody(stage: Stage) -> None:
    marathon = stage.marathon(3)
    viewer = await stage.player(marathon, 1, updates="delta")
    path = f"/marathons/{marathon['id']}/participants/{marathon['players'][0]['id']}"
    assert stage.staff.delete(path).status_code == 204
    board = await viewer.until(lambda board: bibs(board) == [2, 3, 1])
    assert board["entries"][2]["status"] == "withdrawn"


# The end ---------------------------------------------------------------------------------------------------------


async def test_nothing_is_left_when_everybody_has_gone(stage: Stage) -> None:
    until(lambda: _sessions(stage) == 0, "all sessions are gone")
    until(lambda: _figure(stage, "marathon_live_views") == 0, "nobody's views are kept")
    allowed = {"marathon_live_tasks": 0, "process_open_fds": 10, MEMORY: 64 * 2**20}
    for name, more in allowed.items():
        most = stage.at_first[name] + more
        until(lambda: _figure(stage, name) <= most, f"{name} is what it was")  # noqa: B023 - used at once
    until(lambda: _groups(stage) <= _boards(stage), "no group is kept for a board that is not")


def _groups(stage: Stage) -> float:
    """How many boards' groups somebody listens to, by what Redis knows."""
    with redis.Redis.from_url(stage.cluster.redis_url) as client:
        return len(client.pubsub_channels(f"{stage.cluster.queue}__group__board.*"))


def _boards(stage: Stage) -> float:
    return sum(_figures(web)["marathon_live_replicas"] for web in (stage.web, stage.other))
