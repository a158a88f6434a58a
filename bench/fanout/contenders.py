"""Who fans out: ours behind both servers, and rivals that do nothing else."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.boards.contest import MARATHON_ID
from bench.boards.stage import PYTHON, UVICORN, Stage
from bench.harness import tools
from bench.harness.loadclient import Dialogue
from bench.harness.processes import SERVER_CORE, Talker, listens, until
from bench.harness.services import ROOT

PEERS = tools.BENCH / "peers"
FRAME_BYTES = 1900
"""What rivals send: as much as a delta of ours has."""
TICK = {"LIVE_TICK_MS": "10", "LOG_LEVEL": "WARNING"}
"""So that a frame goes out for each announcement: the tick is not what is measured."""


@dataclass(frozen=True, slots=True)
class Running:
    """A contender at work. `board` tells it that the clients are there; `talker` is told how often to send."""

    pids: Mapping[str, int]
    talker: Talker
    board: Callable[[], object]
    start: str


@dataclass(frozen=True, slots=True)
class Contender:
    """`rates` in frames a second; `stamp` is what stands before the time in its frames.

    `most_cpu` (us a delivery) and `least` (deliveries/s at the highest rate) are targets.
    """

    name: str
    dialogue: Dialogue
    stamp: str
    put_on: Callable[[Stage], Running]
    rates: tuple[float, ...] = (10, 30)
    prepare: Callable[[], object] = lambda: None
    most_cpu: float | None = None
    least: float | None = None


def _put_on_ours(program: str, *options: str) -> Callable[[Stage], Running]:
    def put_on(stage: Stage) -> Running:
        environment = stage.services.environment(TICK)
        command = [str(PYTHON.with_name(program)), *options, "marathon_site.asgi:application"]
        port = ["-p" if program == "daphne" else "--port", str(stage.port)]
        web = stage.start(program, [command[0], *port, *command[1:]], environment)
        until(lambda: listens(stage.port), f"{program} listens", server=web)
        talker = Talker([sys.executable, "-m", "bench.fanout.publisher"], cwd=ROOT, env=environment)
        talker.answer()
        return Running(stage.pids, talker, lambda: talker.ask("board"), "start {hz} {seconds}")

    return put_on


def _put_on_rival(name: str, command: Callable[[], list[str]]) -> Callable[[Stage], Running]:
    def put_on(stage: Stage) -> Running:
        environment = stage.services.environment({"PYTHONPATH": str(tools.python_packages())})
        talker = Talker([*command(), str(stage.port)], SERVER_CORE, env=environment)
        until(lambda: listens(stage.port), f"{name} listens")
        start = f"start {{hz}} {{seconds}} {FRAME_BYTES}"
        return Running({name: talker.pid}, talker, lambda: None, start)

    return put_on


def _node(mode: str) -> Callable[[], list[str]]:
    return lambda: [tools.node(PEERS / "sio"), str(PEERS / "sio" / "fanout.js"), mode]


def _bare() -> list[str]:
    return [str(PYTHON), str(PEERS / "bare" / "fanout.py")]


_subscribe = {"marathonId": MARATHON_ID, "updates": "delta", "view": {"top": 50}}
_OURS = Dialogue(
    "/marathon-live?token={token}",
    [
        ("expect", '"connected"'),
        ("send", json.dumps({"event": "subscribe_marathon", "data": _subscribe})),
        ("expect", '"subscribed"'),
    ],
)
_PLAIN = Dialogue("/", [])
_SOCKET_IO = Dialogue(
    "/socket.io/?EIO=4&transport=websocket",
    [("expect", "0{"), ("send", "40/marathon-live,"), ("expect", "40/marathon-live")],
    replies=[("2", "3")],
)
_UVICORN = (*UVICORN, "--no-access-log")

CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(
            "ours, uvicorn", _OURS, '"seq":', _put_on_ours("uvicorn", *_UVICORN), most_cpu=30, least=0.97 * 30_000
        ),
        Contender("ours, Daphne", _OURS, '"seq":', _put_on_ours("daphne"), rates=(10,), least=9_000),
        Contender("ws", _PLAIN, '"ts":', _put_on_rival("ws", _node("ws")), prepare=lambda: tools.node(PEERS / "sio")),
        Contender(
            "Socket.IO room",
            _SOCKET_IO,
            '"ts":',
            _put_on_rival("Socket.IO", _node("room")),
            prepare=lambda: tools.node(PEERS / "sio"),
        ),
        Contender("py-bare", _PLAIN, '"ts":', _put_on_rival("py-bare", _bare), prepare=tools.python_packages),
    )
}
