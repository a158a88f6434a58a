"""An equity that comes late finds its place among the last ones."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from live.board.scoring import Extremes
from live.feed.recent import MOST, Recent

D = Decimal
curves = st.lists(st.integers(1, 9).map(D), min_size=2, max_size=MOST)


def observed(curve: list[Decimal]) -> Extremes:
    extremes = Extremes()
    for equity in curve:
        extremes = extremes.observe(equity)
    return extremes


def remembered(curve: list[Decimal], since: int = 0) -> Recent:
    recent = Recent(since)
    for stamp, equity in enumerate(curve, since + 1):
        recent = recent.add(stamp, equity)
    return recent


@given(curves, st.data())
def test_a_late_value_counts_as_if_it_had_come_in_time(curve: list[Decimal], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(curve) - 2))
    others = [(stamp, equity) for stamp, equity in enumerate(curve, 1) if stamp != place + 1]
    recent, extremes = Recent(), Extremes()
    for stamp, equity in others:
        recent, extremes = recent.add(stamp, equity), extremes.observe(equity)
    assert recent.with_late(extremes, place + 1, curve[place], curve[-1]) == observed(curve)
    assert recent.add(place + 1, curve[place]) == remembered(curve)


@given(st.lists(st.integers(1, 9).map(D), min_size=MOST + 1, max_size=3 * MOST), st.data())
def test_of_a_long_curve_the_last_values_are_exact(curve: list[Decimal], data: st.DataObject) -> None:
    place = data.draw(st.integers(len(curve) - MOST + 1, len(curve) - 2))
    recent, extremes = Recent(), Extremes()
    for stamp, equity in enumerate(curve):
        if stamp != place:
            recent, extremes = recent.add(stamp, equity), extremes.observe(equity)
    assert recent.with_late(extremes, place, curve[place], curve[-1]) == observed(curve)


def test_it_stays_small() -> None:
    recent = remembered([D(number) for number in range(1, 100)])
    assert len(recent.seen) == MOST
    assert (recent.since, recent.before) == (99 - MOST, D(99 - MOST))


def test_a_very_late_value_counts_for_what_is_certain() -> None:
    recent = Recent(since=100, before=D(9))
    extremes = observed([D(9), D(8)])
    assert recent.with_late(extremes, 50, D(4), D(8)) == Extremes(D(9), D(4), extremes.path_drawdown)
    assert recent.with_late(extremes, 50, D(16), D(8)) == Extremes(D(16), D(8), D(50))


def test_a_value_seen_before_changes_nothing() -> None:
    recent = remembered([D(5), D(3), D(4)])
    assert recent.add(2, D(3)) is recent
