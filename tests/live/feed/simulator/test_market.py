"""One market for all, and no free lunch in it."""

import random
from decimal import Decimal

from live.feed.simulator.instruments import INSTRUMENTS
from live.feed.simulator.market import Market


def moved(seed: int = 1, steps: int = 200, seconds: float = 60.0) -> Market:
    market = Market(random.Random(seed))
    for _ in range(steps):
        market.advance(seconds)
    return market


def test_the_ask_is_above_the_bid_and_prices_have_the_digits_of_their_instrument() -> None:
    for symbol, quote in moved().book.quotes.items():
        assert quote.ask > quote.bid > 0
        assert quote.bid.as_tuple().exponent == quote.ask.as_tuple().exponent == -INSTRUMENTS[symbol].digits


def test_a_cross_is_worth_the_two_pairs_that_it_is_made_of() -> None:
    for seed in range(20):
        book = moved(seed).book
        bought_for_pounds = book["EURGBP"].ask * book["GBPUSD"].ask
        sold_for_dollars = book["EURUSD"].bid
        assert bought_for_pounds > sold_for_dollars  # going round costs the spread, it never pays
        assert abs(bought_for_pounds - sold_for_dollars) < Decimal("0.002")


def test_prices_walk_and_stay_believable() -> None:
    start, later = Market(random.Random(1)).book, moved(1, steps=24, seconds=3_600).book
    for symbol in INSTRUMENTS:
        assert later[symbol] != start[symbol]
        assert abs(later[symbol].bid / start[symbol].bid - 1) < Decimal("0.05")


def test_the_same_seed_makes_the_same_market() -> None:
    assert moved(7).book.quotes == moved(7).book.quotes
    assert moved(7).book.quotes != moved(8).book.quotes


def test_momentum_has_the_sign_of_what_the_price_did_last() -> None:
    market = moved(3)
    before = market.book["EURUSD"].bid
    while abs(market.book["EURUSD"].bid / before - 1) < Decimal("0.004"):
        market.advance(300)
    assert (market.momentum("EURUSD") > 0) == (market.book["EURUSD"].bid > before)
