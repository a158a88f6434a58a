"""The figures of a run, by the names that tables have for them, and the medians of several runs."""

import math
import statistics
from collections.abc import Mapping, Sequence

from bench.boards.course import Measured
from bench.boards.scenarios import ALWAYS, Scenario

Figures = Mapping[str, float]
MANY = 1000
"""Clients that are enough to tell what one of them costs in memory."""


def figures_of(run: Measured) -> dict[str, float]:
    parts = (_latency, _correctness, _traffic, _costs, _memory, _joining, _trust)
    return {name: value for part in parts for name, value in part(run).items()}


def _latency(run: Measured) -> dict[str, float]:
    names = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {f"latency {name}, ms": run.seen.latency(share) for name, share in names.items()}


def _correctness(run: Measured) -> dict[str, float]:
    return {
        "never visible": run.seen.never_visible,
        "boards wrong": run.seen.clients - run.seen.boards_right,
        "frames refused": run.seen.refused,
        "clients failed": run.joined.failed,
    }


def _readers(run: Measured) -> int:
    return max(1, run.begin.counted)


def _traffic(run: Measured) -> dict[str, float]:
    seconds = run.feed["seconds"]
    frames, octets = run.fed.msgs - run.begin.msgs, run.fed.bytes - run.begin.bytes
    return {
        "deliveries/s": frames / seconds,
        "frames a client and second": frames / seconds / _readers(run),
        "bytes a client and second": octets / seconds / _readers(run),
        "bytes a frame": run.seen.payload / max(1, run.seen.frames),
    }


def _costs(run: Measured) -> dict[str, float]:
    cost, deliveries = run.cost, max(1, run.end.msgs - run.begin.msgs)
    shares = cost.cpu_by_name.items() if len(cost.cpu_by_name) > 1 else ()
    return {
        "CPU a delivery, us": cost.cpu / deliveries * 1e6,
        **{f"of it {name}, us": seconds / deliveries * 1e6 for name, seconds in shares},
        "CPU, share of the core": cost.cpu / cost.wall,
        "CPU of the services, cores": cost.services_cpu / cost.wall,
    }


def _memory(run: Measured) -> dict[str, float]:
    cost, clients = run.cost, run.joined.conns
    a_connection = (cost.memory_before - run.memory_alone) / clients / 1e3
    return {
        "memory, MB": cost.memory / 1e6,
        "memory grown in the feed, MB": (cost.memory - cost.memory_before) / 1e6,
        # With few of them, what the first viewer loads would count for much.
        **({"memory a connection, kB": a_connection} if clients >= MANY else {}),
    }


def _joining(run: Measured) -> dict[str, float]:
    return {
        "all joined after, s": run.joined.setup_s,
        "CPU for a joining, ms": run.joining.cpu / run.joined.conns * 1e3,
        "clients closed": run.final.closed,
    }


def _trust(run: Measured) -> dict[str, float]:
    """What says that a run was disturbed, or that what measures was too slow."""
    return {
        "taken by others, % of the machine": run.cost.disturbance * 100,
        "of it stolen, %": run.cost.steal / run.cost.capacity * 100,
        "feeder late by, ms": run.feed["late_ms"],
        "load client's longest stall, ms": run.final.max_loop_ms,
    }


def medians(runs: Sequence[Figures]) -> dict[str, float]:
    """Of each figure the median; correctness is no matter of luck, so there it is the worst."""
    return {name: (max if name in ALWAYS else statistics.median)([run[name] for run in runs]) for name in runs[0]}


def targets_of(scenario: Scenario, by_contender: Mapping[str, Figures]) -> dict[str, float]:
    """What ours may be at most; where clients stall, the others' latency is held against that without stalled ones."""
    targets = {**ALWAYS, **scenario.targets}
    undisturbed = by_contender.get("ours, all read", {}).get("latency p99, ms", math.nan)
    if scenario.stalled and math.isfinite(undisturbed):
        targets["latency p99, ms"] = undisturbed * 1.1 + 5
    return targets
