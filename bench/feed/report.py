"""The results as Markdown: what was taken, where the time goes, and which targets are met."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.feed.figures import BROKER, DATABASE, STAGES, Phase, quantile
from bench.harness import machine

TITLES = {"one": "one object a message", "ten": "ten objects a message"}
TARGET_RATE, TARGET_SHARE, TARGET_OWN = 5_000, 0.5, 20.0
FLAT = 1.05
"""Memory is flat when the last phase ends with at most so much more than in its middle. The ones before it fill what
the worker remembers of each participant, its last sixteen equities: 33 MB for 10,000 of them."""


@dataclass(frozen=True, slots=True)
class Bare:
    """What a bare consumer took."""

    objects: int
    messages: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.objects / self.seconds


@dataclass(frozen=True, slots=True)
class Steady:
    """A feed at a steady rate. `depths`: objects offered and not yet done, at the end of each batch; `lags`: seconds
    from an object's timestamp to the announcement that was heard of it, p50, p99 and most; `after`: seconds until all
    was done once the last one was offered; `late`: how late the publisher was at most; `hints`: announcements that
    told no rows.
    """

    phase: Phase
    depths: Sequence[float]
    lags: Sequence[float]
    after: float
    late: float
    hints: int


@dataclass(frozen=True, slots=True)
class Results:
    """Of one run: the worker by backlog, the bare consumers by backlog and parser, the steady feed."""

    ours: Mapping[str, Phase]
    rivals: Mapping[tuple[str, str], Bare]
    steady: Steady

    def share(self, name: str) -> float:
        """Our rate beside that of the bare consumer with Python's own parser."""
        return self.ours[name].rate / self.rivals[name, "json"].rate


def _targets(results: Results) -> list[tuple[str, str, bool]]:
    one, ten, steady = results.ours["one"], results.ours["ten"], results.steady
    own, share = max(one.own, ten.own), results.share("one")
    grows = steady.phase.memory[2] / steady.phase.memory[1]
    return [
        ("5,000 objects/s on one core, one a message", f"{one.rate:,.0f}", one.rate >= TARGET_RATE),
        ("5,000 objects/s on one core, ten a message", f"{ten.rate:,.0f}", ten.rate >= TARGET_RATE),
        ("half of the bare consumer's rate, one a message", f"{share:.0%}", share >= TARGET_SHARE),
        ("<= 20 us an object outside of pika and the database", f"{own:.1f}", own <= TARGET_OWN),
        ("5,000 objects/s offered: keeps up", f"done {steady.after * 1000:.0f} ms after the last", steady.after < 1),
        ("flat memory: end of the last phase beside its middle", f"{grows:.3f}", grows <= FLAT),
    ]


def all_met(results: Results) -> bool:
    return all(met for _, _, met in _targets(results))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


def _rates(results: Results) -> str:
    rows = []
    for name, ours in results.ours.items():
        rows.append([f"**the worker**, {TITLES[name]}", f"**{ours.rate:,.0f}**", f"{ours.cpu:.1f}", ""])
        for (backlog, parser), bare in results.rivals.items():
            if backlog == name:
                share = f"{ours.rate / bare.rate:.0%}"
                cpu = bare.cpu * 1e6 / bare.objects
                rows.append([f"bare pika and {parser}, {TITLES[name]}", f"{bare.rate:,.0f}", f"{cpu:.1f}", share])
    return _table(("consumer", "objects/s", "CPU us an object", "ours of it"), rows)


def _stages(results: Results) -> str:
    phases = [*results.ours.values(), results.steady.phase]
    names = [*STAGES.values(), DATABASE, BROKER]
    rows = [[name, *(f"{phase.stages[name]:.1f}" for phase in phases)] for name in names]
    rows.append(["outside of pika and the database", *(f"**{phase.own:.1f}**" for phase in phases)])
    rows.append(["all of the process", *(f"{phase.cpu:.1f}" for phase in phases)])
    rows.append(["(time in the database's calls)", *(f"{phase.waits:.1f}" for phase in phases)])
    return _table(("CPU, us an object", *TITLES.values(), "5,000 objects/s"), rows)


def _batches(results: Results) -> str:
    phases = {**{TITLES[name]: one for name, one in results.ours.items()}, "5,000 objects/s": results.steady.phase}
    rows = [
        [
            name,
            " / ".join(f"{value:,.0f}" for value in one.batch),
            " / ".join(f"{value:.0f}" for value in one.commit),
            " / ".join(f"{value:.0f}" for value in one.memory),
        ]
        for name, one in phases.items()
    ]
    return _table(
        ("", "objects a batch: median / p99 / most", "ms from batch to announcement: same", "MB: start / middle / end"),
        rows,
    )


def text(facts: Mapping[str, str], results: Results, accounts: int) -> str:
    """The whole report."""
    steady = results.steady
    objects = results.ours["one"].objects
    p50, p99, most = (f"{lag * 1000:.0f}" for lag in steady.lags)
    targets = [[what, got, "met" if met else "**not met**"] for what, got, met in _targets(results)]
    return "\n".join(
        (
            machine.heading("The worker's speed", dict(facts)),
            f"{objects:,} objects for {accounts:,} accounts, all in one marathon. The worker has core 0, publisher and",
            "bench are on core 1. CPU is that of threads, read around the stages of each batch.\n",
            _table(("target", "measured", ""), targets),
            _rates(results),
            _stages(results),
            _batches(results),
            f"At 5,000 objects/s for {steady.phase.objects / TARGET_RATE:.0f} s: from an object's timestamp to its"
            f" announcement {p50} / {p99} / {most} ms (p50 / p99 / most);",
            f"waiting {quantile(steady.depths, 0.5):,.0f} / {quantile(steady.depths, 0.99):,.0f} /"
            f" {max(steady.depths):,.0f} objects; {steady.hints} announcements without rows; the publisher was at most"
            f" {steady.late * 1000:.0f} ms late.\n",
        )
    )
