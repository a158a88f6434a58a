"""The accounts that the feeder speaks for: a random walk each, the same in every run."""

import json
import random
from datetime import UTC, datetime
from typing import Any

from bench.boards.contest import VERSIONS, login_of

_SYMBOLS = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD", "US30", "BTCUSD")
_SEED = 7
_LEAST_HUNDREDS, _MOST_HUNDREDS = 600, 1400
_MOST_PROFIT = 2_000_000


class Fleet:
    """Amounts are whole cents."""

    def __init__(self, size: int) -> None:
        self._random = random.Random(_SEED)
        self._hundreds = [self._random.randint(800, 1200) for _ in range(size)]
        self._profit = [self._random.randint(-1_000_000, 1_000_000) for _ in range(size)]
        self._positions = [_position(number) for number in range(size)]
        self.versions = [0] * size

    def anyone(self) -> int:
        return self._random.randrange(len(self.versions))

    def is_snapshot(self, share: float) -> bool:
        """Whether the next message is a full one, which this share of them is."""
        return self._random.random() < share

    def move(self, number: int) -> None:
        """Give an account its next version."""
        self.versions[number] += 1
        profit = self._profit[number] + self._random.randint(-5000, 5000)
        self._profit[number] = max(-_MOST_PROFIT, min(_MOST_PROFIT, profit))
        if self._random.random() < 0.1:
            hundreds = self._hundreds[number] + self._random.choice((-1, 1))
            self._hundreds[number] = max(_LEAST_HUNDREDS, min(_MOST_HUNDREDS, hundreds))

    def equity(self, number: int) -> int:
        return self._hundreds[number] * 10_000 + self.versions[number] % VERSIONS

    def message(self, number: int, *, snapshot: bool) -> bytes:
        """An `account` or `update` message of the feed, written by hand: the feeder must be faster than the server."""
        equity, profit, margin = self.equity(number), self._profit[number], 50_000 + 1000 * (number % 50)
        kind = "account" if snapshot else "update"
        parts = [
            f'{{"type":"{kind}","login":"{login_of(number)}"',
            f'"balance":{_money(equity - profit)},"equity":{_money(equity)},"profit":{_money(profit)}',
            f'"margin":{_money(margin)},"freeMargin":{_money(equity - margin)}',
            *([f'"currency":"USD","leverage":100,"positions":{self._positions[number]},"orders":[]'] * snapshot),
            f'"timestamp":"{_now()}"}}',
        ]
        return ",".join(parts).encode()

    def final(self) -> list[dict[str, Any]]:
        """How every account stands, in cents."""
        return [
            {"login": login_of(number), "equity": self.equity(number), "profit": self._profit[number]}
            for number in range(len(self.versions))
        ]


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _position(number: int) -> str:
    position = {
        "ticket": 100_000_000 + number,
        "symbol": _SYMBOLS[number % len(_SYMBOLS)],
        "type": "BUY" if number % 2 else "SELL",
        "volume": 0.1,
        "openPrice": 1.1,
        "currentPrice": 1.105,
        "profit": 50.0,
        "swap": -1.2,
        "commission": 0.0,
        "openTime": "2025-11-14T10:00:00Z",
    }
    return json.dumps([position], separators=(",", ":"))
