"""From an account's money to a score: profit percentage and drawdowns, as docs/SCORING.md defines them.

The worker calls this for every message. Results are quantized here, to the scale of the database's columns, so that a
value kept in memory and the same value read back are equal, digit for digit.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

import msgspec

from live.board.rows import Money, Score

MONEY_LIMIT = Decimal(10) ** 15
"""Money is less than this, either way: numeric(24, 8) with a digit to spare."""

_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""Wide enough that only a division rounds; the default 28 digits could not even hold a quantized score."""

# What does not fit into so many digits cannot be quantized, and needs no comparison.
_AMOUNTS = Context(prec=15 + 8, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_SCORES = Context(prec=20 + 20, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_DRAWDOWNS = Context(prec=16 + 8, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_subtract, _multiply, _divide = _EXACT.subtract, _EXACT.multiply, _EXACT.divide
_NAN = Decimal("NaN")
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)
_MONEY_STEP = Decimal("1e-8")
_SCORE_STEP = Decimal("1e-20")
_DRAWDOWN_STEP = Decimal("1e-8")
_SCORE_CEILING = _EXACT.subtract(Decimal("1e20"), _SCORE_STEP)
_SCORE_FLOOR = _SCORE_CEILING.copy_negate()
_DRAWDOWN_CEILING = _EXACT.subtract(Decimal("1e16"), _DRAWDOWN_STEP)


def quantize_money(value: Decimal) -> Decimal:
    """Return an amount with 8 decimal places, never a negative zero. ValueError if not finite or too large."""
    try:
        amount = _AMOUNTS.quantize(value, _MONEY_STEP)
    except InvalidOperation:
        amount = _NAN
    if amount.is_nan():
        raise ValueError("not an amount below 1e15")
    return amount or _ZERO


def profit_percentage(money: Money, baseline: Decimal | None) -> Decimal | None:
    """Return the score in percent, with 20 decimal places; None while the account has no equity.

    Against a baseline it is the true gain. Without one (or with one that is not positive, which nothing can be
    measured against) it is the feed formula, which knows floating profit only.
    """
    if money.equity is None:
        return None
    if baseline is None or baseline <= 0:
        return _feed_percentage(money)
    capital = _subtract(money.equity, money.credit) if money.credit else money.equity
    return _percent(_subtract(capital, baseline), baseline)


def _feed_percentage(money: Money) -> Decimal:
    if money.profit is None or money.balance is None:
        return _ZERO
    invested = _subtract(money.balance, money.profit)
    return _percent(money.profit, invested) if invested > 0 else _ZERO


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    try:
        return _SCORES.quantize(_divide(_multiply(part, _HUNDRED), whole), _SCORE_STEP) or _ZERO
    except InvalidOperation:
        return _SCORE_FLOOR if part < 0 else _SCORE_CEILING


def drawdown(peak: Decimal, equity: Decimal) -> Decimal:
    """Return how far equity is below its peak, in percent of the peak, with 8 decimal places; 0 at or above the peak.

    An account that never had anything (peak <= 0) has lost all there was: 100, never 0.
    """
    if equity >= peak > 0:
        return _ZERO
    if peak <= 0:
        return _HUNDRED
    try:
        ratio = _divide(_multiply(_subtract(peak, equity), _HUNDRED), peak)
        return _DRAWDOWNS.quantize(ratio, _DRAWDOWN_STEP) or _ZERO
    except InvalidOperation:
        return _DRAWDOWN_CEILING


def _is_deeper(peak: Decimal, equity: Decimal, known: Decimal) -> bool:
    """Whether the drawdown from a positive peak is larger than a known one: cheaper than how large it is."""
    return _multiply(_subtract(peak, equity), _HUNDRED) > _multiply(known, peak)


class Extremes(msgspec.Struct, frozen=True, gc=False):
    """What must be remembered of an equity curve to know its drawdowns: observed values only, without the baseline.

    `path_drawdown` is the largest drawdown from an observed peak, in percent.
    """

    high: Decimal | None = None
    low: Decimal | None = None
    path_drawdown: Decimal = _ZERO

    def observe(self, equity: Decimal) -> "Extremes":
        """Return the extremes with one more equity seen; itself where that changes nothing."""
        if self.high is None or self.low is None:
            return Extremes(equity, equity, drawdown(equity, equity))
        high, low, path = self.high, self.low, self.path_drawdown
        if equity > high:
            high = equity
        elif equity < low:
            low = equity
        if high <= 0 or _is_deeper(high, equity, path):
            now = drawdown(high, equity)
            path = now if now > path else path
        if high is self.high and low is self.low and path is self.path_drawdown:
            return self
        return Extremes(high, low, path)


def scored(money: Money, baseline: Decimal | None, extremes: Extremes) -> Score:
    """Score an account whose equity curve had these extremes; an empty score while it has no equity.

    The baseline is part of the peak, but may be edited later, so it is brought in here and not in the extremes. With
    B the baseline and R the highest equity so far, a positive equity e is (max(B, R) - e) / max(B, R) below the peak,
    which is the larger of (B - e) / B and (R - e) / R: the maximum over time splits exactly into the observed path's
    and the baseline's against the lowest equity. (For a negative equity, where the drawdown is over 100 % anyway, the
    split can say more than the peak would.)
    """
    if money.equity is None:
        return Score()
    equity, high, low, worst = money.equity, extremes.high, extremes.low, extremes.path_drawdown
    peak = equity if high is None or high < equity else high
    if low is None or low > equity:
        low = equity
    if baseline is not None and baseline > 0:
        peak = max(peak, baseline)
        if _is_deeper(baseline, low, worst):
            worst = drawdown(baseline, low)
    now = drawdown(peak, equity)
    return Score(profit_percentage(money, baseline), now, now if now > worst else worst)
