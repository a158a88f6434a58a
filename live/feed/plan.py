"""What a batch of objects changes, and what the passing of time does: new values out of old ones. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from live.board.ranking import order_key
from live.board.rows import Login, ParticipantId, Status
from live.feed.accounts import EMPTY, Snapshot, merge
from live.feed.history import BucketKey, Candle
from live.feed.objects import FeedObject, Micros
from live.feed.standings import Contest, Course, Participant
from live.feed.state import Changes, State


def plan(state: State, objects: Sequence[FeedObject], now: Micros, bucket: Micros) -> Changes:
    """Return what these objects change, in their order. `bucket` is the width of the history's buckets."""
    contests = state.open_contests(now)
    accounts: dict[Login, Snapshot] = {}
    courses: dict[ParticipantId, Course] = {}
    for said in objects:
        login = said.login
        known = accounts.get(login) or state.accounts.get(login)
        before = known or EMPTY
        after = merge(before, said)
        if after is not known:
            accounts[login] = after
        for participant_id in state.entries.get(login, ()):
            was = state.participants[participant_id]
            contest = contests.get(was.marathon_id)
            if contest is None or said.stamp > contest.ends:
                continue
            course = courses.get(participant_id)
            if said.stamp < contest.starts and (course or was).snapshot.newest == 0:
                continue
            if course is None:
                course = courses[participant_id] = Course(was, contest)
            course.take(said, before, after, bucket)
    return _changes(accounts, courses)


def _changes(accounts: Mapping[Login, Snapshot], courses: Mapping[ParticipantId, Course]) -> Changes:
    participants: dict[ParticipantId, Participant] = {}
    candles: dict[BucketKey, Candle] = {}
    unseen: dict[ParticipantId, Participant] = {}
    captured = set()
    for participant_id, course in courses.items():
        for start, candle in course.candles.items():
            candles[BucketKey(participant_id, start)] = candle
        was, result = course.was, course.result()
        if result is was:
            continue
        (participants if result.differs(was) else unseen)[participant_id] = result
        if course.captured is not None:
            captured.add(participant_id)
    return Changes(accounts, participants, candles, frozenset(captured), unseen=unseen)


def settle(state: State, participant_ids: Iterable[ParticipantId], now: Micros, bucket: Micros) -> Changes:
    """Return what is due for participants just read: data of accounts that joined, scores by new baselines."""
    contests = state.open_contests(now)
    courses = {}
    for participant_id in participant_ids:
        was = state.participants[participant_id]
        contest = state.contests[was.marathon_id]
        course = courses[participant_id] = Course(was, contest)
        if was.snapshot.newest == 0 and was.marathon_id in contests:
            course.take_over(state.accounts.get(was.identity.login, EMPTY), bucket)
    return _changes({}, courses)


def finalise(state: State, now: Micros) -> Changes:
    """Return the final ranks of the marathons whose end has just become final."""
    return Changes(final={contest.id: _ranks(state, contest) for contest in state.due_contests(now)})


def _ranks(state: State, contest: Contest) -> dict[ParticipantId, int | None]:
    rows = [one.row(0) for one in state.participants.values() if one.marathon_id == contest.id]
    rows.sort(key=order_key)
    return {
        row.identity.participant_id: rank if row.status is Status.ACTIVE else None for rank, row in enumerate(rows, 1)
    }
