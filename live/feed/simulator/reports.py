"""What a terminal says and when. After account.py, which knows the figures; before stream.py, which packs the objects.

`account` is the whole snapshot: as a heartbeat every 10-30 s and when a position was closed or the equity moved a lot.
`update` carries the money fields that changed, every 3-5 s while they do; `positions` and `orders` go out when those
change.
"""

import random
from decimal import Decimal
from typing import Any

from live.board.rows import Login
from live.feed.simulator import objects
from live.feed.simulator.account import Account, Money, Now
from live.feed.simulator.arithmetic import Book

UPDATE_SECONDS = (3.0, 5.0)
HEARTBEAT_SECONDS = (10.0, 30.0)
SIGNIFICANT_MOVE = Decimal("0.02")
"""Share of the last snapshot's equity by which it must move for a snapshot out of turn."""


class Reporter:
    """Remembers what one terminal said last. No two of its objects share a timestamp: their order is never in doubt."""

    __slots__ = ("_account", "_equity", "_heartbeat_at", "_last_ms", "_login", "_random", "_said", "_update_at")

    def __init__(self, login: Login, account: Account, source: random.Random) -> None:
        self._login = login
        self._account = account
        self._random = source
        self._said: Money | None = None
        self._equity = Decimal(0)
        self._heartbeat_at = self._update_at = 0.0
        self._last_ms = 0

    @property
    def speaks_at(self) -> float:
        """When, in fleet time, it next speaks if nothing happens: without positions, only the heartbeat."""
        return min(self._heartbeat_at, self._update_at) if self._account.positions else self._heartbeat_at

    def report(self, at: float, now: Now) -> list[bytes]:
        """The objects that go out now: `at` is the fleet's own time in seconds, which the cadence counts in."""
        news, money, said = self._account.take_news(), self._account.money, self._said
        if said is None or news.closed or at >= self._heartbeat_at or self._moved_far(money):
            return [self._snapshot(money, at, now)]
        spoken = []
        if news.opened:
            spoken.append(self._object("positions", now, positions=self._positions()))
        if news.orders:
            spoken.append(self._object("orders", now, orders=self._orders(now.book)))
        if money != said and (news.opened or at >= self._update_at):
            spoken.append(self._update(money, said, at, now))
        return spoken

    def _moved_far(self, money: Money) -> bool:
        return abs(money.equity - self._equity) > SIGNIFICANT_MOVE * abs(self._equity)

    def _snapshot(self, money: Money, at: float, now: Now) -> bytes:
        terms = self._account.terms
        self._equity = money.equity
        self._heartbeat_at = at + self._random.uniform(*HEARTBEAT_SECONDS)
        self._note(money, at)
        lists = {"positions": self._positions(), "orders": self._orders(now.book)}
        fixed = {"credit": terms.credit, "currency": terms.currency, "leverage": terms.leverage}
        return self._object("account", now, **money._asdict(), **fixed, **lists)

    def _update(self, money: Money, said: Money, at: float, now: Now) -> bytes:
        self._note(money, at)
        pairs = zip(Money._fields, money, said, strict=True)
        return self._object("update", now, **{name: new for name, new, old in pairs if new != old})

    def _note(self, money: Money, at: float) -> None:
        self._said = money
        self._update_at = at + self._random.uniform(*UPDATE_SECONDS)

    def _object(self, kind: str, now: Now, **fields: Any) -> bytes:
        self._last_ms = max(now.epoch_ms, self._last_ms + 1)
        return objects.encode(objects.ObjectReport(kind, self._login, objects.stamp(self._last_ms), **fields))

    def _positions(self) -> list[objects.PositionReport]:
        return [objects.position_report(position) for position in self._account.positions]

    def _orders(self, book: Book) -> list[objects.OrderReport]:
        return [objects.order_report(order, book) for order in self._account.orders]
