"""One run of one contender: a thousand clients join, then frames go out at each of its rates."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.boards.contest import Contest
from bench.boards.stage import Stage
from bench.fanout.contenders import Contender, Running
from bench.harness import tools
from bench.harness.loadclient import Load, LoadClient, Totals
from bench.harness.meter import Meter
from bench.harness.services import Services

SETTLE_SECONDS = 1.0
QUIET_SECONDS, DRAIN_SECONDS = 0.6, 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """At one rate. `cpu` in us a delivery; `in_time` is the share that arrived while frames were still going out.

    `merged`: frames of which the next one told, too, because the server was behind. Rivals merge nothing.
    """

    hz: float
    delivered_a_second: float
    in_time: float
    merged: int
    cpu: float
    p50: float
    p99: float
    frame: float
    disturbance: float


def run(contender: Contender, services: Services, contest: Contest, clients: int, seconds: float) -> list[Measured]:
    """Start the contender, let the clients join, measure at each rate, end it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-fanout-")))
        stage = stack.enter_context(Stage(services, folder, folder / "contest.json"))
        running = contender.put_on(stage)
        stack.callback(running.talker.end)
        client = _clients(contender, stage, contest, clients)
        stack.callback(client.talker.end)
        ready = client.ready()
        if ready.failed:
            raise SystemExit(f"{contender.name}: {ready.failed} of {clients} clients could not join")
        running.board()
        time.sleep(SETTLE_SECONDS)
        return [_at(hz, seconds, running, client) for hz in contender.rates]


def _clients(contender: Contender, stage: Stage, contest: Contest, clients: int) -> LoadClient:
    load = Load(clients, at_once=100, stamp=contender.stamp)
    tokens = contest.tokens(clients)
    return LoadClient(tools.load_client(), stage.folder, stage.port, contender.dialogue, load, tokens, contest.logins)


def _at(hz: float, seconds: float, running: Running, client: LoadClient) -> Measured:
    client.reset()
    meter = Meter(running.pids, [running.talker.pid, client.talker.pid])
    before = client.mark("begin")
    began = time.monotonic()
    running.talker.say(running.start.format(hz=hz, seconds=seconds))
    time.sleep(seconds)
    window = client.mark("window")
    wall = time.monotonic() - began
    running.talker.answer(DRAIN_SECONDS + seconds)
    after = _drained(client)
    cost = meter.stop()
    wanted, delivered = round(hz * seconds) * before.ready, after.msgs - before.msgs
    return Measured(
        hz=hz,
        delivered_a_second=(window.msgs - before.msgs) / wall,
        in_time=(window.msgs - before.msgs) / wanted,
        merged=wanted - delivered,
        cpu=cost.cpu / max(1, delivered) * 1e6,
        p50=after.lat_p50_us / 1000,
        p99=after.lat_p99_us / 1000,
        frame=(after.bytes - before.bytes) / max(1, delivered),
        disturbance=cost.disturbance,
    )


def _drained(client: LoadClient) -> Totals:
    """Wait until nobody has got anything for a while."""
    began = quiet_since = time.monotonic()
    last = client.mark("drain")
    while time.monotonic() - quiet_since < QUIET_SECONDS and time.monotonic() - began < DRAIN_SECONDS:
        time.sleep(0.2)
        now = client.mark("drain")
        if now.msgs != last.msgs:
            quiet_since = time.monotonic()
        last = now
    return last
