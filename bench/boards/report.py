"""The table of a scenario, for the terminal and for bench/results."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.boards.course import Measured
from bench.boards.figures import Figures, figures_of, medians, targets_of
from bench.boards.scenarios import Scenario
from bench.harness.tables import aligned

DISTURBED = 0.05
"""The share of the machine that others may take before a run says little."""


@dataclass(frozen=True, slots=True)
class Report:
    """`runs` by contender, ours first."""

    scenario: Scenario
    runs: Mapping[str, Sequence[Measured]]

    def medians(self) -> dict[str, Figures]:
        return {name: medians([figures_of(run) for run in runs]) for name, runs in self.runs.items()}

    @property
    def missed(self) -> list[str]:
        """The figures of ours that are over their targets."""
        by_contender = self.medians()
        if "ours" not in by_contender:
            return []
        targets = targets_of(self.scenario, by_contender)
        return [name for name, most in targets.items() if not _met(by_contender["ours"], name, most)]

    def table(self) -> str:
        by_contender = self.medians()
        targets = targets_of(self.scenario, by_contender)
        names = dict.fromkeys(name for figures in by_contender.values() for name in figures)
        lines = [["figure", *by_contender, "target", ""], *(self._line(name, by_contender, targets) for name in names)]
        return aligned(lines)

    @staticmethod
    def _line(name: str, by_contender: Mapping[str, Figures], targets: Figures) -> list[str]:
        values = [_shown(figures.get(name, math.nan)) for figures in by_contender.values()]
        if name not in targets or "ours" not in by_contender:
            return [name, *values, "", ""]
        met = "met" if _met(by_contender["ours"], name, targets[name]) else "MISSED"
        return [name, *values, f"<= {_shown(targets[name])}", met]

    def warning(self) -> str:
        """What there is to say of the circumstances; empty if nothing."""
        worst = max((run.cost for runs in self.runs.values() for run in runs), key=lambda cost: cost.disturbance)
        if worst.disturbance <= DISTURBED:
            return ""
        busiest = sorted(worst.foreign_by_name.items(), key=lambda item: -item[1])[:3]
        names = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in busiest)
        return f"DISTURBED: others took up to {worst.disturbance:.0%} of the machine: {names}."

    def details(self) -> str:
        """Every run's figures, a line of JSON each."""
        runs = [run for runs in self.runs.values() for run in runs]
        return "\n".join(json.dumps({"contender": run.contender, **_rounded(figures_of(run))}) for run in runs)


def raw(run: Measured) -> dict[str, Any]:
    """All of a run but the single latencies."""
    seen = {name: value for name, value in asdict(run.seen).items() if name != "latencies"}
    figures = _rounded(figures_of(run))
    return {"contender": run.contender, "figures": figures, "feed": run.feed, "seen": seen, "cost": asdict(run.cost)}


def _met(figures: Figures, name: str, most: float) -> bool:
    return figures.get(name, math.nan) <= most


def _shown(value: float) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "never"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _rounded(figures: Figures) -> dict[str, float | None]:
    return {name: round(value, 3) if math.isfinite(value) else None for name, value in figures.items()}
