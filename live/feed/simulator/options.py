"""The options of `manage.py simulate_feed`, and the plan that they ask for."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from live.feed.simulator.faults import Faults
from live.feed.simulator.fleet import FleetPlan, Member
from live.feed.simulator.stream import MOST_OBJECTS, FeedPlan

ACCOUNTS = 100
FIRST_LOGIN = 261_600_001
MOST_A_SECOND = 500
"""Objects a second and account: their timestamps are whole milliseconds, each later than the one before."""


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--accounts", type=_count, help=f"how many accounts report (default {ACCOUNTS}, or all of the marathon)")
    add("--rate", type=_positive, help="objects/s (default: the natural cadence, one in 3-5 s while money changes)")
    add("--duration", type=_positive, help="seconds (default: until stopped)")
    add("--speed", type=_positive, default=1.0, help="how much faster than the clock market time runs (default 1)")
    add("--seed", type=int, default=1, help="the same seed simulates the same market and traders (default 1)")
    add("--first-login", type=_count, default=FIRST_LOGIN, help=f"login of the first account (default {FIRST_LOGIN})")
    add("--logins-from-marathon", type=UUID, metavar="UUID", help="the accounts of this marathon's participants")
    add(
        "--batch",
        type=_batch,
        default=MOST_OBJECTS,
        help=f"most objects in a message, 1-{MOST_OBJECTS} (default)",
    )
    add("--url", help="broker (default: RABBITMQ_URL)")
    add("--queue", help="queue (default: RABBITMQ_QUEUE)")
    faults = parser.add_argument_group("faults, each a probability from 0 to 1").add_argument
    faults("--duplicates", type=_probability, default=0.0, help="a message is published twice, up to 5 s apart")
    faults("--reorder", type=_probability, default=0.0, help="a message comes up to 5 s late")
    faults("--garbage", type=_probability, default=0.0, help="an object is preceded by one that must be refused")
    faults("--partial", type=_probability, default=0.0, help="an object lacks some of its fields, or has them null")


def plan_of(options: Mapping[str, Any], members: Sequence[Member]) -> FeedPlan:
    """ValueError, saying why, where the options do not go together."""
    rate = options["rate"]
    if not members:
        raise ValueError("There is no account to report for.")
    if rate is not None and rate > MOST_A_SECOND * len(members):
        raise ValueError(f"An account makes at most {MOST_A_SECOND} objects/s: ask for more accounts or a lower rate.")
    return FeedPlan(
        FleetPlan(members, datetime.now(UTC), seed=options["seed"], rate=rate, speed=options["speed"]),
        duration=options["duration"],
        batch=options["batch"],
        faults=Faults(options["duplicates"], options["reorder"], options["garbage"], options["partial"]),
    )


def _count(text: str) -> int:
    return int(_within(text, int(text), 1, 10**15))


def _batch(text: str) -> int:
    return int(_within(text, int(text), 1, MOST_OBJECTS))


def _positive(text: str) -> float:
    return _within(text, float(text), 1e-6, 1e9)


def _probability(text: str) -> float:
    return _within(text, float(text), 0.0, 1.0)


def _within(text: str, value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between {least:g} and {most:g}")
    return value
