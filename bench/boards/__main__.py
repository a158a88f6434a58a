"""How fast a number gets from RabbitMQ to every screen, ours beside the rivals: `python -m bench.boards SCENARIO`.

The contenders take turns, so that whatever disturbs the machine disturbs all of them; each figure is the median of the
runs. Prints one table, keeps it in bench/results, and ends with 1 if ours misses a target.
"""

import argparse
import json
import resource
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.boards.contenders import CONTENDERS, Contender
from bench.boards.contest import Contest
from bench.boards.course import Measured, run
from bench.boards.report import Report, raw
from bench.boards.scenarios import SCENARIOS, Scenario
from bench.harness import machine, tools
from bench.harness.processes import pin_this_program
from bench.harness.services import Services, services


def main() -> None:
    options = _options()
    machine.require_linux()
    _prepare_this_program()
    scenario = SCENARIOS[options.scenario]
    scenario = replace(scenario, seconds=options.seconds or scenario.seconds)
    contenders = [CONTENDERS[name] for name in options.only or ("ours", *scenario.beside)]
    _install(contenders)
    facts = machine.describe()
    report = Report(scenario, _runs(options.scenario, scenario, contenders, options.runs))
    print(f"\n{report.table()}\n{report.warning()}")
    if not options.only and not options.seconds:
        _keep(options.scenario, machine.heading(f"{options.scenario}: {scenario.title}", facts), report, options.runs)
    raise SystemExit(f"missed: {', '.join(report.missed)}" if report.missed else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--runs", type=int, default=3, help="of each contender")
    parser.add_argument("--seconds", type=float, help="feed for so long; the result is not kept")
    parser.add_argument("--only", action="append", choices=CONTENDERS, help="measure these; the result is not kept")
    return parser.parse_args()


def _prepare_this_program() -> None:
    """Its core, enough open files for every process that it starts, and an end that cleans up."""
    pin_this_program()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))


def _install(contenders: Sequence[Contender]) -> None:
    tools.load_client()
    for contender in contenders:
        contender.prepare()


def _runs(name: str, scenario: Scenario, contenders: Sequence[Contender], count: int) -> dict[str, list[Measured]]:
    """Each contender so often, in turns, each with a fresh copy of one database."""
    runs: dict[str, list[Measured]] = {contender.name: [] for contender in contenders}
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    with services(f"boards_{name}") as template:
        _fill(template, scenario, folder / "contest.json")
        for number in range(count):
            for contender in contenders:
                print(f"run {number + 1} of {count}: {contender.name} ...", flush=True)
                kept = folder / f"{contender.name} {number + 1}"
                measured = run(contender, scenario, template, kept)
                runs[contender.name].append(measured)
                (kept / "figures.json").write_text(json.dumps(raw(measured), indent=1))
    print(f"single runs: {folder}")
    return runs


def _fill(template: Services, scenario: Scenario, contest: Path) -> None:
    """Migrate the database that the runs get copies of, and enter the participants."""
    Contest(scenario.accounts).write(contest)
    template.run("manage.py", "migrate", "--verbosity", "0")
    template.run("-m", "bench.boards.enrol", str(contest))


def _keep(name: str, heading: str, report: Report, runs: int) -> None:
    scenario = report.scenario
    stalled = f", {scenario.stalled} of them stalled" if scenario.stalled else ""
    setting = (
        f"{scenario.accounts:,} accounts, {scenario.rate:g} updates/s for {scenario.seconds:g} s, "
        f"{scenario.clients:,} clients{stalled}. "
        f"Medians of {runs} {'run' if runs == 1 else 'runs'} each, taken in turns."
    )
    parts = [heading, setting, report.table(), report.warning(), "Every run:", f"```json\n{report.details()}\n```"]
    path = tools.BENCH / "results" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n\n".join(part.strip() for part in parts if part) + "\n")


main()
