"""How fast the worker is: objects/s taken, committed, acknowledged and announced, on one core, beside a bare consumer.

    make bench-worker
    make bench-worker ARGS="--objects 20000 --seconds 5"

One worker on a PostgreSQL database of its own takes three queues in turn: a backlog with one object a message, one
with ten, and then what a publisher offers at a steady rate. Each is kept from it until it is full. Then bare pika
consumers take the same messages, on the same core.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.feed import report
from bench.feed.figures import Phase, phase, quantile
from bench.feed.listener import Listener
from bench.feed.objects import Fleet, bodies
from bench.feed.queues import Queues
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
    """What is run."""

    services: Services
    accounts: int
    objects: int
    seconds: float

    def queue(self, name: str) -> str:
        return f"{self.services.name}.{name}"


def fill(plan: Plan, queues: Queues) -> None:
    """Every account's first snapshot, then the backlogs; each bare consumer gets a copy."""
    fleet, now = Fleet(plan.accounts, seed=1), time.time()
    queues.fill([plan.queue("first")], fleet.snapshots(now - 60))
    for index, (name, size) in enumerate(SIZES.items()):
        copies = [f"{name}.{parser}" for parser in PARSERS]
        queues.make(*map(plan.queue, copies))
        # Twenty seconds of a feed, one after the other.
        began, pace = now - 50 + index * 25, 20 / plan.objects
        objects = fleet.objects(plan.objects, lambda number, began=began, pace=pace: began + number * pace)
        queues.fill([plan.queue(one) for one in (name, *copies)], bodies(objects, size))


def take(plan: Plan, queues: Queues, worker: Worker, name: str, objects: int) -> Phase:
    """Let the worker have a backlog."""
    before = worker.batches[-1] if worker.batches else {"spent": {}, "waited": {"database": 0}, "cpu": 0, "loop": 0}
    queues.release(plan.queue(name))
    batches = worker.wait_for(plan.queue(name), objects)
    return phase(before, batches, worker.acknowledged[-1], worker.memory)


def offer(plan: Plan, worker: Worker) -> report.Steady:
    """Publish at a steady rate, and see how the worker keeps up."""
    queue, before = plan.queue("steady"), worker.batches[-1]
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
        phase(before, batches, worker.acknowledged[-1], worker.memory),
        depths,
        lags,
        after,
        sent["late"],
        listener.hints,
    )


def bare(plan: Plan, name: str, parser: str) -> report.Bare:
    """Let a bare consumer take its copy of a backlog."""
    arguments = [RABBITMQ_URL, plan.queue(f"{name}.{parser}"), str(-(-plan.objects // SIZES[name])), parser]
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "bench.feed.bare", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
    return report.Bare(**json.loads(done.stdout))


def run(plan: Plan) -> report.Results:
    """All of it."""
    names = ["first", *SIZES]
    with Queues() as queues:
        queues.make(*map(plan.queue, [*names, "steady"]))
        fill(plan, queues)
        for name in names:
            queues.hold(plan.queue(name))
        with Worker(plan.services, [plan.queue(name) for name in (*names, "steady")]) as worker:
            take(plan, queues, worker, "first", plan.accounts)
            ours = {name: take(plan, queues, worker, name, plan.objects) for name in SIZES}
            steady = offer(plan, worker)
            rejected = worker.batches[-1]["rejected"]
        left = sum(queues.left(plan.queue(name)) for name in (*names, "steady"))
        if rejected or left:
            raise SystemExit(f"{rejected} objects were rejected, {left} messages not acknowledged: no figures")
        rivals = {(name, parser): bare(plan, name, parser) for name in SIZES for parser in PARSERS}
    return report.Results(ours, rivals, steady)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, default=100_000, help="of each backlog")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20, help="of the steady feed")
    options = parser.parse_args()
    machine.require_linux()
    RESULTS.mkdir(exist_ok=True)
    facts = machine.describe()
    pin_this_program()
    with services("worker") as own:
        prepare(own, options.accounts)
        results = run(Plan(own, options.accounts, options.objects, options.seconds))
    text = report.text(facts, results, options.accounts)
    print(text)
    (RESULTS / "worker.md").write_text(text)
    raise SystemExit(0 if report.all_met(results) else 1)


if __name__ == "__main__":
    main()
