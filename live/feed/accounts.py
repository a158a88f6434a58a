"""The merge: what is known of an account, out of messages in any order. Pure; the second stage of the worker.

Each field remembers the time of the message it came from, and a message changes only fields that nothing newer has
told. So the same messages, in any order and any of them twice, end in the same snapshot.
"""

from typing import Final

import msgspec
from msgspec.structs import astuple

from live.board.rows import Money
from live.feed.objects import Carried, FeedObject, Kind, Micros

NO_TRADES: Final = b"[]"


class Times(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """When each field was last told, by the messages' own timestamps; 0 is never. In the order of `Carried`.

    Its JSON, which the database keeps, is an array.
    """

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
_TRADES = (Kind.POSITIONS, Kind.ORDERS)


def merge(old: Snapshot, said: FeedObject) -> Snapshot:
    """Return the snapshot after one more message; `old` itself where the message brings nothing new."""
    stamp = said.stamp
    carried = said.carried if stamp >= old.newest else _still_new(old.times, said)
    times = _merge_times(old.times, carried, stamp)
    money = old.money if said.kind in _TRADES else _merge_money(old.money, carried)
    positions = old.positions if carried.positions is None else carried.positions
    orders = old.orders if carried.orders is None else carried.orders
    if times == old.times and (money, positions, orders) == (old.money, old.positions, old.orders):
        return old
    return Snapshot(money, positions, orders, times, stamp if stamp > old.newest else old.newest)


def _still_new(times: Times, late: FeedObject) -> Carried:
    """What a late message still has to say: the fields that nothing newer has told."""
    stamp = late.stamp
    told = zip(astuple(late.carried), astuple(times), strict=True)
    return Carried(*[value if stamp >= time else None for value, time in told])


# Field by field: every message comes through here, and a loop over the names takes three times as long.


def _merge_times(old: Times, carried: Carried, stamp: Micros) -> Times:
    return Times(
        old.balance if carried.balance is None else stamp,
        old.equity if carried.equity is None else stamp,
        old.profit if carried.profit is None else stamp,
        old.margin if carried.margin is None else stamp,
        old.free_margin if carried.free_margin is None else stamp,
        old.credit if carried.credit is None else stamp,
        old.currency if carried.currency is None else stamp,
        old.leverage if carried.leverage is None else stamp,
        old.positions if carried.positions is None else stamp,
        old.orders if carried.orders is None else stamp,
    )


def _merge_money(old: Money, carried: Carried) -> Money:
    return Money(
        old.balance if carried.balance is None else carried.balance,
        old.equity if carried.equity is None else carried.equity,
        old.profit if carried.profit is None else carried.profit,
        old.margin if carried.margin is None else carried.margin,
        old.free_margin if carried.free_margin is None else carried.free_margin,
        old.credit if carried.credit is None else carried.credit,
        old.currency if carried.currency is None else carried.currency,
        old.leverage if carried.leverage is None else carried.leverage,
    )


def lasting(carried: Carried) -> Carried:
    """What counts in a marathon also from before its start: it comes with an account and hardly ever changes."""
    return Carried(**{name: getattr(carried, name) for name in _LASTING})


def within(snapshot: Snapshot, starts: Micros, ends: Micros) -> Snapshot:
    """Return what of an account counts in a marathon: the fields told from its start to its end, both included.

    Credit, currency and leverage also count from before the start: they come with an account and hardly ever change,
    so what was known of them is still true. `snapshot` itself where all of it counts.
    """
    lows = [0 if name in _LASTING else starts for name in Times.__struct_fields__]
    told = zip(astuple(snapshot.times), lows, strict=True)
    kept = Times(*[time if low <= time <= ends else 0 for time, low in told])
    if kept == snapshot.times:
        return snapshot
    whole = (*astuple(snapshot.money), snapshot.positions, snapshot.orders)
    counts = Carried(*[value if time else None for value, time in zip(whole, astuple(kept), strict=True)])
    money = _merge_money(EMPTY.money, counts)
    return Snapshot(money, counts.positions or NO_TRADES, counts.orders or NO_TRADES, kept, max(astuple(kept)))
