"""What the simulated terminals trade: contract sizes, digits, spreads, swaps. Used by arithmetic.py and market.py.

The figures are those of a typical MT5 server with raw spreads; swaps are in points a night and lot, as MT5 states them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

LOT_STEP = Decimal("0.01")
CURRENCY_CONTRACT = Decimal(100_000)
GOLD_CONTRACT = Decimal(100)


class Side(StrEnum):
    """The direction of a position, spelled as the feed spells it."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True)
class Instrument:
    """One symbol: `base` is what is traded, `quote` the currency of its price."""

    symbol: str
    base: str
    quote: str
    digits: int
    spread: int
    """Usual distance of ask from bid, in points (a point is the last digit of the price)."""
    swap_long: Decimal
    swap_short: Decimal
    contract: Decimal = CURRENCY_CONTRACT
    point: Decimal = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "point", Decimal(1).scaleb(-self.digits))

    def swap(self, side: Side) -> Decimal:
        """Points a night and lot."""
        return self.swap_long if side is Side.BUY else self.swap_short


def _pair(symbol: str, spread: int, swap_long: str, swap_short: str, digits: int = 5) -> Instrument:
    return Instrument(symbol, symbol[:3], symbol[3:], digits, spread, Decimal(swap_long), Decimal(swap_short))


_GOLD = Instrument("XAUUSD", "XAU", "USD", 2, 12, Decimal("-38.5"), Decimal("21.2"), GOLD_CONTRACT)

INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        instrument.symbol: instrument
        for instrument in (
            _pair("EURUSD", 3, "-7.2", "3.1"),
            _pair("GBPUSD", 6, "-3.4", "-1.2"),
            _pair("USDJPY", 4, "12.6", "-24.1", digits=3),
            _pair("USDCHF", 6, "6.0", "-11.3"),
            _pair("AUDUSD", 4, "-2.9", "0.4"),
            _pair("EURGBP", 6, "-5.1", "1.3"),
            _pair("EURJPY", 7, "9.8", "-21.7", digits=3),
            _GOLD,
        )
    }
)
