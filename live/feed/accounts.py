"""The merge: what is known of an account, out of messages in any order. Pure; the second stage of the worker.

Each field remembers the time of the message it came from, and a message changes only fields that nothing newer has
told. So the same messages, in any order and any of them twice, end in the same snapshot.
"""

from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from live.board.rows import Money
from live.feed.objects import Carried, FeedObject, Kind, Micros

NO_TRADES: Final = b"[]"


class Times(NamedTuple):
    """When each field was last told, by the messages' own timestamps; 0 is never. In the order of `Carried`."""

    balance: Micros = 0
    equity: Micros = 0
    profit: Micros = 0
    margin: Micros = 0
    free_margin: Micros = 0
    credit: Micros = 0
    currency: Micros = 0
    leverage: Micros = 0
    positions: Micros = 0
    orders: Micros = 0


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """All that is known of an account. `newest` is the latest of its times."""

    money: Money
    positions: bytes
    orders: bytes
    times: Times
    newest: Micros


EMPTY: Final = Snapshot(Money(), NO_TRADES, NO_TRADES, Times(), 0)

_LASTING = frozenset({"credit", "currency", "leverage"})
_money_fields = attrgetter(*Carried._fields[:8])
_TRADES = (Kind.POSITIONS, Kind.ORDERS)


def merge(old: Snapshot, said: FeedObject) -> Snapshot:
    """Return the snapshot after one more message; `old` itself where the message brings nothing new."""
    stamp = said.stamp
    carried = said.carried if stamp >= old.newest else _still_new(old.times, said)
    times = Times._make([time if value is None else stamp for value, time in zip(carried, old.times, strict=True)])
    money = old.money if said.kind in _TRADES else _merge_money(old.money, carried)
    positions = old.positions if carried.positions is None else carried.positions
    orders = old.orders if carried.orders is None else carried.orders
    merged = Snapshot(money, positions, orders, times, max(stamp, old.newest))
    if times == old.times and (money, positions, orders) == (old.money, old.positions, old.orders):
        return old
    return merged


def _still_new(times: Times, late: FeedObject) -> Carried:
    """What a late message still has to say: the fields that nothing newer has told."""
    stamp = late.stamp
    return Carried._make([value if stamp >= time else None for value, time in zip(late.carried, times, strict=True)])


def _merge_money(old: Money, carried: Carried) -> Money:
    balance, equity, profit, margin, free_margin, credit, currency, leverage, _, _ = carried
    return Money(
        old.balance if balance is None else balance,
        old.equity if equity is None else equity,
        old.profit if profit is None else profit,
        old.margin if margin is None else margin,
        old.free_margin if free_margin is None else free_margin,
        old.credit if credit is None else credit,
        old.currency if currency is None else currency,
        old.leverage if leverage is None else leverage,
    )


def lasting(carried: Carried) -> Carried:
    """What counts in a marathon also from before its start: it comes with an account and hardly ever changes."""
    return Carried(**{name: getattr(carried, name) for name in _LASTING})


def within(snapshot: Snapshot, starts: Micros, ends: Micros) -> Snapshot:
    """Return what of an account counts in a marathon: the fields told from its start to its end, both included.

    Credit, currency and leverage also count from before the start: they come with an account and hardly ever change,
    so what was known of them is still true. `snapshot` itself where all of it counts.
    """
    lows = Times._make([0 if name in _LASTING else starts for name in Times._fields])
    kept = Times._make([time if low <= time <= ends else 0 for time, low in zip(snapshot.times, lows, strict=True)])
    if kept == snapshot.times:
        return snapshot
    whole = (*_money_fields(snapshot.money), snapshot.positions, snapshot.orders)
    counts = Carried._make([value if time else None for value, time in zip(whole, kept, strict=True)])
    money = _merge_money(EMPTY.money, counts)
    return Snapshot(money, counts.positions or NO_TRADES, counts.orders or NO_TRADES, kept, max(kept))
