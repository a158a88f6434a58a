"""What sending one frame to a thousand clients costs, ours beside programs that do nothing else: `make bench-fanout`.

A delta of the first fifty rows, about 2 kB, goes to 1,000 clients 10 and 30 times a second. Every figure is the median
of the runs, which the contenders take in turns. Prints one table, keeps it in bench/results, and ends with 1 if ours
misses a target.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from bench.boards.contest import Contest
from bench.fanout.contenders import CONTENDERS, Contender
from bench.fanout.course import Measured, run
from bench.harness import machine, tools
from bench.harness.processes import pin_this_program
from bench.harness.services import Services, services
from bench.harness.tables import aligned

CLIENTS, SECONDS, ROWS = 1000, 5.0, 1000
HEAD = ["contender", "Hz", "deliveries/s", "in time", "merged", "CPU us", "p50 ms", "p99 ms", "bytes", "target", ""]
DISTURBED = 0.05

Runs = Mapping[str, Sequence[list[Measured]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="of each contender")
    parser.add_argument("--only", action="append", choices=CONTENDERS, help="measure these; the result is not kept")
    options = parser.parse_args()
    machine.require_linux()
    pin_this_program()
    tools.load_client()
    chosen = [CONTENDERS[name] for name in options.only or CONTENDERS]
    for contender in chosen:
        contender.prepare()
    facts = machine.describe()
    table, missed = _table(_runs(chosen, options.runs))
    print(f"\n{table}")
    if not options.only:
        setting = f"{CLIENTS:,} clients, {SECONDS:g} s a rate. Medians of {options.runs} runs each, taken in turns."
        heading = machine.heading("fanout: one frame to a thousand clients", facts)
        (tools.BENCH / "results" / "fanout.md").write_text(f"{heading}\n{setting}\n\n{table}\n")
    raise SystemExit(f"missed: {', '.join(missed)}" if missed else 0)


def _runs(contenders: Sequence[Contender], count: int) -> dict[str, list[list[Measured]]]:
    contest = Contest(ROWS)
    runs: dict[str, list[list[Measured]]] = {contender.name: [] for contender in contenders}
    with services("fanout") as own:
        _fill(own, contest)
        for number in range(count):
            for contender in contenders:
                print(f"run {number + 1} of {count}: {contender.name} ...", flush=True)
                runs[contender.name].append(run(contender, own, contest, CLIENTS, SECONDS))
    return runs


def _fill(own: Services, contest: Contest) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-fanout-") as folder:
        path = Path(folder) / "contest.json"
        contest.write(path)
        own.run("manage.py", "migrate", "--verbosity", "0")
        own.run("-m", "bench.boards.enrol", str(path))


def _table(runs: Runs) -> tuple[str, list[str]]:
    """The table, and what ours missed."""
    lines, missed = [HEAD], []
    for name, measured in runs.items():
        for at_rate in zip(*measured, strict=True):
            one = Measured(*map(statistics.median, zip(*map(astuple, at_rate), strict=True)))
            target, met = _judged(CONTENDERS[name], one)
            missed += [f"{name} at {one.hz:g} Hz"] if met == "MISSED" else []
            lines.append([*_cells(name, one), target, met])
    most = max(one.disturbance for measured in runs.values() for rates in measured for one in rates)
    warning = f"\n\nDISTURBED: others took up to {most:.0%} of the machine." if most > DISTURBED else ""
    return aligned(lines) + warning, missed


def _judged(contender: Contender, one: Measured) -> tuple[str, str]:
    """The targets at the contender's highest rate, and whether they are met."""
    if contender.least is None or one.hz != contender.rates[-1]:
        return "", ""
    target = f">= {contender.least:,.0f}/s" + (f", <= {contender.most_cpu:g} us" if contender.most_cpu else "")
    met = one.delivered_a_second >= contender.least and one.cpu <= (contender.most_cpu or sys.maxsize)
    return target, "met" if met else "MISSED"


def _cells(name: str, one: Measured) -> list[str]:
    return [
        name,
        f"{one.hz:g}",
        f"{one.delivered_a_second:,.0f}",
        f"{one.in_time:.1%}",
        f"{one.merged:g}",
        f"{one.cpu:.1f}",
        f"{one.p50:.1f}",
        f"{one.p99:.1f}",
        f"{one.frame:,.0f}",
    ]


main()
