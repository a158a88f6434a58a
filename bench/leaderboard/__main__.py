# ruff: noqa: PLC0415 - Django is imported once its environment is set
"""How long the HTTP leaderboard takes with 100,000 participants: any page, the top, a search, around somebody.

Makes a PostgreSQL database of its own on the server of DATABASE_URL, fills it, calls the endpoint through all of
Django, and prints times and query plans: once with tables at rest, once after the worker has written every fifth row
again, as it does on live boards. Beside it the rival: the whole board read, sorted and cut. A full run is kept in
bench/results/leaderboard.md.

`server` is the CPU time of an answer, in Python and in PostgreSQL's process: on a quiet machine that is the time it
takes, and on a busy one it still says what it costs.
"""

import argparse

from bench.harness import machine
from bench.harness.services import ROOT
from bench.leaderboard.plans import plans
from bench.leaderboard.questions import Caller, Cost, Query, load_and_sort, questions
from bench.leaderboard.stage import churn, database, fill, start_django, start_worker

TARGET_MS = 50
RIVALS = ("page in the middle", "around the one in the middle", "search: every name")
RESULT = ROOT / "bench" / "results" / "leaderboard.md"


def main() -> None:
    options = _options()
    machine.require_linux()
    heading = machine.heading(f"The leaderboard over HTTP, {options.participants:,} participants", machine.describe())
    with database(options.database) as url:
        start_django(url)
        from django.db import connections

        good, report = _run(url, options)
        connections.close_all()
    if not options.no_plans:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(f"{heading}\n{report}")
    raise SystemExit(0 if good else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--database", help="use this database, made by an earlier run or filled now, and keep it")
    parser.add_argument("--no-plans", action="store_true", help="times only; the result is not kept")
    return parser.parse_args()


def _run(url: str, options: argparse.Namespace) -> tuple[bool, str]:
    """Whether all is within the target, and what there is to read."""
    fill(url, options.participants)
    worker = start_worker()
    asked = questions(options.participants)
    rest = _measured("Tables at rest", asked, options.rounds)
    explained = "" if options.no_plans else plans(asked)
    rival = {} if options.no_plans else _rival(asked)
    churn(worker)
    churned = _measured("Every fifth row written again, not vacuumed", asked, options.rounds)
    good = max(_time(cost) for cost in [*rest.values(), *churned.values()]) < TARGET_MS
    verdict = f"Target: each answer in less than {TARGET_MS} ms of server time: {'met' if good else 'NOT met'}."
    print(f"{explained}\n{verdict}")
    parts = [_table("Tables at rest", rest), _table("Every fifth row written again, not vacuumed", churned)]
    parts += [_table("The rival: the whole board read, sorted and cut", rival), verdict]
    return good, "\n".join([*parts, "", "## Plans", "", "```", explained, "```", ""])


def _measured(title: str, asked: dict[str, Query], rounds: int) -> dict[str, Cost]:
    """Ask each question so many times; prints a line for each."""
    caller = Caller()
    print(f"\n{title}\n{'':32}{'server':>9}{'median':>9}{'best':>9}  ms")
    costs = {}
    for name, query in asked.items():
        costs[name] = cost = caller.cost(lambda query=query: caller.ask(query), rounds)
        _print(name, cost)
    return costs


def _rival(asked: dict[str, Query]) -> dict[str, Cost]:
    print("\nThe rival: the whole board read, sorted and cut")
    caller, costs = Caller(), {}
    for name in RIVALS:
        costs[name] = cost = caller.cost(lambda query=asked[name]: load_and_sort(query), 2)
        _print(name, cost)
    return costs


def _time(cost: Cost) -> float:
    """Milliseconds on a quiet machine: CPU is known roughly, and the clock counts what others do."""
    return min(cost.server, cost.median)


def _print(name: str, cost: Cost) -> None:
    over = "" if _time(cost) < TARGET_MS else "  over"
    print(f"{name:32}{cost.server:9.1f}{cost.median:9.1f}{cost.best:9.1f}{over}", flush=True)


def _table(title: str, costs: dict[str, Cost]) -> str:
    rows = [f"| {name} | {one.server:.1f} | {one.median:.1f} | {one.best:.1f} |" for name, one in costs.items()]
    head = ["", f"## {title}", "", "| milliseconds | server | median | best |", "|---|--:|--:|--:|"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    main()
