"""What the publisher says: objects of the feed in a realistic mix, the same for the same seed.

The shares follow the cadence of docs/FEED.md: a whole snapshot every 20 s, an update every 4 s between them, positions
every 40 s, orders every two minutes.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

FIRST_LOGIN = 26_000_000
SHARES = {"account": 18, "update": 70, "positions": 9, "orders": 3}
SYMBOLS = {"EURUSD": 1.1, "GBPUSD": 1.265, "USDJPY": 151.2, "XAUUSD": 2350.0, "US30": 39_100.0}
CAPITAL = 10_000.0


def login(number: int) -> str:
    """The login of an account by its number, from 0."""
    return str(FIRST_LOGIN + number)


def stamp(seconds: float) -> str:
    """The time as the publisher writes it, to the microsecond: so that no two objects have the same."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Fleet:
    """Accounts that speak at random. `snapshots` is what each says first, `objects` what they say from then on."""

    def __init__(self, accounts: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._accounts = accounts

    def snapshots(self, at: float) -> Iterator[bytes]:
        """One whole snapshot of every account."""
        for number in range(self._accounts):
            yield self._object("account", number, at)

    def objects(self, count: int, at: Callable[[int], float]) -> Iterator[bytes]:
        """So many objects; `at` gives the time of each by its number."""
        kinds = self._random.choices(list(SHARES), list(SHARES.values()), k=count)
        for index, kind in enumerate(kinds):
            yield self._object(kind, self._random.randrange(self._accounts), at(index))

    def _object(self, kind: str, number: int, at: float) -> bytes:
        said: dict[str, Any] = {"type": kind, "login": login(number)}
        if kind in {"account", "update"}:
            said |= self._money(whole=kind == "account")
        if kind in {"account", "positions"}:
            said["positions"] = [self._position() for _ in range(self._random.choice((0, 1, 2, 2, 3, 4)))]
        if kind in {"account", "orders"}:
            said["orders"] = [self._order() for _ in range(self._random.choice((0, 0, 1, 2)))]
        return json.dumps(said | {"timestamp": stamp(at)}, separators=(",", ":")).encode()

    def _money(self, *, whole: bool) -> dict[str, Any]:
        profit, margin = round(self._random.gauss(0, 300), 2), round(self._random.uniform(50, 900), 2)
        equity = round(CAPITAL + profit, 2)
        changed = {"equity": equity, "profit": profit, "freeMargin": round(equity - margin, 2)}
        if not whole:
            return changed
        return {"balance": CAPITAL, **changed, "margin": margin, "credit": 0, "currency": "USD", "leverage": 100}

    def _trade(self) -> dict[str, Any]:
        symbol, price = self._random.choice(list(SYMBOLS.items()))
        return {
            "ticket": self._random.randrange(10**8, 10**9),
            "symbol": symbol,
            "volume": self._random.randrange(1, 100) / 100,
            "currentPrice": round(price * self._random.uniform(0.99, 1.01), 5),
        }

    def _position(self) -> dict[str, Any]:
        trade = self._trade()
        profit = round(self._random.gauss(0, 100), 2)
        opened = {"openPrice": trade["currentPrice"], "openTime": "2026-11-02T09:31:07Z"}
        return trade | opened | {"type": self._random.choice(("BUY", "SELL")), "profit": profit, "swap": -1.2}

    def _order(self) -> dict[str, Any]:
        trade = self._trade()
        kind = self._random.choice(("BUY_LIMIT", "SELL_LIMIT", "BUY_STOP", "SELL_STOP"))
        return trade | {"type": kind, "price": trade["currentPrice"], "time": "2026-11-02T09:31:07Z"}


def bodies(objects: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The objects as messages of `size` objects each, on lines of their own."""
    lines = []
    for one in objects:
        lines.append(one)
        if len(lines) == size:
            yield b"\n".join(lines)
            lines = []
    if lines:
        yield b"\n".join(lines)
