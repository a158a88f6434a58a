"""The worker's memory: what it foresees, what becomes of that, and what takes it back."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live.feed.accounts import EMPTY
from live.feed.objects import FeedObject
from live.feed.plan import plan
from live.feed.state import Changes, Foreseen, Known, State
from tests.live.feed.speaking import ALICE, BOB, MINUTE, SECOND, WINTER, contest, entrant, heard, only, says, state_of

D = Decimal


def foreseen(state: State, *messages: FeedObject) -> Foreseen:
    return state.foresee(planned(state, messages))


def planned(state: State, messages: Sequence[FeedObject]) -> Changes:
    return plan(state, messages, 1_500 * SECOND, MINUTE)


def memory(state: State) -> dict[str, Any]:
    return {name: value for name, value in vars(state).items() if name not in {"foreseen", "marks"}}


def cast() -> State:
    """Alice in two marathons, Bob in one of them."""
    return state_of(
        entrant(1), entrant(2, marathon=WINTER), entrant(3, BOB), contests=(contest(captures=True), contest(WINTER))
    )


messages = st.builds(
    lambda at, login, fields: says(at, login, **fields),
    st.integers(1_100, 1_106),
    st.sampled_from([ALICE, BOB]),
    st.dictionaries(st.sampled_from(["balance", "equity", "credit"]), st.integers(1, 4), min_size=1),
)
deeds = st.lists(messages, min_size=1, max_size=3) | st.sampled_from(["confirm", "confirm", "retract"])


@given(st.lists(deeds, max_size=12))
def test_memory_is_as_if_only_what_was_confirmed_had_ever_been(deeds: list[Any]) -> None:
    state, straight, drafts = cast(), cast(), list[Foreseen]()
    for seq, deed in enumerate([*deeds, "retract"], 1):
        if deed == "retract":
            state.retract()
            drafts.clear()
            assert memory(state) == memory(straight)
        elif deed != "confirm":
            drafts.append(foreseen(state, *deed))
        elif drafts:
            assert [state.is_next(one) for one in drafts] == [True] + [False] * (len(drafts) - 1)
            straight.accept(drafts.pop(0).changes, seq)
            state.confirm(seq)


@given(st.lists(messages, max_size=4), st.lists(messages, max_size=4))
def test_one_after_the_other_is_as_both_at_once(first: list[FeedObject], second: list[FeedObject]) -> None:
    state, at_once = cast(), cast()
    earlier = planned(state, first)
    state.accept(earlier, 1)
    later = planned(state, second)
    state.accept(later, 1)
    at_once.accept(Changes(unseen=earlier.unseen), 1)
    at_once.accept(earlier.followed_by(later), 1)
    assert memory(at_once) == memory(state)


def test_what_is_foreseen_is_planned_upon() -> None:
    state = state_of(entrant(1))
    foreseen(state, says(1_100, equity=5))
    assert state.accounts[ALICE].money.equity == only(state).snapshot.money.equity == D(5)


def test_nothing_is_accepted_over_what_is_foreseen() -> None:
    state = state_of(entrant(1))
    foreseen(state, says(1_100, equity=5))
    state.accept(Changes(), 7)
    one = only(state)
    for changes in (planned(state, [says(1_101, equity=6)]), Changes(unseen={one.identity.participant_id: one})):
        with pytest.raises(ValueError, match="taken back"):
            state.accept(changes, 8)
    assert (state.seq, state.accounts[ALICE].money.equity) == (7, D(5))


@pytest.mark.parametrize(
    ("put", "retracts"),
    [
        (lambda state: state.put_contests({}), True),
        (lambda state: state.put_contests(dict(state.contests)), False),
        (lambda state: state.put_participants([entrant(1, BOB)]), True),
        (lambda state: state.put_participants([]), False),
        (lambda state: state.put_accounts({BOB: Known(EMPTY, 3)}), True),
        (lambda state: state.put_accounts({}), False),
        (lambda state: state.put_absence(1), True),
        (lambda state: state.put_absence(None), False),
    ],
)
def test_whatever_plans_are_made_from_takes_them_back(put: Callable[[State], None], retracts: bool) -> None:
    state = state_of(entrant(1))
    one = foreseen(state, says(1_100, equity=5))
    put(state)
    assert state.is_next(one) is not retracts
    assert (ALICE in state.accounts) is not retracts


def test_what_is_equal_to_the_next_one_is_not_that() -> None:
    state = state_of(entrant(1))
    lost = foreseen(state, says(1_100, equity=5))
    state.retract()
    again = foreseen(state, says(1_100, equity=5))
    assert lost == again
    assert (state.is_next(lost), state.is_next(again), state.is_next(None)) == (False, True, False)


def test_recent_equities_survive_a_reading_that_finds_the_same() -> None:
    state = state_of(entrant(1))
    heard(state, says(1_100, equity=5))
    known = only(state)
    state.put_participants([replace(entrant(1), snapshot=known.snapshot, extremes=known.extremes)])
    assert only(state).recent == known.recent
    foreseen(state, says(1_101, equity=6))
    state.put_participants([replace(entrant(1), snapshot=known.snapshot, extremes=known.extremes)])
    assert only(state).recent == known.recent
