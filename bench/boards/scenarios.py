"""What is measured: so many accounts, updates and clients, for so long, against whom, and what has to come out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ALWAYS = {"never visible": 0.0, "frames refused": 0.0, "clients failed": 0.0, "boards wrong": 0.0}
"""Targets of every scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`rate` in updates a second. `targets`: figure to what it may be at most."""

    title: str
    accounts: int
    rate: float
    clients: int
    seconds: float
    stalled: int = 0
    beside: tuple[str, ...] = ("sio-delta",)
    targets: Mapping[str, float] = field(default_factory=dict)


SCENARIOS = {
    "small": Scenario(title="a typical contest", accounts=100, rate=50, clients=100, seconds=15),
    "medium": Scenario(
        title="a large contest",
        accounts=1000,
        rate=250,
        clients=200,
        seconds=15,
        targets={"latency p99, ms": 210},
    ),
    "large": Scenario(
        title="a large contest in a hurry, with an audience",
        accounts=1000,
        rate=1000,
        clients=1000,
        seconds=10,
        targets={"latency p99, ms": 225},
    ),
    "crowd": Scenario(
        title="five thousand who come at once",
        accounts=200,
        rate=100,
        clients=5000,
        seconds=15,
        beside=("sio-delta", "py-bare"),
        targets={"latency p99, ms": 460, "all joined after, s": 5},
    ),
    "stalled": Scenario(
        title="20 of 200 clients stop reading",
        accounts=200,
        rate=100,
        clients=200,
        seconds=20,
        stalled=20,
        beside=("ours, all read", "sio-delta"),
        targets={"memory grown in the feed, MB": 5},
    ),
    # Four a second: between two of them the tick of 200 ms is over, so each is the first change after a quiet time.
    "quiet": Scenario(
        title="one update at a time",
        accounts=100,
        rate=4,
        clients=50,
        seconds=15,
        beside=("sio-delta", "sio-room", "py-bare"),
        targets={"latency p50, ms": 20},
    ),
    "memory": Scenario(
        title="a thousand who watch a board that hardly moves",
        accounts=200,
        rate=1,
        clients=1000,
        seconds=5,
        targets={"memory a connection, kB": 40},
    ),
}
