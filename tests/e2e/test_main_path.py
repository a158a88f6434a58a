"""From the queue to the screen through real processes: RabbitMQ, PostgreSQL, Redis, a worker, two web processes."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.e2e.cluster import Cluster, Running, create_marathon, enter, new_logins, token_of, until
from tests.e2e.feeding import Feeder, feed, snapshot
from tests.e2e.truth import Truth
from tests.e2e.viewer import Viewer

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

SECONDS = float(os.environ.get("MAIN_PATH_SECONDS", "10"))


@dataclass(frozen=True)
class Stage:
    """The processes that all tests here share."""

    cluster: Cluster
    webs: list[Running]
    staff: httpx.Client


@pytest.fixture(scope="module")
def stage(shared: Cluster) -> Iterator[Stage]:
    shared.start_worker()
    webs = [shared.start_web(), shared.start_web()]
    with shared.staff(webs[0]) as staff:
        yield Stage(shared, webs, staff)


@pytest.fixture
async def viewers() -> AsyncIterator[list[Viewer]]:
    opened: list[Viewer] = []
    yield opened
    await asyncio.gather(*(viewer.close() for viewer in opened))


async def test_two_hundred_clients_of_two_processes_end_with_the_board_of_the_messages(
    stage: Stage, viewers: list[Viewer]
) -> None:
    webs, staff, cluster = stage.webs, stage.staff, stage.cluster
    marathon = create_marathon(staff, players=500, initialBalance=10_000)
    logins = [player["accountLogin"] for player in marathon["players"]]
    truth = Truth(dict.fromkeys(logins, "10000"))
    feeder = Feeder(logins, truth)
    cluster.publish([feeder.message(login) for login in logins])

    async def watch(index: int) -> Viewer:
        player = marathon["players"][index]
        viewer = await Viewer.open(webs[index % 2].socket_url, token_of(player["userId"]))
        await viewer.subscribe(marathon["id"], updates="full" if index % 20 == 0 else "delta")
        return viewer

    viewers += await asyncio.gather(*(watch(index) for index in range(200)))
    readers = [asyncio.create_task(viewer.collect()) for viewer in viewers]
    await feed(cluster, feeder, rate=100, seconds=SECONDS)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*readers), 2)
    wrong = {index: truth.differences(viewer.catch_up()["entries"])[:3] for index, viewer in enumerate(viewers)}
    assert not {index: what for index, what in wrong.items() if what}
    assert min(viewer.frames for viewer in viewers) > SECONDS, "clients were not updated on the way"


@pytest.mark.parametrize(
    ("balance", "profit", "equity", "by_feed", "true_gain"),
    [(11_000, 0, 11_000, 0.0, 10.0), (9_000, 1_500, 10_500, 20.0, 5.0), (12_000, -500, 11_500, -4.0, 15.0)],
)
async def test_the_worked_examples_arrive_to_the_digit(
    stage: Stage, viewers: list[Viewer], balance: int, profit: int, equity: int, by_feed: float, true_gain: float
) -> None:
    web, staff, cluster = stage.webs[0], stage.staff, stage.cluster
    without = create_marathon(staff, players=0, name="Without baseline")
    withit = create_marathon(staff, players=0, name="With baseline", initialBalance=10_000)
    (login,) = new_logins(1)
    players = enter(staff, without["id"], [login])
    enter(staff, withit["id"], [login])
    viewer = await Viewer.open(web.socket_url, token_of(players[0]["userId"]))
    viewers.append(viewer)
    cluster.publish([snapshot(login, balance=balance, profit=profit, equity=equity)])
    await viewer.send("subscribe_account", {"accountLogin": login})
    shown: dict[str, float] = {}
    while len(shown) < 2:
        entry = await viewer.expect("account_update")
        if entry["profitPercentage"] is not None:
            shown[entry["marathonId"]] = entry["profitPercentage"]
    assert shown == {without["id"]: by_feed, withit["id"]: true_gain}


async def test_the_message_of_the_documentation_with_and_without_baseline(stage: Stage, viewers: list[Viewer]) -> None:
    web, staff, cluster = stage.webs[0], stage.staff, stage.cluster
    marathon = create_marathon(staff, players=1)
    cluster.publish([snapshot(marathon["players"][0]["accountLogin"])])
    viewer = await Viewer.open(web.socket_url, token_of(marathon["players"][0]["userId"]))
    viewers.append(viewer)
    await viewer.subscribe(marathon["id"])
    await viewer.until(lambda board: board["entries"][0]["profitPercentage"] == 1.5025)
    path = f"/marathons/{marathon['id']}/participants/{marathon['players'][0]['id']}"
    assert staff.patch(path, json={"initialBalance": 10_000}).status_code == 200
    await viewer.until(lambda board: board["entries"][0]["profitPercentage"] == 2.005, patience=5)


async def test_everybody_is_listed_and_the_disqualified_last_with_the_reason(
    stage: Stage, viewers: list[Viewer]
) -> None:
    web, staff, cluster = stage.webs[0], stage.staff, stage.cluster
    marathon = create_marathon(staff, players=4, initialBalance=10_000)
    best, second, silent, cheat = (player["accountLogin"] for player in marathon["players"])
    cluster.publish(
        [snapshot(cheat, equity=99_000.0), snapshot(second, equity=10_500.0), snapshot(best, equity=12_000)]
    )
    path = f"/marathons/{marathon['id']}/participants/{marathon['players'][3]['id']}"
    body = {"status": "disqualified", "disqualificationReason": "two accounts"}
    assert staff.patch(path, json=body).status_code == 200
    viewer = await Viewer.open(web.socket_url, token_of(marathon["players"][0]["userId"]))
    viewers.append(viewer)
    await viewer.subscribe(marathon["id"])
    board = await viewer.until(
        lambda board: (
            [(entry["accountLogin"], entry["rank"], entry["status"]) for entry in board["entries"]]
            == [(best, 1, "active"), (second, 2, "active"), (silent, None, "no_data"), (cheat, None, "disqualified")]
        )
    )
    assert board["entries"][3]["disqualificationReason"] == "two accounts"
    assert board["totalParticipants"] == 4


BAD_BODIES = [
    b"garbage",
    b"\xff\xfe",
    b"[]",
    b"3",
    b'{"type":"account"}',
    b'{"type":"nonsense","login":"700000"}',
    b'{"type":"account","login":"700000","equity":NaN}',
    b'{"type":"account","login":"700000","equity":"NaN"}',
    b'{"type":"account","login":"700000","equity":"much"}',
    b'{"type":"account","login":"700000","leverage":-1}',
    b'{"type":"positions","login":"700000","positions":{}}',
    b'{"type":"account","login":"700000","timestamp":"yesterday"}',
    b'{"type":"account","login":{},"equity":1}',
]


async def test_bad_objects_go_to_the_dead_letters_and_cost_nobody_else_anything(
    stage: Stage, viewers: list[Viewer]
) -> None:
    web, cluster = stage.webs[1], stage.cluster
    marathon = create_marathon(stage.staff, players=2, initialBalance=10_000)
    first, second = (player["accountLogin"] for player in marathon["players"])
    good, unknown = snapshot(second, equity=11_000.0), snapshot("999999", equity=1.0)
    mixed = b"garbage\n" + json.dumps(snapshot(first, equity=10_700.0)).encode() + b"\n[]"
    cluster.publish([*(body.replace(b"700000", first.encode()) for body in BAD_BODIES), mixed, unknown, good])
    viewer = await Viewer.open(web.socket_url, token_of(marathon["players"][0]["userId"]))
    viewers.append(viewer)
    await viewer.subscribe(marathon["id"])
    await viewer.until(lambda board: [entry["profitPercentage"] for entry in board["entries"]] == [10.0, 7.0])
    until(lambda: cluster.waiting(f"{cluster.queue}.dead") == len(BAD_BODIES) + 2, "the bad objects are dead letters")
    assert cluster.waiting() == 0
