"""Candles join in any order to the same one."""

from decimal import Decimal
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from live.feed.history import Candle, candle

observations = st.lists(
    st.tuples(st.integers(1, 9).map(Decimal), st.integers(1, 99)),
    min_size=1,
    max_size=6,
    unique_by=lambda seen: seen[1],
)


def joined(seen: list[tuple[Decimal, int]]) -> Candle:
    return reduce(Candle.joined, [candle(equity, equity, stamp) for equity, stamp in seen])


@given(observations, st.data())
def test_candles_of_one_bucket_join_in_any_order_with_any_duplicates(
    seen: list[tuple[Decimal, int]], data: st.DataObject
) -> None:
    doubled = seen + data.draw(st.lists(st.sampled_from(seen), max_size=3))
    assert joined(data.draw(st.permutations(doubled))) == joined(seen)


def test_of_two_equities_of_the_same_moment_the_one_told_last_closes() -> None:
    """As it is what the account has then: objects without a timestamp, for example, that come in one body."""
    one = joined([(Decimal(5), 1), (Decimal(4), 1)])
    assert (one.open, one.close, one.balance) == (Decimal(5), Decimal(4), Decimal(4))


@given(observations)
def test_a_candle_opens_and_closes_with_the_first_and_last_equity(seen: list[tuple[Decimal, int]]) -> None:
    one, in_time = joined(seen), sorted(seen, key=lambda each: each[1])
    equities = [equity for equity, _ in seen]
    assert (one.open, one.close, one.balance) == (in_time[0][0], in_time[-1][0], in_time[-1][0])
    assert (one.high, one.low) == (max(equities), min(equities))
