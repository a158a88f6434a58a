"""A fleet of MT5 terminals on one simulated trade server: who trades how, who reports when. Before stream.py.

Three times run side by side. The fleet's own time counts the cadence of the terminals. The due time is when an object
is to be published, in real seconds since the start: the fleet's own time or, when a rate is asked for, one object every
1/rate seconds. Market time is the due time multiplied by the speed.
"""

import heapq
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from live.board.rows import Login
from live.feed.simulator.account import Account, Now, Terms
from live.feed.simulator.arithmetic import cents
from live.feed.simulator.instruments import INSTRUMENTS
from live.feed.simulator.market import Market
from live.feed.simulator.terminal import Terminal
from live.feed.simulator.traders import STYLES, Style

MARKET_STEP = 0.25
"""Seconds of fleet time between two quotes."""
LOOK_SECONDS = (0.8, 1.2)
"""A terminal is looked at about once a real second, and when its next report is due."""
LOGINS_A_SECOND = 500.0
WARM_UP_SECONDS = 8 * 3600.0
WARM_UP_STEPS = 16
FIRST_TICKET = 5_000_000_000
"""Beyond 32 bits, as on servers that have run for years."""
_DEPOSITS = (1_000, 5_000, 10_000, 10_000, 25_000, 50_000, 100_000)
_EVERY_EUR, _EVERY_CREDIT = 8, 12
_CREDIT_SHARE = Decimal("0.10")


class Report(NamedTuple):
    """One object of the feed and when it is due, in real seconds since the start."""

    due: float
    body: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the fleet. `deposit` None: one is dealt out."""

    login: Login
    deposit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """What to simulate. `rate` in objects/s, None: the natural cadence; `warm_up` in market seconds before the start.

    What was opened during the warm-up is dated back from `prepared_at`.
    """

    members: Sequence[Member]
    prepared_at: datetime
    seed: int = 1
    rate: float | None = None
    speed: float = 1.0
    warm_up: float = WARM_UP_SECONDS


def random_source(seed: int, purpose: str) -> random.Random:
    """A stream of its own for each purpose, so that one switch does not change what the others draw."""
    return random.Random(f"{seed}/{purpose}")  # noqa: S311 -- a simulation, and repeatable on purpose


class Fleet:
    """Warms up when made (20 us an account and step), then runs by being iterated."""

    def __init__(self, plan: FleetPlan) -> None:
        self._plan = plan
        self._start_ms = _epoch_ms(plan.prepared_at)
        self._market = Market(random_source(plan.seed, "market"))
        self._random = random_source(plan.seed, "traders")
        self._terminals = list(_terminals(plan, self._random))
        self._looks = [(index / LOGINS_A_SECOND, index) for index in range(len(self._terminals))]
        self._reported = 0
        self._market_at = self._market_due = 0.0
        self._warm_up()

    def reports(self, started_at: datetime) -> Iterator[Report]:
        """Endless, each report due at or after the one before; `started_at` is the moment that due times count from."""
        self._start_ms = _epoch_ms(started_at)
        while self._looks:
            at, index = self._looks[0]
            self._let_the_market_move(at)
            yield from self._looked(self._terminals[index], at)
            heapq.heapreplace(self._looks, (self._next_look(self._terminals[index], at), index))

    def _looked(self, terminal: Terminal, at: float) -> Iterator[Report]:
        now = self._now(self._due(at))
        terminal.look(self._market, now, self._random)
        for body in terminal.reporter.report(at, now):
            yield Report(self._due(at), body)
            self._reported += 1

    def _next_look(self, terminal: Terminal, at: float) -> float:
        """About a real second away, or when there is something to say: with a rate, fleet time outruns the market."""
        pause = self._random.uniform(*LOOK_SECONDS)
        due = self._due(at)
        pace = at / due if due else 1.0
        speaks_at = terminal.reporter.speaks_at
        return min(at + pause * max(pace, 1.0), speaks_at) if speaks_at > at else at + pause

    def _due(self, at: float) -> float:
        return at if self._plan.rate is None else self._reported / self._plan.rate

    def _now(self, due: float) -> Now:
        return Now(self._start_ms + math.floor(due * 1000), self._market.time, self._market.book)

    def _let_the_market_move(self, at: float) -> None:
        due = self._due(at)
        if at - self._market_at < MARKET_STEP or due == self._market_due:
            return
        self._market.advance((due - self._market_due) * self._plan.speed)
        self._market_at, self._market_due = at, due

    def _warm_up(self) -> None:
        """Lets everybody trade before the first report, as a fleet that has run since the morning."""
        step = self._plan.warm_up / WARM_UP_STEPS
        for left in range(WARM_UP_STEPS if step else 0, 0, -1):
            self._market.advance(step)
            now = self._now(-left * step)
            for terminal in self._terminals:
                terminal.look(self._market, now, self._random)


def _epoch_ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _terminals(plan: FleetPlan, source: random.Random) -> Iterator[Terminal]:
    tickets = itertools.count(FIRST_TICKET)
    deck = [style for style in STYLES for _ in range(style.share)]
    source.shuffle(deck)
    for index, (member, style) in enumerate(zip(plan.members, itertools.cycle(deck), strict=False)):
        account = Account(_terms(index, member, style, source), tickets)
        favourites = tuple(source.sample(list(INSTRUMENTS), 3))
        yield Terminal(member.login, account, style, favourites, source)


def _terms(index: int, member: Member, style: Style, source: random.Random) -> Terms:
    deposit = member.deposit if member.deposit is not None else Decimal(source.choice(_DEPOSITS))
    left = cents(deposit * style.left)
    currency = "EUR" if index % _EVERY_EUR == _EVERY_EUR - 1 else "USD"
    credit = cents(left * _CREDIT_SHARE) if index % _EVERY_CREDIT == _EVERY_CREDIT - 1 else Decimal("0.00")
    return Terms(left, currency, credit=credit)


def members(first_login: int, count: int) -> list[Member]:
    """`count` accounts with logins in a row."""
    return [Member(Login(str(first_login + index))) for index in range(count)]
