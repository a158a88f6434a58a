"""One terminal: its account, its trader, its reports, and the nights that pass over it. fleet.py runs many of them."""

import random
from typing import Final

from live.board.rows import Login
from live.feed.simulator.account import Account, Now
from live.feed.simulator.desk import Desk
from live.feed.simulator.market import Market
from live.feed.simulator.reports import Reporter
from live.feed.simulator.traders import Style

_DAY = 86_400.0
_WEDNESDAY, _SATURDAY = 2, 5


class Terminal:
    """What the fleet visits once a second: first `look`, then `reporter.report`."""

    __slots__ = ("_favourites", "_looked_at", "_night", "_style", "account", "reporter")

    def __init__(
        self, login: Login, account: Account, style: Style, favourites: tuple[str, ...], source: random.Random
    ) -> None:
        self.account: Final = account
        self.reporter: Final = Reporter(login, account, source)
        self._style = style
        self._favourites = favourites
        self._looked_at = 0.0
        self._night = 0

    def look(self, market: Market, now: Now, source: random.Random) -> None:
        """Lets the server settle the account at the prices of `now`, then the trader act."""
        self._sleep_through(now)
        self.account.settle(now)
        elapsed = now.market - self._looked_at
        self._looked_at = now.market
        self._style.trade(Desk(self.account, market, now, source, elapsed, self._favourites))

    def _sleep_through(self, now: Now) -> None:
        night = int(now.market // _DAY)
        if night > self._night:
            self.account.roll_over(sum(map(_swap_nights, range(self._night, night))), now.book)
            self._night = night


def _swap_nights(night: int) -> int:
    """Swaps booked at the end of market day `night`: Wednesday's counts for the weekend too. Day 0 is a Monday."""
    weekday = night % 7
    return 0 if weekday >= _SATURDAY else 3 if weekday == _WEDNESDAY else 1
