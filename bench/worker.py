"""How fast the worker is: objects/s taken, committed, acknowledged and announced, on one core, beside a bare consumer.

    make bench-worker
    make bench-worker ARGS="--objects 20000 --seconds 5"

One worker on a PostgreSQL database of its own takes backlogs in rounds: of each round one with one object a message,
then one with ten. Each is kept from it until it is full. Right after it, and while it is idle, bare pika consumers take
the same messages on the same core: a machine changes its speed from minute to minute, and so it does for both. Then
the worker takes what a publisher offers at a steady rate.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from bench.feed import report
from bench.feed.figures import Phase, phase, quantile
from bench.feed.listener import Listener
from bench.feed.objects import Fleet, bodies
from bench.feed.queues import Queues
from bench.feed.rounds import Bare, Rounds
from bench.feed.stage import Worker, prepare
from bench.harness import machine
from bench.harness.processes import SERVER_CORE, pin_this_program
from bench.harness.services import RABBITMQ_URL, ROOT, Services, services

RESULTS = ROOT / "bench" / "results"
RATE = 5_000
PARSERS = ("json", "msgspec")
SIZES = {"one": 1, "ten": 10}
"""Objects a message."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run. `objects` is of each backlog, of which there are one for each of SIZES in each round."""

    services: Services
    accounts: int
    objects: int
    rounds: int
    seconds: float

    def queue(self, *words: object) -> str:
        return ".".join([self.services.name, *map(str, words)])

    @property
    def backlogs(self) -> list[str]:
        return [self.queue(name, number) for number in range(self.rounds) for name in SIZES]

    @property
    def everything(self) -> int:
        """Objects of all backlogs."""
        return self.objects * len(self.backlogs)


def feed(plan: Plan, fleet: Fleet, now: float) -> Iterator[bytes]:
    """What the backlogs tell, in the order in which they are taken: a feed at a steady rate that ends now."""
    return fleet.objects(plan.everything, lambda number: now - (plan.everything - number) / RATE)


def fill(plan: Plan, queues: Queues, number: int, objects: Iterator[bytes]) -> None:
    """The backlogs of a round; each bare consumer gets a copy."""
    for name, size in SIZES.items():
        copies = [plan.queue(name, number, parser) for parser in PARSERS]
        queues.make(*copies)
        queues.fill([plan.queue(name, number), *copies], bodies(islice(objects, plan.objects), size))


def take(queues: Queues, worker: Worker, queue: str, objects: int) -> Phase:
    """Let the worker have a backlog."""
    queues.release(queue)
    batches = worker.wait_for(queue, objects)
    return phase(batches, worker.acknowledged[-1], worker.memory)


def bare(plan: Plan, queue: str, size: int, parser: str) -> Bare:
    """Let a bare consumer take its copy of a backlog."""
    arguments = [RABBITMQ_URL, f"{queue}.{parser}", str(-(-plan.objects // size)), parser]
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.feed.bare", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    return Bare(**json.loads(done.stdout))


def offer(plan: Plan, worker: Worker) -> report.Steady:
    """Publish at a steady rate, and see how the worker keeps up."""
    queue = plan.queue("steady")
    arguments = [RABBITMQ_URL, queue, str(RATE), str(plan.seconds), str(plan.accounts)]
    command = [sys.executable, "-m", "bench.feed.publisher", *arguments]
    with Listener(plan.services.name) as listener:
        publisher = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        batches = worker.wait_for(queue, round(RATE * plan.seconds))
        sent = json.loads(publisher.communicate()[0])
    done, depths = 0, []
    for batch in batches:
        offered = min((batch["announced"] - sent["began"]) * RATE, sent["sent"])
        done += batch["objects"]
        depths.append(max(0.0, offered - done))
    lags = [quantile(listener.lags, share) for share in (0.5, 0.99, 1.0)]
    after = batches[-1]["announced"] - sent["began"] - sent["seconds"]
    return report.Steady(
        Rounds([phase(batches, worker.acknowledged[-1], worker.memory)]),
        depths,
        lags,
        after,
        sent["late"],
        listener.hints,
    )


def compare(plan: Plan, queues: Queues, worker: Worker) -> tuple[dict[str, Rounds], dict[tuple[str, str], list[Bare]]]:
    """Every account's first snapshot, then round by round the worker and the bare consumers, in turns."""
    fleet, now = Fleet(plan.accounts, seed=1), time.time()
    queues.fill([plan.queue("first")], fleet.snapshots(now - plan.everything / RATE - 10))
    take(queues, worker, plan.queue("first"), plan.accounts)
    objects = feed(plan, fleet, now)
    ours: dict[str, list[Phase]] = {name: [] for name in SIZES}
    rivals: dict[tuple[str, str], list[Bare]] = {(name, parser): [] for name in SIZES for parser in PARSERS}
    for number in range(plan.rounds):
        fill(plan, queues, number, objects)
        for name, size in SIZES.items():
            queue = plan.queue(name, number)
            ours[name].append(take(queues, worker, queue, plan.objects))
            for parser in PARSERS:
                rivals[name, parser].append(bare(plan, queue, size, parser))
    return {name: Rounds(phases) for name, phases in ours.items()}, rivals


def run(plan: Plan) -> report.Results:
    """All of it."""
    held, steady = [plan.queue("first"), *plan.backlogs], plan.queue("steady")
    with Queues() as queues:
        queues.make(*held, steady)
        # Each costs the worker 0.2 % of its core while it is held: it asks for it about once a second.
        for queue in held:
            queues.hold(queue)
        with Worker(plan.services, [*held, steady]) as worker:
            ours, rivals = compare(plan, queues, worker)
            offered = offer(plan, worker)
            rejected = worker.batches[-1]["rejected"]
        left = sum(map(queues.left, (*held, steady)))
        if rejected or left:
            raise SystemExit(f"{rejected} objects were rejected, {left} messages not acknowledged: no figures")
    return report.Results(ours, rivals, offered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=100_000, help="of each kind of backlog, in all rounds")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="in which the backlogs are taken")
    parser.add_argument("--seconds", type=float, default=20, help="of the steady feed")
    options = parser.parse_args()
    if not 1 <= options.rounds <= options.objects:
        parser.error("there must be a round, and an object for each")
    machine.require_linux()
    RESULTS.mkdir(exist_ok=True)
    facts = machine.describe()
    pin_this_program()
    with services("worker") as own:
        prepare(own, options.accounts)
        results = run(Plan(own, options.accounts, options.objects // options.rounds, options.rounds, options.seconds))
    text = report.text(facts, results, options.accounts)
    print(text)
    (RESULTS / "worker.md").write_text(text)
    raise SystemExit(0 if report.all_met(results) else 1)


if __name__ == "__main__":
    main()
