"""The vectors of the scoring contract, and what must hold for any equity curve."""

from decimal import Decimal, getcontext, localcontext
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.board.rows import Money, Score
from live.board.scoring import MONEY_LIMIT, Extremes, drawdown, profit_percentage, quantize_money, scored

D = Decimal
cents = st.integers(1, 10**9).map(lambda number: quantize_money(D(number) / 100))
any_cents = st.integers(-(10**9), 10**9).map(lambda number: quantize_money(D(number) / 100))
amounts = st.decimals(-MONEY_LIMIT + 1, MONEY_LIMIT - 1, places=8).map(quantize_money)


def snapshot(balance: str, floating: str, credit: str | None = None) -> Money:
    equity = D(balance) + D(floating) + D(credit or 0)
    return Money(balance=D(balance), equity=equity, profit=D(floating), credit=None if credit is None else D(credit))


def observed(*equities: Decimal) -> Extremes:
    extremes = Extremes()
    for equity in equities:
        extremes = extremes.observe(equity)
    return extremes


def worst_of(curve: list[Decimal], baseline: Decimal | None) -> Decimal:
    """The definition: the largest drawdown from the highest equity so far, the baseline included."""
    peaks = accumulate(curve, max, initial=baseline) if baseline is not None else accumulate(curve, max)
    tops = list(peaks)[-len(curve) :]
    return max(drawdown(peak, equity) for peak, equity in zip(tops, curve, strict=True))


@pytest.mark.parametrize(
    ("balance", "floating", "by_the_feed", "true_gain"),
    [("11000", "0", "0.00", "10.00"), ("9000", "1500", "20.00", "5.00"), ("12000", "-500", "-4.00", "15.00")],
)
def test_the_feed_formula_forgets_closed_trades_and_a_baseline_does_not(
    balance: str, floating: str, by_the_feed: str, true_gain: str
) -> None:
    money = snapshot(balance, floating)
    assert profit_percentage(money, None) == D(by_the_feed)
    assert profit_percentage(money, D(10000)) == D(true_gain)


def test_the_worked_example_of_a_message_without_and_with_a_baseline() -> None:
    money = Money(balance=D("10150.25"), equity=D("10200.50"), profit=D("150.25"))
    assert profit_percentage(money, None) == D("1.5025")
    assert profit_percentage(money, D(10000)) == D("2.005")


def test_credit_is_not_a_gain() -> None:
    assert profit_percentage(snapshot("10000", "200", credit="500"), D(10000)) == D(2)


def test_without_any_equity_there_is_no_score() -> None:
    assert profit_percentage(Money(balance=D(100), profit=D(1)), D(100)) is None
    assert scored(Money(), D(100), Extremes()) == Score(None, None, None)


@pytest.mark.parametrize(
    "money",
    [
        Money(equity=D(5)),
        Money(equity=D(5), profit=D(1)),
        Money(equity=D(5), balance=D(5)),
        Money(equity=D(5), balance=D(5), profit=D(5)),
        Money(equity=D(5), balance=D(5), profit=D(6)),
    ],
)
def test_the_feed_formula_is_zero_where_nothing_was_invested_or_known(money: Money) -> None:
    assert profit_percentage(money, None) == 0


@pytest.mark.parametrize("baseline", [D(0), D(-100)])
def test_a_baseline_that_is_not_positive_is_none(baseline: Decimal) -> None:
    money = snapshot("9000", "1500")
    assert scored(money, baseline, observed(D(10500))) == scored(money, None, observed(D(10500)))


def test_a_score_has_twenty_decimal_places() -> None:
    assert profit_percentage(Money(equity=D(4)), D(3)) == D("33.33333333333333333333")


def test_a_drawdown_has_eight_decimal_places() -> None:
    assert drawdown(D(3), D(2)) == D("33.33333333")


@given(amounts, cents)
def test_scores_and_drawdowns_fit_their_columns(equity: Decimal, baseline: Decimal) -> None:
    score = scored(Money(equity=equity), baseline, observed(equity))
    assert score.percentage is not None
    assert score.max_drawdown is not None
    assert abs(score.percentage) < 10**20
    assert score.percentage.as_tuple().exponent in (-20, 0)
    assert 0 <= score.max_drawdown < 10**16
    assert score.max_drawdown.as_tuple().exponent in (-8, 0)


def test_the_smallest_baseline_and_the_largest_loss_do_not_overflow() -> None:
    tiny, huge = D("0.00000001"), MONEY_LIMIT - 1
    assert scored(Money(equity=huge), tiny, observed(huge)).percentage == D("9" * 20 + "." + "9" * 20)
    assert scored(Money(equity=-huge), tiny, observed(-huge)).max_drawdown == D("9" * 16 + "." + "9" * 8)


@given(amounts, cents)
def test_the_callers_decimal_context_does_not_matter(equity: Decimal, baseline: Decimal) -> None:
    expected = scored(Money(equity=equity), baseline, observed(equity))
    with localcontext(getcontext()) as context:
        context.prec = 6
        assert scored(Money(equity=equity), baseline, observed(equity)) == expected


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e15", "-1e15", "1e400"])
def test_money_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        quantize_money(D(text))


@pytest.mark.parametrize(("text", "kept"), [("1.005", "1.00500000"), ("1e-9", "0"), ("-0", "0"), ("-1e-9", "0")])
def test_money_is_quantized_and_never_a_negative_zero(text: str, kept: str) -> None:
    assert str(quantize_money(D(text))) == kept


def test_a_gain_that_rounds_to_nothing_is_not_a_negative_zero() -> None:
    assert str(profit_percentage(Money(equity=D(0), balance=D("1e14"), profit=D(0)), None)) == "0"


def test_the_vector_of_the_drawdown() -> None:
    score = scored(Money(equity=D(3000)), None, observed(D(1000), D(5000), D(3000)))
    assert (score.drawdown, score.max_drawdown) == (D(40), D(40))


def test_a_recovery_ends_the_drawdown_but_not_the_largest() -> None:
    score = scored(Money(equity=D(6000)), None, observed(D(1000), D(5000), D(3000), D(6000)))
    assert (score.drawdown, score.max_drawdown) == (D(0), D(40))


def test_the_baseline_is_part_of_the_peak() -> None:
    score = scored(Money(equity=D(900)), D(1000), observed(D(900)))
    assert (score.drawdown, score.max_drawdown) == (D(10), D(10))


@pytest.mark.parametrize("equity", [D(0), D("-0.01"), D(-5000)])
@pytest.mark.parametrize("before", [[], [D(1000)]])
@pytest.mark.parametrize("baseline", [None, D(1000)])
def test_equity_of_nothing_or_less_is_a_drawdown_of_all_or_more(
    equity: Decimal, before: list[Decimal], baseline: Decimal | None
) -> None:
    score = scored(Money(equity=equity), baseline, observed(*before, equity))
    assert score.drawdown is not None
    assert score.drawdown >= 100
    assert score.max_drawdown is not None
    assert score.max_drawdown >= score.drawdown


@given(st.lists(cents, min_size=1, max_size=20), st.none() | cents)
def test_the_largest_drawdown_is_that_of_the_whole_curve(curve: list[Decimal], baseline: Decimal | None) -> None:
    score = scored(Money(equity=curve[-1]), baseline, observed(*curve))
    assert score.max_drawdown == worst_of(curve, baseline)


@given(st.lists(any_cents, min_size=1, max_size=20), st.none() | cents)
def test_with_negative_equities_it_is_never_less_than_that(curve: list[Decimal], baseline: Decimal | None) -> None:
    score = scored(Money(equity=curve[-1]), baseline, observed(*curve))
    assert score.max_drawdown is not None
    assert score.max_drawdown >= worst_of(curve, baseline)


@given(st.lists(any_cents, min_size=1, max_size=20))
def test_seeing_the_last_equity_again_changes_nothing(curve: list[Decimal]) -> None:
    extremes = observed(*curve)
    assert extremes.observe(curve[-1]) is extremes


@given(st.lists(any_cents, min_size=1, max_size=20))
def test_extremes_are_the_highest_and_lowest_seen(curve: list[Decimal]) -> None:
    extremes = observed(*curve)
    assert (extremes.high, extremes.low) == (max(curve), min(curve))
