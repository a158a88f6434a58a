"""Clients of the existing service: the real `socket.io-client`, both transports, both servers, unchanged code."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.cluster import Cluster, Running, create_marathon, token_of, until
from tests.e2e.feeding import snapshot

pytestmark = [
    *(pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.needs_node),
    pytest.mark.timeout(300),
]
FOLDER = Path(__file__).parents[1] / "node"
PATIENCE = 30.0
TRANSPORTS = ["polling,websocket", "websocket", "polling"]


@dataclass(frozen=True)
class Stage:
    cluster: Cluster
    web: Running
    staff: httpx.Client
    marathon: dict[str, Any]

    @property
    def player(self) -> dict[str, Any]:
        player: dict[str, Any] = self.marathon["players"][0]
        return player


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def stage(request: pytest.FixtureRequest, shared: Cluster) -> Iterator[Stage]:
    if not any(running.name == "worker" for running in shared.running):
        shared.start_worker()
    web = shared.start_web(request.param)
    with shared.staff(web) as staff:
        yield Stage(shared, web, staff, create_marathon(staff, players=2, initialBalance=10_000))


class SocketIOViewer:
    """A Node.js process with one client; what it prints are its events."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        """The next event, whatever it is."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        assert line, f"the client ended; it had {self.events[-5:]}"
        self.events.append(json.loads(line))
        return self.events[-1]

    async def expect(self, event: str) -> dict[str, Any]:
        """The data of the next event of this name."""
        while (found := await self.next())["event"] != event:
            pass
        data: dict[str, Any] = found["data"]
        return data

    async def emit(self, event: str, data: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"event": event, "data": data}).encode())
        await self.process.stdin.drain()


@asynccontextmanager
async def socket_io(web: Running, token: str, transports: str, *arguments: str) -> AsyncIterator[SocketIOViewer]:
    process = await asyncio.create_subprocess_exec(
        "node", "socketio/viewer.mjs", f"{web.url}/marathon-live", token, transports, *arguments,
        cwd=FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    try:
        yield SocketIOViewer(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("transports", TRANSPORTS)
async def test_an_existing_client_follows_the_board_and_an_account(stage: Stage, transports: str) -> None:
    player, marathon_id = stage.player, stage.marathon["id"]
    login = player["accountLogin"]
    async with socket_io(stage.web, token_of(player["userId"]), transports, marathon_id, login) as viewer:
        connected = await viewer.expect("connected")
        assert connected["userId"] == player["userId"]
        board = await viewer.expect("marathon_leaderboard")
        assert board["marathonId"] == marathon_id
        assert (await viewer.expect("subscribed"))["type"] == "marathon"
        assert (await viewer.expect("subscribed"))["type"] == "account"
        equity = 10_000 + int(time.time() * 100) % 5_000 / 100
        stage.cluster.publish([snapshot(login, equity=equity)])
        seen: dict[str, float] = {}
        while seen != {"account_update": equity, "marathon_leaderboard": equity}:
            event = await viewer.next()
            if event["event"] in ("account_update", "marathon_leaderboard"):
                data = event["data"]
                seen[event["event"]] = data["equity"] if "equity" in data else data["entries"][0]["equity"]
        await viewer.emit("unsubscribe_marathon", {"marathonId": marathon_id})
        assert (await viewer.expect("unsubscribed"))["marathonId"] == marathon_id


@pytest.mark.parametrize("transports", TRANSPORTS[:2])
async def test_bad_tokens_and_missing_ones_are_told_as_before(stage: Stage, transports: str) -> None:
    for token, message in (("nonsense", "Authentication failed"), ("", "Authentication required")):
        async with socket_io(stage.web, token, transports, stage.marathon["id"]) as viewer:
            assert (await viewer.expect("error"))["message"] == message
            await viewer.expect("disconnect")


async def test_bad_requests_are_answered_and_the_connection_stays(stage: Stage) -> None:
    async with socket_io(stage.web, token_of(stage.player["userId"]), "websocket", stage.marathon["id"]) as viewer:
        await viewer.expect("subscribed")
        await viewer.emit("subscribe_marathon", {})
        assert (await viewer.expect("error"))["message"] == "marathonId is required"
        await viewer.emit("subscribe_account", {"accountLogin": "nobody"})
        assert (await viewer.expect("error"))["code"] == "account_not_found"
        await viewer.emit("unsubscribe_marathon", {"marathonId": stage.marathon["id"]})
        await viewer.expect("unsubscribed")


@asynccontextmanager
async def packets(stage: Stage) -> AsyncIterator[ClientConnection]:
    """A client that writes Socket.IO's packets by hand, connected to the namespace."""
    url = stage.web.socket_url.replace("/marathon-live", "/socket.io/?EIO=4&transport=websocket")
    async with asyncio.timeout(PATIENCE), connect(url) as socket:
        await socket.recv()
        await socket.send("40/marathon-live," + json.dumps({"token": token_of(stage.player["userId"])}))
        await _said(socket, '"connected"')
        yield socket


async def _said(socket: ClientConnection, what: str) -> str:
    """The next packet with these words in it."""
    while what not in (packet := str(await socket.recv())):
        if packet == "2":  # a ping
            await socket.send("3")
    return packet


def _sessions(stage: Stage) -> float:
    """Those of earlier clients that polled and went without a word are among them, for up to 45 s."""
    lines = httpx.get(f"{stage.web.url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("marathon_live_sessions "))


@pytest.mark.parametrize(
    "event",
    [["connect", {"asgi.scope": {"client": ["203.0.113.9"], "headers": []}}], ["disconnect"], ["disconnect", "why"]],
    ids=["connect", "disconnect", "disconnect with a reason"],
)
async def test_the_librarys_own_events_are_not_a_clients_to_send(stage: Stage, event: list[Any]) -> None:
    before = _sessions(stage)
    async with packets(stage) as socket:
        for _ in range(3):
            await socket.send(f"42/marathon-live,{json.dumps(event)}")
            assert '"bad_request"' in await _said(socket, '"error"')
        assert _sessions(stage) <= before + 1
    until(lambda: _sessions(stage) <= before, "its session is gone")


async def test_who_is_disconnected_by_the_server_leaves_nothing_behind(stage: Stage) -> None:
    before = _sessions(stage)
    async with packets(stage) as socket:
        for _ in range(10):
            await socket.send('42/marathon-live,["nonsense"]')
        await _said(socket, "41/marathon-live")
        until(lambda: _sessions(stage) <= before, "its session is gone")
    assert "Traceback" not in stage.web.said()
