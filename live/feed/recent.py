"""The last equities of a participant, so that one which comes late finds its place among them. Pure.

The largest drawdown depends on the order of an equity curve. What is remembered of the whole curve (Extremes) takes new
values at its end only; with the last few values at hand, one that belongs before them is taken just as exactly.
"""

from decimal import Decimal

import msgspec

from live.board.scoring import Extremes, drawdown
from live.feed.objects import Micros

MOST = 16
"""Values remembered: the better part of a minute at a terminal's usual pace."""


class Recent(msgspec.Struct, frozen=True, gc=False):
    """All equities seen after `since`, in the order of their times; `before` is the highest of all until then."""

    since: Micros = 0
    before: Decimal | None = None
    seen: tuple[tuple[Micros, Decimal], ...] = ()

    def add(self, stamp: Micros, equity: Decimal) -> "Recent":
        """Return it with one more value; values of the same time stay in the order in which they came."""
        seen = self.seen
        if not seen or stamp > seen[-1][0]:
            seen += ((stamp, equity),)
        elif stamp <= self.since or (stamp, equity) in seen:
            return self
        else:
            seen = tuple(sorted((*seen, (stamp, equity)), key=_time))
        if len(seen) <= MOST:
            return Recent(self.since, self.before, seen)
        since, leaving = seen[0]
        is_highest = self.before is None or leaving > self.before
        return Recent(since, leaving if is_highest else self.before, seen[1:])

    def with_late(self, extremes: Extremes, stamp: Micros, equity: Decimal, now: Decimal) -> Extremes:
        """Return the extremes with an equity that came after newer ones; `now` is the newest.

        Of what lay between a very late one and the oldest remembered nothing is known; but the way from the one to the
        newest is a drawdown that did happen, so the result is never larger than the truth.
        """
        earlier = [value for time, value in self.seen if time <= stamp]
        later = [value for time, value in self.seen if time > stamp]
        if stamp <= self.since:
            top, bottom = equity, now
        else:
            top = max([*earlier, equity] if self.before is None else [*earlier, equity, self.before])
            bottom = min([*later, equity])
        path = max(extremes.path_drawdown, drawdown(top, bottom))
        high = equity if extremes.high is None else max(extremes.high, equity)
        low = equity if extremes.low is None else min(extremes.low, equity)
        known = (extremes.high, extremes.low, extremes.path_drawdown)
        return extremes if (high, low, path) == known else Extremes(high, low, path)


def _time(seen: tuple[Micros, Decimal]) -> Micros:
    return seen[0]
