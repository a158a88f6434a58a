"""Waiting before trying again."""

from itertools import pairwise

from live.feed.backoff import FIRST_SECONDS, LAST_SECONDS, Backoff


def test_waits_grow_and_stay_bounded() -> None:
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.next() for _ in range(10)]
    assert waits[0] == FIRST_SECONDS
    assert all(one <= other for one, other in pairwise(waits))
    assert waits[-1] == LAST_SECONDS


def test_waits_are_spread_by_up_to_a_half() -> None:
    assert Backoff(lambda: 0.0).next() == FIRST_SECONDS / 2


def test_success_begins_anew() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert backoff.next() == FIRST_SECONDS
