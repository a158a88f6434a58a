"""The arithmetic of an MT5 account: profit, margin, swap and the rates between currencies. PURE; account.py applies it.

Everything is `Decimal`; money is rounded to cents, half away from zero, as MT5 rounds it.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from live.feed.simulator.instruments import Instrument, Side

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
_ONE = Decimal(1)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


class Quote(NamedTuple):
    """One symbol's prices: a buyer pays `ask`, a seller gets `bid`."""

    bid: Decimal
    ask: Decimal

    def opening(self, side: Side) -> Decimal:
        return self.ask if side is Side.BUY else self.bid

    def closing(self, side: Side) -> Decimal:
        return self.bid if side is Side.BUY else self.ask


class Book:
    """All quotes of one moment. Never changed once made, so the rates worked out from it are kept."""

    __slots__ = ("_rates", "quotes")

    def __init__(self, quotes: Mapping[str, Quote]) -> None:
        self.quotes = quotes
        self._rates: dict[tuple[str, str], Decimal] = {}

    def __getitem__(self, symbol: str) -> Quote:
        return self.quotes[symbol]

    def rate(self, source: str, target: str) -> Decimal:
        """What one unit of `source` fetches in `target`: it is sold, so at the bid, or at 1/ask of the inverse pair.

        Currencies without a pair of their own go through USD. KeyError if there is no way.
        """
        known = self._rates.get((source, target))
        if known is None:
            known = self._rates[source, target] = self._worked_out(source, target)
        return known

    def _worked_out(self, source: str, target: str) -> Decimal:
        if source == target:
            return _ONE
        if direct := self.quotes.get(source + target):
            return direct.bid
        if inverse := self.quotes.get(target + source):
            return _ONE / inverse.ask
        if "USD" in (source, target):
            raise KeyError(f"no quote leads from {source} to {target}")
        return self.rate(source, "USD") * self.rate("USD", target)


def profit(
    instrument: Instrument, side: Side, lots: Decimal, opened: Decimal, closing: Decimal, rate: Decimal
) -> Decimal:
    """Profit of a position opened at `opened` if it were closed at `closing` (bid for a buy, ask for a sell).

    `rate` turns the quote currency into the account's. Cents of the account's currency.
    """
    gained = closing - opened if side is Side.BUY else opened - closing
    return cents(gained * instrument.contract * lots * rate)


def margin(instrument: Instrument, lots: Decimal, opened: Decimal, leverage: int, currency: str, book: Book) -> Decimal:
    """Margin that a position opened at `opened` binds until it is closed, in cents of `currency`.

    Where the account's currency is the quote currency the opening price itself is the rate.
    """
    rate = opened if instrument.quote == currency else book.rate(instrument.base, currency)
    return cents(instrument.contract * lots * rate / leverage)


def swap(instrument: Instrument, side: Side, lots: Decimal, nights: int, rate: Decimal) -> Decimal:
    """What `nights` nights cost (negative) or bring; `rate` turns the quote currency into the account's."""
    return cents(instrument.swap(side) * instrument.point * instrument.contract * lots * nights * rate)
