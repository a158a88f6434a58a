"""What messages do to standings: the marathon's window, baselines, drawdown, history, ends."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.rows import ParticipantId, Status
from live.feed.history import BucketKey, Candle
from live.feed.objects import FeedObject, Kind
from live.feed.plan import finalise, plan, settle
from live.feed.recent import Recent
from live.feed.state import State
from tests.live.feed.speaking import (
    ALICE,
    AUTUMN,
    BOB,
    END,
    MINUTE,
    SECOND,
    START,
    WINTER,
    contest,
    entrant,
    heard,
    only,
    says,
    state_of,
)

D = Decimal


def percentage(state: State) -> Decimal | None:
    return only(state).score.percentage


def test_planning_leaves_the_state_alone() -> None:
    state = state_of(entrant(1))
    plan(state, [says(1_100, equity=5)], 1_500 * SECOND, MINUTE)
    assert state.accounts == {}
    assert only(state) == entrant(1)


def test_a_message_moves_account_and_standing() -> None:
    state = state_of(entrant(1, baseline=D(10_000)))
    heard(state, says(1_100, balance=10_150, equity=10_200, profit=50))
    assert percentage(state) == 2
    assert only(state).snapshot is state.accounts[ALICE]


def test_an_unknown_login_is_kept_as_an_account() -> None:
    state = state_of(entrant(1))
    changes = heard(state, says(1_100, BOB, equity=5))
    assert list(changes.accounts) == [BOB]
    assert changes.boards == set()


def test_one_account_moves_every_marathon_it_is_in() -> None:
    state = state_of(entrant(1), entrant(2, marathon=WINTER), contests=(contest(), contest(WINTER)))
    assert heard(state, says(1_100, equity=5)).boards == {AUTUMN, WINTER}


def test_all_objects_of_a_batch_count_for_the_drawdown() -> None:
    state = state_of(entrant(1))
    heard(state, says(1_100, equity=1_000), says(1_101, equity=5_000), says(1_102, equity=3_000))
    assert only(state).score.max_drawdown == 40
    heard(state, says(1_103, equity=5_000))
    assert only(state).score.drawdown == 0
    assert only(state).score.max_drawdown == 40


@pytest.mark.parametrize(("at", "counts"), [(999, False), (1_000, True), (2_000, True), (2_000.1, False)])
def test_the_board_moves_by_messages_from_the_start_to_the_end(at: float, counts: bool) -> None:
    state = state_of(entrant(1))
    changes = heard(state, says(at, equity=5))
    assert bool(changes.boards) is counts
    assert changes.accounts


def test_after_the_end_account_and_standing_go_their_own_ways() -> None:
    state = state_of(entrant(1))
    heard(state, says(1_999, equity=5), says(2_001, equity=6), now=2_002)
    heard(state, says(2_000, equity=7), now=2_010)
    assert only(state).snapshot.money.equity == 7
    assert state.accounts[ALICE].money.equity == 6


def test_late_messages_count_for_a_minute_after_the_end() -> None:
    state = state_of(entrant(1))
    assert heard(state, says(1_999, equity=5), now=2_060).boards
    assert not heard(state, says(1_999.5, equity=5), now=2_060.1).boards


def test_what_waited_while_nobody_was_there_counts_later_too() -> None:
    state = state_of(entrant(1))
    state.away_since = END
    assert heard(state, says(1_999, equity=5), now=5_000).boards


def test_nothing_moves_a_board_that_is_over() -> None:
    state = state_of(entrant(1), contests=(contest(over=True),))
    assert not heard(state, says(1_100, equity=5)).boards


def test_credit_known_from_before_the_start_counts_in_the_score() -> None:
    state = state_of(entrant(1, baseline=D(10_000)))
    heard(state, says(900, equity=10_500, credit=500, currency="USD"), now=950)
    heard(state, says(1_100, equity=10_600))
    assert percentage(state) == 1
    assert only(state).snapshot.money.currency == "USD"
    assert only(state).snapshot.money.balance is None


def test_credit_from_before_the_start_counts_also_when_it_comes_late() -> None:
    straight, crooked = state_of(entrant(1)), state_of(entrant(1))
    early = says(900, balance=9_000, credit=500, currency="USD")
    heard(straight, early, says(1_100, equity=10_600), says(1_101, equity=10_500))
    heard(crooked, says(1_100, equity=10_600), early, says(1_101, equity=10_500))
    assert only(crooked) == only(straight)
    crooked = state_of(entrant(1))
    heard(crooked, says(1_100, equity=10_600), says(1_101, equity=10_500))
    heard(crooked, early)
    assert only(crooked) == only(straight)


def test_a_standing_shares_its_accounts_snapshot_once_they_are_the_same() -> None:
    state = state_of(entrant(1))
    heard(state, says(900, balance=1), now=950)
    heard(state, says(1_100, equity=5))
    assert only(state).snapshot is not state.accounts[ALICE]
    heard(state, says(1_101, balance=6))
    assert only(state).snapshot is state.accounts[ALICE]


def test_a_message_seen_twice_changes_nothing() -> None:
    state = state_of(entrant(1))
    messages = [says(1_100, equity=1_000), says(1_101, equity=5_000), says(1_102, equity=3_000)]
    heard(state, *messages)
    again = heard(state, *messages)
    assert not again.accounts
    assert not again.participants


# Baselines ------------------------------------------------------------------------------------------------------------


def capturing(**fields: Any) -> State:
    return state_of(entrant(1), contests=(contest(captures=True, **fields),))


def test_the_first_snapshot_at_the_start_becomes_the_baseline() -> None:
    state = capturing()
    changes = heard(state, says(999, equity=9_000), says(1_000, equity=10_500, credit=500), says(1_001, equity=10_700))
    captured = only(state).captured
    assert captured is not None
    assert (captured.stamp, captured.kind) == (START, Kind.UPDATE)
    assert captured.amount == 10_000
    assert changes.captured == {only(state).identity.participant_id}
    assert percentage(state) == 2


def test_a_baseline_is_captured_once() -> None:
    state = capturing()
    heard(state, says(1_000, equity=10_000))
    assert not heard(state, says(1_002, equity=20_000)).captured
    assert only(state).baseline == 10_000


def test_a_snapshot_that_arrives_late_but_was_first_is_the_baseline() -> None:
    state = capturing()
    heard(state, says(1_002, equity=20_000))
    heard(state, says(1_001, equity=10_000))
    assert only(state).baseline == 10_000


@pytest.mark.parametrize("early", [999, 1_000])
def test_credit_told_before_the_baseline_is_taken_off_it_also_when_it_comes_late(early: float) -> None:
    state = capturing()
    heard(state, says(1_001, equity=10_500), says(1_003, equity=10_700))
    assert heard(state, says(early, credit=500)).captured
    assert (only(state).baseline, percentage(state)) == (D(10_000), D(2))
    assert not heard(state, says(early, credit=500), says(1_002, credit=700)).captured


def test_what_the_organiser_set_is_never_captured_over() -> None:
    state = state_of(entrant(1, baseline=D(7)), contests=(contest(captures=True),))
    assert not heard(state, says(1_000, equity=10_000)).captured
    assert not heard(capturing(initial_balance=D(5)), says(1_000, equity=10_000)).captured


def test_a_marathon_created_under_way_captures_nothing() -> None:
    state = state_of(entrant(1))
    assert not heard(state, says(1_000, equity=10_000)).captured


@pytest.mark.parametrize("fields", [{"equity": 0}, {"equity": 100, "credit": 100}, {"balance": 100}])
def test_no_capital_is_no_baseline(fields: dict[str, Any]) -> None:
    state = capturing()
    heard(state, says(1_000, **fields))
    assert only(state).baseline is None


# Joining, correcting, ending ------------------------------------------------------------------------------------------


def test_who_joins_under_way_has_data_at_once() -> None:
    state = state_of(entrant(2, BOB))
    heard(state, says(1_100, equity=500, balance=400))
    late = entrant(1, baseline=D(400))
    state.put_participants([late])
    changes = settle(state, [late.identity.participant_id], 1_500 * SECOND, MINUTE)
    (one,) = changes.participants.values()
    assert one.score.percentage == 25
    assert one.snapshot is state.accounts[ALICE]
    assert len(changes.candles) == 1


def test_who_joins_gets_nothing_from_before_the_start() -> None:
    state = state_of(entrant(1))
    heard(state, says(900, equity=500), now=950)
    assert not settle(state, list(state.participants), 1_500 * SECOND, MINUTE)


def test_a_corrected_baseline_scores_anew_without_a_message() -> None:
    state = state_of(entrant(1, baseline=D(1_000)))
    heard(state, says(1_100, equity=1_500), says(1_101, equity=1_200))
    was = only(state)
    state.put_participants([replace(was, baseline=D(2_400))])
    state.accept(settle(state, list(state.participants), 1_500 * SECOND, MINUTE), 9)
    assert percentage(state) == -50
    assert only(state).score.max_drawdown == 50


def test_settling_what_is_right_changes_nothing() -> None:
    state = state_of(entrant(1))
    heard(state, says(1_100, equity=5))
    assert not settle(state, list(state.participants), 1_500 * SECOND, MINUTE)


def test_final_ranks_come_a_minute_after_the_end() -> None:
    state = state_of(entrant(1), entrant(2, BOB), entrant(3, BOB, status=Status.DISQUALIFIED, reason="late"))
    heard(state, says(1_100, equity=5, profit=1, balance=4), says(1_100, BOB, equity=5, profit=2, balance=3))
    assert not finalise(state, END + MINUTE).final
    ranks = finalise(state, END + MINUTE + 1).final[AUTUMN]
    assert {key.int: rank for key, rank in ranks.items()} == {2: 1, 1: 2, 3: None}


def test_final_ranks_wait_for_what_arrived_while_nobody_was_there() -> None:
    state = state_of(entrant(1))
    state.away_since = END
    assert not finalise(state, END + 10 * MINUTE).final
    state.away_since = None
    assert finalise(state, END + 10 * MINUTE).final


def test_a_participant_who_moves_to_another_account_follows_that_one() -> None:
    state = state_of(entrant(1))
    state.put_participants([entrant(1, BOB)])
    assert not heard(state, says(1_100, equity=5)).boards
    assert heard(state, says(1_100, BOB, equity=6)).boards


def test_participants_of_a_marathon_that_is_gone_are_forgotten() -> None:
    state = state_of(entrant(1), entrant(2, BOB))
    state.put_contests({})
    assert (state.participants, state.entries) == ({}, {})


# Any order, any duplicates --------------------------------------------------------------------------------------------

equities = st.integers(1, 1_000)


@st.composite
def histories(draw: st.DrawFn) -> list[FeedObject]:
    """Snapshots of one account with distinct times, from before the start to after the end."""
    times = draw(st.lists(st.integers(950, 2_050), min_size=1, max_size=8, unique=True))
    return [says(at, kind=Kind.ACCOUNT, balance=100, equity=draw(equities), credit=0) for at in sorted(times)]


def state_after(messages: Sequence[FeedObject], cuts: Sequence[int]) -> tuple[State, dict[BucketKey, Candle]]:
    """Hear messages in batches cut at these places."""
    state = capturing()
    candles: dict[BucketKey, Candle] = {}
    for start, end in pairwise([0, *sorted(cuts), len(messages)]):
        for key, candle in heard(state, *messages[start:end], now=2_050).candles.items():
            candles[key] = candles[key].joined(candle) if key in candles else candle
    return state, candles


@given(histories(), st.data())
def test_any_order_any_duplicates_any_batches_end_the_same(history: list[FeedObject], data: st.DataObject) -> None:
    doubled = history + data.draw(st.lists(st.sampled_from(history), max_size=4))
    shuffled = data.draw(st.permutations(doubled))
    cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3))
    straight, straight_candles = state_after(history, [])
    crooked, crooked_candles = state_after(shuffled, cuts)
    one, other = only(straight), only(crooked)
    assert crooked.accounts == straight.accounts
    assert crooked_candles == straight_candles
    assert (other.snapshot, other.baseline) == (one.snapshot, one.baseline)
    assert (other.extremes, other.score) == (one.extremes, one.score)


@given(histories(), st.data())
def test_a_drawdown_is_never_told_larger_than_it_was(history: list[FeedObject], data: st.DataObject) -> None:
    """Also when the worker starts anew in between and has forgotten what was recent."""
    straight, _ = state_after(history, [])
    shuffled = data.draw(st.permutations(history))
    crooked, _ = state_after(shuffled[:4], [])
    one = only(crooked)
    crooked.put_participants([replace(one, recent=Recent(one.snapshot.times.equity, one.extremes.high))])
    heard(crooked, *shuffled[4:], now=2_050)
    assert only(crooked).extremes.path_drawdown <= only(straight).extremes.path_drawdown


@given(histories(), st.data())
def test_batches_that_come_again_after_a_crash_change_nothing(history: list[FeedObject], data: st.DataObject) -> None:
    """The broker delivers in the same order again, from some place on."""
    straight, straight_candles = state_after(history, [])
    place = data.draw(st.integers(0, len(history)))
    crooked, crooked_candles = state_after(history + history[place:], [len(history)])
    assert not only(crooked).differs(only(straight))
    assert crooked_candles == straight_candles


def test_ids_are_the_rows_keys() -> None:
    state = state_of(entrant(1))
    heard(state, says(1_100, equity=5))
    row = only(state).row(7)
    assert (row.identity.participant_id, row.stamp) == (ParticipantId(row.identity.participant_id), 7)
    assert row.updated_at is not None
    assert row.updated_at.timestamp() == 1_100
