"""The simulated market: one coherent random walk that every terminal of the fleet sees. Feeds account.py with a Book.

Each currency (and gold) walks against the dollar; every pair is quoted from two of these walks, so EURGBP is always
EURUSD/GBPUSD and nobody can gain by going round in a circle.
"""

import math
import random
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from live.feed.simulator.arithmetic import Book, Quote
from live.feed.simulator.instruments import INSTRUMENTS, Instrument

_START_IN_USD: Mapping[str, float] = MappingProxyType(
    {"EUR": 1.0850, "GBP": 1.2650, "JPY": 1 / 151.2, "CHF": 1 / 0.8860, "AUD": 0.6550, "XAU": 2350.0}
)
_YEARLY_VOLATILITY: Mapping[str, float] = MappingProxyType(
    {"EUR": 0.075, "GBP": 0.085, "JPY": 0.10, "CHF": 0.08, "AUD": 0.105, "XAU": 0.16}
)
_TRADING_SECONDS_A_YEAR = 252 * 86_400
_DOLLAR_SHARE = 0.55
"""How much of every walk is the dollar's own: what makes EURUSD and GBPUSD go together."""
_FAST, _SLOW = 900.0, 7_200.0
"""Seconds of market time over which the two averages of the trend forget."""
_CALM, _NEWS, _NEWS_CHANCE = (0.8, 1.5), (2.0, 5.0), 0.01


class Market:
    """Moves when told to. `time` is market time in seconds since the start; `book` holds the quotes of this moment."""

    __slots__ = ("_fast", "_random", "_slow", "_usd", "book", "time")

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._usd = {"USD": 1.0, **_START_IN_USD}
        self.time = 0.0
        self._fast = {symbol: self._mid(instrument) for symbol, instrument in INSTRUMENTS.items()}
        self._slow = dict(self._fast)
        self.book = Book(dict(self._quotes()))

    def advance(self, seconds: float) -> None:
        """Lets `seconds` of market time pass."""
        self.time += seconds
        scale = math.sqrt(seconds / _TRADING_SECONDS_A_YEAR)
        dollar = self._random.gauss() * _DOLLAR_SHARE
        own = math.sqrt(1 - _DOLLAR_SHARE**2)
        for currency, volatility in _YEARLY_VOLATILITY.items():
            self._usd[currency] *= math.exp(volatility * scale * (dollar + own * self._random.gauss()))
        self._follow(seconds)
        self.book = Book(dict(self._quotes()))

    def momentum(self, symbol: str) -> float:
        """How far the quick average stands above the slow one, as a share of the price."""
        return self._fast[symbol] / self._slow[symbol] - 1

    def _follow(self, seconds: float) -> None:
        fast, slow = 1 - math.exp(-seconds / _FAST), 1 - math.exp(-seconds / _SLOW)
        for symbol, instrument in INSTRUMENTS.items():
            mid = self._mid(instrument)
            self._fast[symbol] += fast * (mid - self._fast[symbol])
            self._slow[symbol] += slow * (mid - self._slow[symbol])

    def _mid(self, instrument: Instrument) -> float:
        return self._usd[instrument.base] / self._usd[instrument.quote]

    def _quotes(self) -> Iterator[tuple[str, Quote]]:
        widened = self._random.uniform(*(_NEWS if self._random.random() < _NEWS_CHANCE else _CALM))
        for symbol, instrument in INSTRUMENTS.items():
            spread = max(1, round(instrument.spread * widened))
            points = round(self._mid(instrument) * 10**instrument.digits - spread / 2)
            bid, ask = (Decimal(price).scaleb(-instrument.digits) for price in (points, points + spread))
            yield symbol, Quote(bid, ask)
