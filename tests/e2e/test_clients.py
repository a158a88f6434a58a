"""The Python and the JavaScript client with real servers, over a network that breaks: each scenario for both."""

import secrets
import signal
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.cluster import Cluster, Running, create_marathon, now_ms, token_of
from tests.e2e.conftest import new_cluster
from tests.e2e.road import Road, road_to
from tests.e2e.viewer import Viewer
from tests.e2e.watchers import NodeWatcher, PythonWatcher, Watcher

pytestmark = [
    pytest.mark.needs_postgres,
    pytest.mark.needs_redis,
    pytest.mark.needs_rabbitmq,
    pytest.mark.needs_node,
    pytest.mark.timeout(300),
]

POSITION = {
    "ticket": 1, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "openPrice": 1.1, "currentPrice": 1.2,
    "profit": 50.0,
}  # fmt: skip
UNSEEN = ("positions", "orders")
"""What a board in deltas leaves out."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Iterator[Cluster]:
    """A worker for all scenarios, each with a marathon of its own. Heartbeats come every second."""
    hurried = {"LIVE_HEARTBEAT_SECONDS": "1", "LIVE_TOKEN_GRACE_SECONDS": "1"}
    with new_cluster(tmp_path_factory.mktemp("clients"), migrated, **hurried) as cluster:
        cluster.start_worker()
        yield cluster


@pytest.fixture(scope="module")
def webs(cluster: Cluster) -> list[Running]:
    """Two web processes that stay, one of either server; scenarios that end one start their own."""
    return [cluster.start_web("uvicorn"), cluster.start_web("daphne")]


@pytest.fixture(scope="module")
def staff(cluster: Cluster, webs: list[Running]) -> Iterator[httpx.Client]:
    with cluster.staff(webs[0]) as staff:
        yield staff


@pytest.fixture
async def road(webs: list[Running]) -> AsyncIterator[Road]:
    async with road_to(webs[0].port) as road:
        yield road


@pytest.fixture(params=["python", "javascript"])
async def watcher(request: pytest.FixtureRequest, road: Road) -> AsyncIterator[Watcher]:
    python = request.param == "python"
    watcher: Watcher = PythonWatcher() if python else NodeWatcher(request.getfixturevalue("node_path"))
    yield watcher
    await watcher.leave()


class Scene:
    """A marathon with three participants, and what happens in it."""

    def __init__(self, cluster: Cluster, webs: list[Running], staff: httpx.Client) -> None:
        self.cluster, self.webs, self.staff = cluster, webs, staff
        first = secrets.randbelow(10**8) * 10 + 10**9
        self.marathon = create_marathon(self.staff, players=3, first_login=first, initialBalance=10_000)
        self.id: str = self.marathon["id"]
        self.logins: list[str] = [player["accountLogin"] for player in self.marathon["players"]]
        self.users: list[str] = [player["userId"] for player in self.marathon["players"]]

    def token(self, player: int = 0, **claims: Any) -> str:
        return token_of(self.users[player], **claims)

    def has(self, *equities: float) -> None:
        """The participants' new equities, on the feed."""
        accounts = zip(self.logins, equities, strict=False)
        self.cluster.publish(
            {"type": "account", "login": login, "balance": equity, "equity": equity, "profit": 0, "margin": 0,
             "freeMargin": equity, "currency": "USD", "leverage": 100, "positions": [POSITION], "orders": [],
             "timestamp": now_ms()}
            for login, equity in accounts
        )  # fmt: skip

    async def shown(self, *equities: float | None) -> list[dict[str, Any]]:
        """The board as a client that only knows full updates sees it, once it shows these equities, best first."""
        viewer = await Viewer.open(self.webs[1].socket_url, self.token())
        try:
            await viewer.subscribe(self.id)
            board = await viewer.until(lambda board: [entry["equity"] for entry in board["entries"]] == list(equities))
        finally:
            await viewer.close()
        return [{name: entry[name] for name in entry if name not in UNSEEN} for entry in board["entries"]]

    async def follow(self, watcher: Watcher, *equities: float | None, view: Any = "all") -> None:
        """Let a watcher follow until it shows the whole board, with these equities, best first."""
        await watcher.subscribe(self.id, view=view)
        await self.agrees(watcher, *equities)

    async def agrees(self, watcher: Watcher, *equities: float | None) -> None:
        """Wait until a watcher shows the whole board, with these equities, best first."""
        wanted = await self.shown(*equities)
        await watcher.until(lambda: watcher.rows(self.id) == wanted)


@pytest.fixture
def scene(cluster: Cluster, webs: list[Running], staff: httpx.Client) -> Scene:
    return Scene(cluster, webs, staff)


async def test_a_board_follows_from_the_snapshot_on(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000, 11_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 11_000, 10_000, None)
    scene.has(12_000)
    await scene.agrees(watcher, 12_000, 11_000, None)
    assert [row["rank"] for row in watcher.rows(scene.id)] == [1, 2, None]
    assert watcher.snapshots == [True, *[False] * (len(watcher.snapshots) - 1)]
    assert watcher.me == scene.marathon["players"][0]["bib"]


async def test_a_compressed_board_is_the_same(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000, 11_000, 12_000)
    await watcher.connect(road.url, scene.token(), compression=True)
    await scene.follow(watcher, 12_000, 11_000, 10_000)
    scene.has(13_000, 9_000)
    await scene.agrees(watcher, 13_000, 12_000, 9_000)


async def test_windows_show_their_part_and_move(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000, 11_000, 12_000)
    whole = await scene.shown(12_000, 11_000, 10_000)
    await watcher.connect(road.url, scene.token())
    await watcher.subscribe(scene.id, view={"top": 2})
    await watcher.until(lambda: watcher.rows(scene.id) == whole[:2])
    await watcher.do("update", marathonId=scene.id, options={"view": {"page": 2, "size": 2}})
    await watcher.until(lambda: watcher.rows(scene.id) == whole[2:])
    await watcher.do("update", marathonId=scene.id, options={"view": {"around": "me", "size": 1}})
    scene.has(13_000)
    whole = await scene.shown(13_000, 12_000, 11_000)
    await watcher.until(lambda: watcher.rows(scene.id) == whole[:1])
    assert watcher.rows(scene.id)[0]["rank"] == 1


async def test_after_a_cut_a_board_goes_on_at_another_server(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000, 11_000, 12_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 12_000, 11_000, 10_000)
    road.port = scene.webs[1].port
    road.freeze()
    road.cut()
    scene.has(13_000, 9_000)
    await scene.shown(13_000, 12_000, 9_000)
    road.thaw()
    await scene.agrees(watcher, 13_000, 12_000, 9_000)
    assert watcher.snapshots.count(True) == 1, "it resumed with a delta"
    assert watcher.states[:4] == ["connecting", "open", "waiting", "connecting"]


async def test_a_window_begins_anew_after_a_cut(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000, 11_000, 12_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 12_000, 11_000, 10_000, view={"top": 3})
    road.cut()
    scene.has(13_000)
    await scene.agrees(watcher, 13_000, 12_000, 11_000)
    assert watcher.snapshots.count(True) == 2


async def test_a_connection_that_says_nothing_is_left(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, None, None, None)
    road.freeze()
    await watcher.until(lambda: "silence" in watcher.codes)
    road.thaw()
    scene.has(10_000)
    await scene.agrees(watcher, 10_000, None, None)


async def test_a_server_that_stops_says_goodbye_and_the_next_one_goes_on(
    cluster: Cluster, scene: Scene, road: Road, watcher: Watcher
) -> None:
    leaving = cluster.start_web()
    road.port = leaving.port
    scene.has(10_000, 11_000, 12_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 12_000, 11_000, 10_000)
    leaving.process.send_signal(signal.SIGTERM)
    await watcher.until(lambda: watcher.states[-1] == "waiting")
    road.port = scene.webs[1].port
    scene.has(13_000)
    await scene.agrees(watcher, 13_000, 12_000, 11_000)
    assert watcher.codes[0] == "close_4001"
    assert watcher.snapshots.count(True) == 1


async def test_a_server_that_is_killed_is_left_for_another(
    cluster: Cluster, scene: Scene, road: Road, watcher: Watcher
) -> None:
    dying = cluster.start_web()
    road.port = dying.port
    scene.has(10_000, 11_000, 12_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 12_000, 11_000, 10_000)
    dying.stop(signal.SIGKILL)
    road.port = scene.webs[1].port
    scene.has(13_000)
    await scene.agrees(watcher, 13_000, 12_000, 11_000)
    assert watcher.snapshots.count(True) == 1


async def test_a_token_that_runs_out_is_renewed_without_a_break(scene: Scene, road: Road, watcher: Watcher) -> None:
    short = scene.token(exp=int(time.time()) + 3)
    await watcher.connect(road.url, short, scene.token(), renewable=True)
    await scene.follow(watcher, None, None, None)
    other = await Viewer.open(road.url, short)
    assert await other.close_code() == 4005, "by now the token has run out for who does not renew it"
    scene.has(10_000)
    await scene.agrees(watcher, 10_000, None, None)
    assert watcher.states == ["connecting", "open"]


async def test_a_token_that_cannot_be_renewed_ends_it(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, scene.token(exp=int(time.time()) + 2))
    await watcher.until(lambda: watcher.states[-1:] == ["closed"])
    assert watcher.codes[-1] == "token_expired"


async def test_a_bad_token_is_replaced_once(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, "a.b.c", scene.token(), renewable=True)
    await scene.follow(watcher, None, None, None)
    assert watcher.states == ["connecting", "waiting", "connecting", "open"]


async def test_two_bad_tokens_end_it(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, "a.b.c", renewable=True)
    await watcher.until(lambda: watcher.states[-1:] == ["closed"])
    assert watcher.codes[-1] == "authentication_failed"


async def test_what_may_not_be_seen_is_refused(scene: Scene, road: Road, watcher: Watcher) -> None:
    private = create_marathon(scene.staff, players=1, first_login=secrets.randbelow(10**9), visibility="private")
    await watcher.connect(road.url, scene.token())
    await watcher.subscribe(private["id"])
    await watcher.until(lambda: watcher.refused == ["marathon_not_found"])
    await scene.follow(watcher, None, None, None)


async def test_an_account_is_followed_with_its_positions(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, scene.token())
    await watcher.until(lambda: watcher.states[-1:] == ["open"])
    scene.has(10_000, 11_000)
    await watcher.do("account", login=scene.logins[0])
    await watcher.until(lambda: watcher.accounts.get(scene.id, {}).get("rank") == 2)
    assert [position["symbol"] for position in watcher.accounts[scene.id]["positions"]] == ["EURUSD"]
    scene.has(12_000)
    await watcher.until(lambda: watcher.accounts[scene.id]["equity"] == 12_000)
    assert watcher.accounts[scene.id]["rank"] == 1


async def test_a_disqualified_participant_goes_to_the_end(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(12_000, 11_000, 10_000)
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, 12_000, 11_000, 10_000)
    first = scene.marathon["players"][0]["id"]
    reason = {"status": "disqualified", "disqualificationReason": "Two accounts"}
    assert scene.staff.patch(f"/marathons/{scene.id}/participants/{first}", json=reason).status_code == 200
    await scene.agrees(watcher, 11_000, 10_000, 12_000)
    assert watcher.rows(scene.id)[-1]["disqualificationReason"] == "Two accounts"


async def test_the_end_of_a_marathon_is_told(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, None, None, None)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    assert scene.staff.patch(f"/marathons/{scene.id}", json={"endsAt": soon}).status_code == 200
    await watcher.until(lambda: watcher.boards[scene.id]["status"] == "finished")


async def test_nothing_comes_after_unsubscribing(scene: Scene, road: Road, watcher: Watcher) -> None:
    await watcher.connect(road.url, scene.token())
    await scene.follow(watcher, None, None, None)
    await watcher.do("unsubscribe", marathonId=scene.id)
    await watcher.do("ping")
    await watcher.until(lambda: watcher.pings == 1)
    before = len(watcher.snapshots)
    scene.has(10_000)
    await scene.shown(10_000, None, None)
    await watcher.do("ping")
    await watcher.until(lambda: watcher.pings == 2)
    assert len(watcher.snapshots) == before


async def test_the_state_of_the_feed_is_told(scene: Scene, road: Road, watcher: Watcher) -> None:
    scene.has(10_000)
    await watcher.connect(road.url, scene.token())
    await watcher.until(lambda: "live" in watcher.feeds)
