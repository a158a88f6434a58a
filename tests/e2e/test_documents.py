"""The programs in docs/ do what they say, with real servers: each is run as it stands there, with real addresses."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pika
import pytest

from tests.docs.documents import block
from tests.e2e.cluster import ROOT, Cluster, Running, create_marathon, now_ms, token_of, until
from tests.e2e.road import Road, road_to

pytestmark = [
    *(pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.needs_node),
    pytest.mark.timeout(300),
]
PATIENCE = 30.0
CLIENT = (ROOT / "live/static/live/marathon-live.js").as_uri()
REACT = """\
// As much of React as the hook asks for: state that draws again, effects that run once.
const states = [];
let at = 0, draw = () => {}, begun = false;
export function useState(initial) {
  const here = at++;
  states[here] ??= { value: initial };
  return [states[here].value, (value) => { states[here].value = value; draw(); }];
}
export function useEffect(run) {
  if (!begun) { begun = true; queueMicrotask(run); }
}
export function render(component) {
  draw = () => { at = 0; component(); };
  draw();
}
"""
COMPONENT = """
import { render } from "./react.mjs";
render(() => {
  const { board } = useBoard(marathonId, 10);
  for (const row of board?.rows ?? []) console.log(row.rank, row.userName, row.profitPercentage);
});
"""


@dataclass(frozen=True)
class Stage:
    """A marathon of two, and where it can be watched."""

    cluster: Cluster
    web: Running
    staff: httpx.Client
    marathon: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.marathon["id"])

    @property
    def token(self) -> str:
        return token_of(self.marathon["players"][0]["userId"])

    def name(self, player: int) -> str:
        return str(self.marathon["players"][player]["userName"])

    def has(self, player: int, equity: float) -> None:
        """A participant's new equity, on the feed."""
        login = self.marathon["players"][player]["accountLogin"]
        said = {"type": "update", "login": login, "equity": equity, "balance": equity, "timestamp": now_ms()}
        self.cluster.publish([said])


@pytest.fixture(scope="module")
def stage(shared: Cluster) -> Iterator[Stage]:
    shared.start_worker()
    web = shared.start_web()
    with shared.staff(web) as staff:
        yield Stage(shared, web, staff, create_marathon(staff, players=2, initialBalance=10_000))


@pytest.fixture
async def road(stage: Stage) -> AsyncIterator[Road]:
    async with road_to(stage.web.port) as road:
        yield road


class Program:
    """A running example, and the lines that it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    async def prints(self, wanted: Callable[[str], bool]) -> str:
        """The next line that is as wanted."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode():
                self.lines.append(line.rstrip("\n"))
                if wanted(self.lines[-1]):
                    return self.lines[-1]
        raise AssertionError(f"it ended; it had printed {self.lines[-20:]}")

    async def shows(self, *words: object) -> str:
        return await self.prints(lambda line: line.split() == " ".join(map(str, words)).split())


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def javascript(stage: Stage, url: str, mark: str, folder: Path, more: str = "") -> Path:
    """The example as a file, with what stands around it on a page."""
    example = block("PROTOCOL.md", "js", f"run={mark}").text
    constants = f"const accessToken = {json.dumps(stage.token)}, marathonId = {json.dumps(stage.id)};\n"
    program = constants + _at(url, example).replace("/static/live/marathon-live.js", CLIENT) + more
    file = folder / "example.mjs"
    file.write_text(program.replace('from "react"', 'from "./react.mjs"'), encoding="utf-8")
    (folder / "react.mjs").write_text(REACT, encoding="utf-8")
    return file


def python(stage: Stage, url: str, mark: str) -> str:
    example = block("PROTOCOL.md", "python", f"run={mark}").text
    return f"access_token, marathon_id = {stage.token!r}, {stage.id!r}\n{_at(url, example)}"


def _at(url: str, example: str) -> str:
    assert example.count("wss://example.com/marathon-live") == 1
    return example.replace("wss://example.com/marathon-live", url)


async def test_the_first_example_in_javascript_follows_a_board(
    stage: Stage, road: Road, node_path: str, tmp_path: Path
) -> None:
    stage.has(0, 10_100)
    stage.has(1, 10_050)
    file = javascript(stage, road.url, "library", tmp_path)
    async with running(node_path, "--experimental-websocket", "--no-warnings", str(file)) as program:
        await program.shows(2, stage.name(1), 0.5, "new")
        stage.has(1, 10_200)
        await program.shows(1, stage.name(1), 2, "new")
        road.cut()
        await program.prints(lambda line: line.startswith("waiting"))
        stage.has(0, 10_300)
        await program.shows(1, stage.name(0), 3, "new")


async def test_plain_javascript_follows_a_board_and_comes_back(
    stage: Stage, road: Road, node_path: str, tmp_path: Path
) -> None:
    stage.has(0, 10_100)
    stage.has(1, 10_050)
    file = javascript(stage, road.url, "plain", tmp_path)
    async with running(node_path, "--experimental-websocket", "--no-warnings", str(file)) as program:
        await program.shows(2, stage.name(1), 0.5)
        stage.has(1, 10_200)
        await program.shows(1, stage.name(1), 2)
        road.cut()
        stage.has(0, 10_300)
        await program.shows(1, stage.name(0), 3)


async def test_the_hook_for_react_follows_a_board(stage: Stage, road: Road, node_path: str, tmp_path: Path) -> None:
    stage.has(0, 10_100)
    stage.has(1, 10_050)
    file = javascript(stage, road.url, "react", tmp_path, COMPONENT)
    async with running(node_path, "--experimental-websocket", "--no-warnings", str(file)) as program:
        await program.shows(2, stage.name(1), 0.5)
        stage.has(1, 10_200)
        await program.shows(1, stage.name(1), 2)


async def test_the_python_client_follows_a_board(stage: Stage, road: Road) -> None:
    stage.has(0, 10_100)
    stage.has(1, 10_050)
    async with running(sys.executable, "-uc", python(stage, road.url, "library")) as program:
        await program.prints(lambda line: line.startswith("2 "))
        stage.has(1, 10_200)
        await program.prints(lambda line: "'profitPercentage': 2.0" in line)


async def test_plain_python_follows_a_board_and_comes_back(stage: Stage, road: Road) -> None:
    stage.has(0, 10_100)
    stage.has(1, 10_050)
    async with running(sys.executable, "-uc", python(stage, road.url, "plain")) as program:
        await program.prints(lambda line: line == "2 rows")
        stage.has(1, 10_200)
        await program.shows(1, stage.name(1), 2.0)
        road.cut()
        stage.has(0, 10_300)
        await program.shows(1, stage.name(0), 3.0)


async def test_the_publishers_example_is_taken(stage: Stage) -> None:
    cluster, (first, second) = stage.cluster, stage.marathon["players"]
    example = block("FEED.md", "python", "run=publish").text
    replaced = {
        "amqp://guest:guest@localhost:5672/": cluster.rabbitmq_url,
        '"socket_data"': json.dumps(cluster.queue),
        '"261632689"': json.dumps(first["accountLogin"]),
        '"261632690"': json.dumps(second["accountLogin"]),
    }
    for written, real in replaced.items():
        assert written in example
        example = example.replace(written, real)
    async with running(sys.executable, "-uc", example) as program:
        assert await program._process.wait() == 0
    until(lambda: equities(stage) == {10200.5, 9950.25}, "both objects are on the board")


def equities(stage: Stage) -> set[float]:
    answer = stage.staff.get(f"/marathons/{stage.id}/leaderboard")
    return {entry["equity"] for entry in answer.json()["entries"]}


def test_what_is_refused_is_found_where_the_document_says(stage: Stage) -> None:
    cluster = stage.cluster
    cluster.publish([b'{"type":"update"}'])
    dead = f"{cluster.queue}.dead"
    until(lambda: cluster.waiting(dead), "the object is among the dead letters")
    listed = cluster.manage("dead_letters", "list", "--reason", "missing")
    assert "missing login" in listed
    with pika.BlockingConnection(pika.URLParameters(cluster.rabbitmq_url)) as broker:
        _, properties, body = broker.channel().basic_get(dead, auto_ack=True)
    assert body == b'{"type":"update"}'
    assert {name: properties.headers[name] for name in ("reason", "field", "queue")} == {
        "reason": "missing",
        "field": "login",
        "queue": cluster.queue,
    }
