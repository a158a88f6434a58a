"""One run of one contender: prime the accounts, let the clients join, feed, drain, then look at what they saw."""

import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.boards.contenders import Contender
from bench.boards.contest import Contest
from bench.boards.replay import Seen, replay
from bench.boards.scenarios import Scenario
from bench.boards.stage import Stage
from bench.boards.truth import read_truth
from bench.harness import tools
from bench.harness.loadclient import Load, LoadClient, Totals
from bench.harness.meter import Cost, Meter
from bench.harness.processes import Talker
from bench.harness.services import ROOT, Services, services

SAMPLED = 5
PRIME_RATE = 2000
SETTLE_SECONDS = 1.0
QUIET_SECONDS, DRAIN_SECONDS = 2.0, 15.0
IDLE_CPU = 0.2  # of a core; the server is done when it uses less and nobody gets anything
# Bytes, as with a client behind an Ethernet. On loopback, with segments of 64 kB, the kernels of both sides take 4 MB
# for a client that reads nothing, and a server would notice after minutes; so they take 70 kB.
STALLED_BUFFER, STALLED_SEGMENT = 32_768, 1448
MOST_MEMORY = 6 * 2**30


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run gives. `memory_alone` is the server's before the first client came, in bytes."""

    contender: str
    memory_alone: int
    joined: Totals
    joining: Cost
    begin: Totals
    fed: Totals
    end: Totals
    final: Totals
    feed: dict[str, Any]
    cost: Cost
    seen: Seen


def run(contender: Contender, scenario: Scenario, template: Services, logs: Path) -> Measured:
    """Start the contender with services of its own, measure, end it. What it wrote goes to the folder `logs`."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        Contest(scenario.accounts).write(folder / "contest.json")
        stack.callback(_keep_logs, folder, logs)
        own = stack.enter_context(services("run", template))
        stage = stack.enter_context(Stage(own, folder, folder / "contest.json"))
        contender.put_on(stage)
        course = Course(contender, scenario, stage, stack)
        course.prime()
        return course.measure()


def _keep_logs(folder: Path, logs: Path) -> None:
    logs.mkdir()
    for log in folder.glob("*.log"):
        shutil.copy(log, logs)


class Course:
    """The steps, in their order. The feeder is known from the start, the load client once clients join."""

    def __init__(self, contender: Contender, scenario: Scenario, stage: Stage, stack: ExitStack) -> None:
        self._contender, self._scenario, self._stage, self._stack = contender, scenario, stage, stack
        self._folder = stage.folder
        arguments = [stage.services.name, str(scenario.accounts), str(self._folder)]
        self._feeder = self._owned(Talker([sys.executable, "-m", "bench.boards.feeder", *arguments], cwd=ROOT))

    def _owned(self, talker: Talker) -> Talker:
        self._stack.callback(talker.end)
        return talker

    def prime(self) -> None:
        """Let the server have every account once, and a moment to take them."""
        self._feeder.ask(f"prime {PRIME_RATE}")
        time.sleep(SETTLE_SECONDS)

    def measure(self) -> Measured:
        meter = Meter(self._stage.pids, [self._feeder.pid])
        client = self._clients()
        joined = client.ready()
        joining = meter.stop()
        time.sleep(SETTLE_SECONDS)
        meter = Meter(self._stage.pids, [self._feeder.pid, client.talker.pid])
        begin = client.mark("begin")
        feed = self._feed(meter)
        fed = client.mark("fed")
        end = self._drained(client, meter, fed)
        cost = meter.stop()
        self._stage.require()
        final = client.stop()
        seen = self._seen(client, feed["began_ns"])
        return Measured(
            self._contender.name, joining.memory_before, joined, joining, begin, fed, end, final, feed, cost, seen
        )

    def _clients(self) -> LoadClient:
        contest, scenario = Contest(self._scenario.accounts), self._scenario
        stalled = 0 if self._contender.all_read else scenario.stalled
        load = Load(scenario.clients, SAMPLED, stalled)
        if scenario.stalled:
            load = replace(load, receive_buffer=STALLED_BUFFER, segment=STALLED_SEGMENT)
        client = LoadClient(
            tools.load_client(),
            self._folder,
            self._stage.port,
            self._contender.dialogue,
            load,
            contest.tokens(scenario.clients),
            contest.logins,
        )
        self._owned(client.talker)
        return client

    def _feed(self, meter: Meter) -> dict[str, Any]:
        rate, seconds = self._scenario.rate, self._scenario.seconds
        return self._feeder.ask(f"feed {rate} {seconds}", seconds + 30, lambda: self._look(meter))

    def _look(self, meter: Meter) -> None:
        meter.look()
        if meter.memory() > MOST_MEMORY:
            raise MemoryError(f"{self._contender.name} uses more than {MOST_MEMORY / 2**30:.0f} GiB")

    def _drained(self, client: LoadClient, meter: Meter, last: Totals) -> Totals:
        """Wait until nobody has got anything for a while, and the server is idle."""
        began = quiet_since = time.monotonic()
        used, step = meter.cpu(), 0.25
        while time.monotonic() - quiet_since < QUIET_SECONDS and time.monotonic() - began < DRAIN_SECONDS:
            time.sleep(step)
            self._look(meter)
            now, used_now = client.mark("drain"), meter.cpu()
            if now.msgs != last.msgs or used_now - used > IDLE_CPU * step:
                quiet_since = time.monotonic()
            last, used = now, used_now
        return last

    def _seen(self, client: LoadClient, began_ns: int) -> Seen:
        self._feeder.say("quit")
        self._feeder.process.wait(30)
        truth = read_truth(self._folder, began_ns)
        return replay(client.frames(), truth, self._contender.view, began_ns)
