"""What goes wrong on the way, on switches: garbage and partial objects before batching, duplicates and delays after it.

Each fault draws from its own stream of randomness, so a seed gives the same faults whatever the others are set to, and
garbage comes in addition to what the terminals say: with it, nothing that was said is lost.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from live.feed.simulator.fleet import Report, random_source

LONGEST_DELAY = 5.0
"""Seconds by which a held-back or repeated delivery may come late."""
MOST_HELD = 20_000
"""Deliveries held back at a time; beyond it the earliest goes out before its time."""
_KEPT = frozenset({"type", "login", "timestamp"})


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities, 0 to 1: of a delivery coming twice, or late; of garbage before an object; of fields lacking."""

    duplicates: float = 0.0
    reorder: float = 0.0
    garbage: float = 0.0
    partial: float = 0.0


class Delivery(NamedTuple):
    """A message body, when it is due (real seconds since the start), how many objects it carries, bad ones included."""

    due: float
    body: bytes
    objects: int


def spoilt(reports: Iterator[Report], faults: Faults, seed: int, counts: Counter[str]) -> Iterator[Report]:
    """Adds garbage and takes fields away. Counts `garbage` and `partial`."""
    garbage, partial = random_source(seed, "garbage"), random_source(seed, "partial")
    for report in reports:
        if faults.garbage and garbage.random() < faults.garbage:
            counts["garbage"] += 1
            yield Report(report.due, garbage.choice(GARBAGE)(report.body))
        if faults.partial and partial.random() < faults.partial:
            counts["partial"] += 1
            yield Report(report.due, _partial(report.body, partial))
        else:
            yield report


def disturbed(deliveries: Iterator[Delivery], faults: Faults, seed: int, counts: Counter[str]) -> Iterator[Delivery]:
    """Repeats some deliveries and holds some back, in the order of the due times. Counts `duplicates`, `reorder`."""
    twice, late = random_source(seed, "duplicates"), random_source(seed, "reorder")
    held: list[tuple[float, int, Delivery]] = []
    delivery = Delivery(0.0, b"", 0)
    for number, delivery in enumerate(deliveries):
        while held and (held[0][0] <= delivery.due or len(held) >= MOST_HELD):
            yield heapq.heappop(held)[2]
        if faults.duplicates and twice.random() < faults.duplicates:
            counts["duplicates"] += 1
            _hold(held, number, delivery, twice)
        if faults.reorder and late.random() < faults.reorder:
            counts["reorder"] += 1
            _hold(held, number, delivery, late)
        else:
            yield delivery
    while held:  # the plan is over: nothing is worth waiting for
        yield heapq.heappop(held)[2]._replace(due=delivery.due)


def _hold(held: list[tuple[float, int, Delivery]], number: int, delivery: Delivery, source: random.Random) -> None:
    due = delivery.due + source.uniform(0.0, LONGEST_DELAY)
    heapq.heappush(held, (due, number, delivery._replace(due=due)))


def _partial(body: bytes, source: random.Random) -> bytes:
    """The same object with about half of its fields absent or null: the contract says that they keep their values."""
    fields = _fields(body)
    for name in [name for name in fields if name not in _KEPT]:
        draw = source.random()
        if draw < 0.35:
            del fields[name]
        elif draw < 0.5:
            fields[name] = msgspec.Raw(b"null")
    return msgspec.json.encode(fields)


def _fields(body: bytes) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw])


def _without(name: str) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        return msgspec.json.encode({key: value for key, value in _fields(body).items() if key != name})

    return spoil


def _said(name: str, value: bytes) -> Callable[[bytes], bytes]:
    def spoil(body: bytes) -> bytes:
        return msgspec.json.encode(_fields(body) | {name: msgspec.Raw(value)})

    return spoil


GARBAGE: tuple[Callable[[bytes], bytes], ...] = (
    lambda _: b"this is not JSON",
    lambda body: body[: len(body) // 2],
    lambda body: body[:-2] + b'\xff\xfe"}',
    lambda body: b"[" + body + b"]",
    lambda _: b"42",
    _said("type", b'"heartbeat"'),
    _without("type"),
    _without("login"),
    _said("balance", b'"ten thousand"'),
    _said("balance", b"[1,2,3]"),
    _said("equity", b'"NaN"'),
    _said("leverage", b"-100"),
    _said("positions", b'"none"'),
    _said("timestamp", b'"yesterday"'),
)
"""Every kind that the contract tells the reader to refuse: what is left of a good object after an accident."""
