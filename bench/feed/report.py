"""The results as Markdown: what was taken, where the time goes, and which targets are met."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.feed.figures import BROKER, DATABASE, STAGES, quantile
from bench.feed.rounds import Bare, Rounds, shares
from bench.harness import machine

TITLES = {"one": "one object a message", "ten": "ten objects a message"}
TARGET_RATE, TARGET_SHARE, TARGET_OWN = 5_000, 0.5, 20.0
FLAT = 1.05
"""Memory is flat when the last phase ends with at most so much more than in its middle. The ones before it fill what
the worker remembers of each participant, its last sixteen equities: 33 MB for 10,000 of them."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A feed at a steady rate. `depths`: objects offered and not yet done, at the end of each batch; `lags`: seconds
    from an object's timestamp to the announcement that was heard of it, p50, p99 and most; `after`: seconds until all
    was done once the last one was offered; `late`: how late the publisher was at most; `hints`: announcements that
    told no rows.
    """

    taken: Rounds
    depths: Sequence[float]
    lags: Sequence[float]
    after: float
    late: float
    hints: int


@dataclass(frozen=True, slots=True)
class Results:
    """Of one run: the worker by backlog, the bare consumers by backlog and parser, the steady feed."""

    ours: Mapping[str, Rounds]
    rivals: Mapping[tuple[str, str], Sequence[Bare]]
    steady: Steady

    def shares(self, name: str, parser: str) -> list[float]:
        """Our rate by that of the bare consumer with this parser, round by round."""
        return shares(self.ours[name], self.rivals[name, parser])


def _targets(results: Results) -> list[tuple[str, str, bool]]:
    one, ten, steady = results.ours["one"], results.ours["ten"], results.steady
    own, share = max(one.own, ten.own), results.shares("one", "json")
    grows = steady.taken.memory[2] / steady.taken.memory[1]
    return [
        ("5,000 objects/s on one core, one a message", f"{one.rate:,.0f}", one.rate >= TARGET_RATE),
        ("5,000 objects/s on one core, ten a message", f"{ten.rate:,.0f}", ten.rate >= TARGET_RATE),
        ("half of the bare consumer's rate, one a message", _range(share), median(share) >= TARGET_SHARE),
        ("<= 20 us an object outside of pika and the database", f"{own:.1f}", own <= TARGET_OWN),
        ("5,000 objects/s offered: keeps up", f"done {steady.after * 1000:.0f} ms after the last", steady.after < 1),
        ("flat memory: end of the last phase beside its middle", f"{grows:.3f}", grows <= FLAT),
    ]


def _range(share: Sequence[float]) -> str:
    return f"{median(share):.0%} ({min(share):.0%} to {max(share):.0%})"


def all_met(results: Results) -> bool:
    return all(met for _, _, met in _targets(results))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]]) + "\n"


def _rates(results: Results) -> str:
    rows = []
    for name, ours in results.ours.items():
        rows.append([f"**the worker**, {TITLES[name]}", f"**{ours.rate:,.0f}**", f"{ours.cpu:.1f}", ""])
        for (backlog, parser), rounds in results.rivals.items():
            if backlog == name:
                rate, cpu = median(bare.rate for bare in rounds), median(bare.each for bare in rounds)
                share = _range(results.shares(name, parser))
                rows.append([f"bare pika and {parser}, {TITLES[name]}", f"{rate:,.0f}", f"{cpu:.1f}", share])
    return _table(("consumer", "objects/s", "CPU us an object", "ours of it"), rows)


def _stages(results: Results) -> str:
    kinds = [*results.ours.values(), results.steady.taken]
    names = [*STAGES.values(), DATABASE, BROKER]
    rows = [[name, *(f"{one.stage(name):.1f}" for one in kinds)] for name in names]
    rows.append(["outside of pika and the database", *(f"**{one.own:.1f}**" for one in kinds)])
    rows.append(["all of the process", *(f"{one.cpu:.1f}" for one in kinds)])
    rows.append(["(time in the database's calls)", *(f"{one.waits:.1f}" for one in kinds)])
    return _table(("CPU, us an object", *TITLES.values(), "5,000 objects/s"), rows)


def _batches(results: Results) -> str:
    kinds = {**{TITLES[name]: one for name, one in results.ours.items()}, "5,000 objects/s": results.steady.taken}
    rows = [
        [
            name,
            " / ".join(f"{value:,.0f}" for value in one.batch),
            " / ".join(f"{value:.0f}" for value in one.commit),
            " / ".join(f"{value:.0f}" for value in one.memory),
        ]
        for name, one in kinds.items()
    ]
    return _table(
        ("", "objects a batch: median / p99 / most", "ms from batch to announcement: same", "MB: start / middle / end"),
        rows,
    )


def text(facts: Mapping[str, str], results: Results, accounts: int) -> str:
    """The whole report."""
    steady, one = results.steady, results.ours["one"]
    objects, rounds = one.objects, len(one.phases)
    p50, p99, most = (f"{lag * 1000:.0f}" for lag in steady.lags)
    targets = [[what, got, "met" if met else "**not met**"] for what, got, met in _targets(results)]
    return "\n".join(
        (
            machine.heading("The worker's speed", dict(facts)),
            f"{objects:,} objects for {accounts:,} accounts, all in one marathon. The worker has core 0, publisher and",
            "bench are on core 1. CPU is that of threads, read around the stages of each batch.\n",
            f"Backlogs are taken in {rounds} rounds: the worker takes {objects // rounds:,} objects, then at once the",
            "bare consumers take the same on its core. Rates, CPU and shares are medians of the rounds; shares have",
            "their least and most beside them; batches and memory are those of all rounds together.\n",
            _table(("target", "measured", ""), targets),
            _rates(results),
            _stages(results),
            _batches(results),
            f"At 5,000 objects/s for {steady.taken.objects / TARGET_RATE:.0f} s: from an object's timestamp to its"
            f" announcement {p50} / {p99} / {most} ms (p50 / p99 / most);",
            f"waiting {quantile(steady.depths, 0.5):,.0f} / {quantile(steady.depths, 0.99):,.0f} /"
            f" {max(steady.depths):,.0f} objects; {steady.hints} announcements without rows; the publisher was at most"
            f" {steady.late * 1000:.0f} ms late.\n",
        )
    )
