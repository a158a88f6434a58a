"""The vectors of the scoring contract, to the digit."""

from decimal import Decimal

import pytest

from live.feed.simulator import arithmetic
from live.feed.simulator.instruments import INSTRUMENTS, Side
from tests.live.feed.simulator.prices import book

D = Decimal
BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("symbol", "side", "lots", "opened", "closing", "profit", "margin"),
    [
        ("EURUSD", BUY, "0.10", "1.10000", "1.10500", "50.00", "110.00"),
        ("USDJPY", SELL, "0.20", "151.200", "151.050", "19.86", "200.00"),
        ("XAUUSD", BUY, "0.05", "2350.00", "2341.20", "-44.00", "117.50"),
        ("EURGBP", BUY, "0.30", "0.86000", "0.86120", "45.54", "325.50"),
    ],
)
def test_profit_and_margin_are_those_of_an_mt5_account_to_the_digit(
    *, symbol: str, side: Side, lots: str, opened: str, closing: str, profit: str, margin: str
) -> None:
    prices = book(**{"EURUSD": "1.08500", "GBPUSD": "1.26500", symbol: closing})
    instrument = INSTRUMENTS[symbol]
    rate = prices.rate(instrument.quote, "USD")
    assert str(arithmetic.profit(instrument, side, D(lots), D(opened), D(closing), rate)) == profit
    assert str(arithmetic.margin(instrument, D(lots), D(opened), 100, "USD", prices)) == margin


def test_a_currency_is_sold_at_the_bid_or_at_one_over_the_ask() -> None:
    prices = book(EURUSD=("1.08500", "1.08510"), USDJPY=("151.000", "151.100"))
    assert prices.rate("EUR", "USD") == D("1.08500")
    assert prices.rate("JPY", "USD") == 1 / D("151.100")
    assert prices.rate("USD", "USD") == 1


def test_currencies_without_a_pair_go_through_the_dollar() -> None:
    prices = book(AUDUSD=("0.65500", "0.65510"), EURUSD=("1.08500", "1.08510"))
    assert prices.rate("AUD", "EUR") == D("0.65500") / D("1.08510")


def test_a_currency_that_nothing_quotes_has_no_rate() -> None:
    with pytest.raises(KeyError, match="SEK"):
        book().rate("SEK", "USD")


@pytest.mark.parametrize(("exact", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.0049", "0.00")])
def test_half_a_cent_is_rounded_away_from_zero(exact: str, rounded: str) -> None:
    assert arithmetic.cents(D(exact)) == D(rounded)


def test_a_buy_opens_at_the_ask_and_closes_at_the_bid() -> None:
    quote = book(EURUSD=("1.1", "1.2"))["EURUSD"]
    assert (quote.opening(BUY), quote.closing(BUY)) == (D("1.2"), D("1.1"))
    assert (quote.opening(SELL), quote.closing(SELL)) == (D("1.1"), D("1.2"))


def test_swap_is_points_times_the_value_of_a_point() -> None:
    nights, lots = 3, D("0.50")
    points = INSTRUMENTS["EURUSD"].swap_long
    assert arithmetic.swap(INSTRUMENTS["EURUSD"], BUY, lots, nights, D(1)) == points * lots * nights
