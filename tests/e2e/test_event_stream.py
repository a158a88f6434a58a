"""Server-sent events from real web processes, of either server."""

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.cluster import Cluster, Running, create_marathon, now_ms, token_of, until
from tests.e2e.conftest import new_cluster
from tests.e2e.events import EventStream

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]

QUICK = {"LIVE_HEARTBEAT_SECONDS": "1", "LIVE_TOKEN_GRACE_SECONDS": "0", "LIVE_SLOW_SECONDS": "2"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, migrated: str) -> Iterator[Cluster]:
    with new_cluster(tmp_path_factory.mktemp("events"), migrated, **QUICK) as made:
        made.start_worker()
        yield made


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def web(request: pytest.FixtureRequest, stage: Cluster) -> Running:
    return stage.start_web(request.param)


@pytest.fixture(scope="module")
def staff(stage: Cluster, web: Running) -> Iterator[httpx.Client]:
    with stage.staff(web) as client:
        yield client


def live(web: Running, marathon: dict[str, Any]) -> str:
    return f"{web.url}/apiv1/marathons/{marathon['id']}/live"


def feed(stage: Cluster, marathon: dict[str, Any], equities: dict[int, float]) -> None:
    """The equity of players by their index."""
    stage.publish(
        {
            "type": "account",
            "login": marathon["players"][index]["accountLogin"],
            "balance": 10_000,
            "equity": equity,
            "profit": equity - 10_000,
            "timestamp": now_ms(),
        }
        for index, equity in equities.items()
    )


def figure(web: Running, name: str) -> float:
    lines = httpx.get(f"{web.url}/metrics", timeout=10).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"marathon_live_{name} "))


def leaderboard(staff: httpx.Client, marathon: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = staff.get(f"/marathons/{marathon['id']}/leaderboard", params={"limit": 200}).json()
    found["entries"] = [
        {name: value for name, value in entry.items() if name not in {"positions", "orders"}}
        for entry in found["entries"]
    ]
    return found


def test_a_stream_begins_with_the_board_and_follows_it(stage: Cluster, web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=5, initialBalance=10_000)
    with closing(EventStream(live(web, marathon))) as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["cache-control"] == "no-store"
        first = stream.next()
        assert (first.name, len(first.data["entries"]), "positions" in first.data["entries"][0]) == (
            "snapshot",
            5,
            False,
        )
        feed(stage, marathon, {0: 11_000, 3: 12_000})
        board = stream.until(lambda board: [entry["rank"] for entry in board.entries[:2]] == [1, 2])
        truth = leaderboard(staff, marathon)
        assert (board.seq, board.epoch, board.entries) == (truth["seq"], truth["epoch"], truth["entries"])


def test_a_client_that_comes_back_goes_on_where_it_was(stage: Cluster, web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=5, initialBalance=10_000)
    with closing(EventStream(live(web, marathon))) as stream:
        seen = stream.next()
    feed(stage, marathon, {1: 9_000})
    until(lambda: leaderboard(staff, marathon)["entries"][0]["rank"] == 1, "the board moved")
    for how in ({"headers": {"Last-Event-ID": seen.id}}, {"lastEventId": seen.id}):
        board = type(stream.board)(seen.data["seq"], seen.data["epoch"], seen.data["entries"])
        with closing(EventStream(live(web, marathon), board, **how)) as again:
            first = again.next()
            assert (first.name, first.data["since"]) == ("delta", seen.data["seq"])
            # The database may be ahead of this process by the time that an announcement takes.
            again.until(lambda board: board.entries == leaderboard(staff, marathon)["entries"])


@pytest.mark.parametrize("seen", ["nonsense", "00000000:1", "", ":", "a:b:c", "x:99999999999999999999"])
def test_an_id_of_elsewhere_gets_a_snapshot(web: Running, staff: httpx.Client, seen: str) -> None:
    marathon = create_marathon(staff, players=1)
    with closing(EventStream(live(web, marathon), headers={"Last-Event-ID": seen})) as stream:
        assert stream.next().name == "snapshot"


def test_a_window_can_be_watched(stage: Cluster, web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=9, initialBalance=10_000)
    feed(stage, marathon, {index: 10_000 + index for index in range(9)})
    until(lambda: leaderboard(staff, marathon)["entries"][8]["rank"] == 9, "all are ranked")
    fourth = marathon["players"][5]

    def bibs(**query: Any) -> list[int]:
        with closing(EventStream(live(web, marathon), **query)) as stream:
            return [entry["bib"] for entry in stream.next().data["entries"]]

    assert bibs(top=2) == [9, 8]
    assert bibs(page=2, size=3) == [6, 5, 4]
    assert bibs(around=fourth["id"], size=3) == [7, 6, 5]
    assert bibs(around="me", size=1, token=token_of(fourth["userId"])) == [6]


def test_who_may_not_watch_is_refused_with_a_status(web: Running, staff: httpx.Client) -> None:
    private = create_marathon(staff, players=1, visibility="private")
    player = private["players"][0]["userId"]
    bearer = {"Authorization": f"Bearer {token_of(player)}"}

    def status(marathon_id: str = private["id"], **request: Any) -> int:
        with httpx.stream("GET", live(web, {"id": marathon_id}), timeout=30, **request) as answer:
            if answer.status_code != 200:
                assert list(httpx.Response(200, content=answer.read()).json()) == ["detail"]
            return answer.status_code

    assert status(headers=bearer) == status(params={"token": token_of(player)}) == 200
    assert status() == status("00000000-0000-4000-8000-000000000000") == 404
    assert status(params={"token": "nonsense"}) == status(params={"token": token_of(player, type="refresh")}) == 401
    assert status(params={"top": 0}, headers=bearer) == status(params={"top": 1, "page": 1}, headers=bearer) == 400
    assert httpx.post(live(web, private), timeout=30).status_code == 405


def test_a_quiet_stream_is_kept_alive_by_comments(web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=1)
    with closing(EventStream(live(web, marathon))) as stream:
        assert stream.next().name == "snapshot"
        assert stream.expect(":").data == "heartbeat"
        assert stream.expect(":").data == "heartbeat"


def test_a_stream_ends_with_its_token(web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=1)
    token = token_of(marathon["players"][0]["userId"], exp=int(time.time()) + 2)
    with closing(EventStream(live(web, marathon), token=token)) as stream:
        end = stream.expect("end")
        assert (end.data["code"], end.data["reason"], end.data["reconnect"]) == (4005, "token_expired", True)
        assert stream.rest() == []


def test_a_stream_ends_with_its_marathon(web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=1, startsAt="2099-01-01T00:00:00Z", endsAt="2099-02-01T00:00:00Z")
    with closing(EventStream(live(web, marathon))) as stream:
        assert stream.next().name == "snapshot"
        assert staff.delete(f"/marathons/{marathon['id']}").status_code == 204
        end = stream.expect("end")
        assert (end.data["reason"], end.data["reconnect"]) == ("marathon_not_found", False)


def test_who_goes_away_leaves_nothing_behind(web: Running, staff: httpx.Client) -> None:
    marathon = create_marathon(staff, players=1)
    until(lambda: figure(web, "sessions") == 0, "earlier streams are gone")
    streams = [EventStream(live(web, marathon)) for _ in range(20)]
    assert figure(web, "sessions") == 20
    for stream in streams:
        stream.close()
    until(lambda: figure(web, "sessions") == figure(web, "subscriptions") == 0, "all sessions are gone")


@pytest.fixture(scope="module")
def crowd(staff: httpx.Client) -> dict[str, Any]:
    """Its snapshot has over 3 MB: more than the kernel takes for somebody who does not read."""
    return create_marathon(staff, players=8_000)


def test_who_does_not_read_is_dropped_and_the_others_notice_nothing(
    stage: Cluster, web: Running, staff: httpx.Client, crowd: dict[str, Any]
) -> None:
    marathon = create_marathon(staff, players=1, initialBalance=10_000)
    slow = figure(web, "closed_slow_total")
    with socket.socket() as stalled, closing(EventStream(live(web, marathon))) as reader:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", web.port))
        stalled.sendall(f"GET {urlsplit(live(web, crowd)).path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        until(lambda: figure(web, "sessions") == 2, "both are connected")
        feed(stage, marathon, {0: 11_000})
        reader.until(lambda board: board.entries and board.entries[0]["equity"] == 11_000)
        until(lambda: figure(web, "closed_slow_total") > slow, "the client that does not read is told to go")
        until(lambda: figure(web, "sessions") == 1, "its session is gone")


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_a_process_that_goes_away_says_so(stage: Cluster, staff: httpx.Client, server: str) -> None:
    web = stage.start_web(server)
    marathon = create_marathon(staff, players=1)
    with closing(EventStream(live(web, marathon))) as stream:
        stream.next()
        web.process.send_signal(signal.SIGTERM)
        assert 0 < stream.expect("retry").data <= 5_000
        end = stream.expect("end")
        assert (end.data["code"], end.data["reconnect"]) == (4001, True)
        assert stream.rest() == []
    web.stop()
