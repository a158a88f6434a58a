"""The equity curve in buckets: what each commit adds to a participant's points. Pure.

A candle knows the times of its open and close, so candles of one bucket join in any order, any of them twice, to the
same one; the database joins a new candle with the stored one by the same rule (columns.py).
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from live.board.rows import ParticipantId
from live.feed.objects import Micros


class BucketKey(msgspec.Struct, frozen=True, gc=False):
    """Whose bucket, and when it starts."""

    participant_id: ParticipantId
    start: Micros


class Candle(msgspec.Struct, frozen=True, gc=False):
    """Equities seen in one bucket; `balance` goes with `close`."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    balance: Decimal | None
    opened: Micros
    closed: Micros

    def joined(self, other: "Candle") -> "Candle":
        """Return both as one; of two equities of the same moment the one told last, the other's, closes."""
        first = other if other.opened < self.opened else self
        last = other if other.closed >= self.closed else self
        return Candle(
            first.open,
            max(self.high, other.high),
            min(self.low, other.low),
            last.close,
            last.balance,
            first.opened,
            last.closed,
        )


def candle(equity: Decimal, balance: Decimal | None, stamp: Micros) -> Candle:
    """Return the candle of one observation."""
    return Candle(equity, equity, equity, equity, balance, stamp, stamp)


def join(ours: Mapping[BucketKey, Candle], others: Mapping[BucketKey, Candle]) -> dict[BucketKey, Candle]:
    """Return all candles of both, those of one bucket as one."""
    joined = dict(ours)
    for key, other in others.items():
        known = joined.get(key)
        joined[key] = known.joined(other) if known else other
    return joined
