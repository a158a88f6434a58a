"""The books that the tests of the simulated terminals trade at."""

from decimal import Decimal

from live.feed.simulator.account import Now
from live.feed.simulator.arithmetic import Book, Quote

D = Decimal
PRICES = {
    "EURUSD": ("1.10000", "1.10000"),
    "GBPUSD": ("1.26500", "1.26500"),
    "USDJPY": ("151.050", "151.050"),
    "USDCHF": ("0.88000", "0.88000"),
    "AUDUSD": ("0.65500", "0.65500"),
    "EURGBP": ("0.86000", "0.86000"),
    "EURJPY": ("166.000", "166.000"),
    "XAUUSD": ("2350.00", "2350.00"),
}


def book(**changed: str | tuple[str, str]) -> Book:
    """The usual prices without a spread, but for those given: one price, or bid and ask."""
    pairs = {symbol: (price, price) if isinstance(price, str) else price for symbol, price in changed.items()}
    return Book({symbol: Quote(D(bid), D(ask)) for symbol, (bid, ask) in (PRICES | pairs).items()})


def at(prices: Book | None = None, market: float = 0.0, epoch_ms: int = 1_763_114_400_000) -> Now:
    return Now(epoch_ms, market, prices or book())
