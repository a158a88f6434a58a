"""What others changed since the worker last looked: organisers, and workers on other queues. Read, then taken over.

Reading takes the database's time and nobody waits for it; most of the time there is nothing to take over.
"""

from collections import ChainMap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from live.board.rows import Login, MarathonId, ParticipantId, Seq
from live.feed import reader
from live.feed.standings import Contest, Participant
from live.feed.state import Known, State
from marathons.models import FeedWorker


@dataclass(frozen=True, slots=True)
class News:
    """`contests`: all that are not long over, `stamps`: where their boards stand, `alone`: whether nobody else feeds
    accounts; the others are what changed."""

    contests: Mapping[MarathonId, Contest]
    stamps: dict[MarathonId, Seq]
    participants: Sequence[Participant]
    accounts: Mapping[Login, Known]
    alone: bool

    def concerns(self, state: State) -> bool:
        """Whether something is different that plans are made from."""
        return bool(self.participants or self.accounts) or self.contests != state.contests


def read(state: State, logins: Collection[Login], holder: UUID, now: datetime) -> News:
    """Read what the worker `holder` does not know, with the accounts that `logins` or changed participants name."""
    contests, stamps = reader.contests(now)
    alive = {key for key, contest in contests.items() if not contest.over}
    unknown = {key for key in alive if key not in state.contests or state.contests[key].over}
    # Whoever changes a row moves its board too.
    moved = {key for key in alive - unknown if stamps[key] != state.stamps.get(key)}
    alone = state.alone and not FeedWorker.objects.exclude(holder=holder).exists()
    is_new = state.seq < 0
    accounts = reader.accounts() if is_new else reader.newer_accounts(logins, state.account_stamp)
    known = ChainMap({login: one.snapshot for login, one in accounts.items()}, state.accounts)
    found = reader.participants(unknown, known) if unknown else []
    found += reader.participants(moved, known, state.seq) if moved else []
    if found and not is_new:
        theirs = {one.identity.login for one in found}
        accounts |= reader.newer_accounts(theirs.difference(logins), state.account_stamp)
    return News(contests, stamps, found, accounts, alone)


def take_over(news: News, state: State) -> set[ParticipantId]:
    """Remember the news; return the participants to look at again."""
    before, found = state.contests, news.participants
    changed = {key for key, contest in news.contests.items() if before.get(key) not in (None, contest)}
    state.alone, state.stamps = news.alone, news.stamps
    state.put_contests(news.contests)
    state.put_accounts(news.accounts)
    if found:
        state.retract()  # marks are made of what is stored
        state.marks.read(found, state.participants)
        state.put_participants(found)
    moved = {key for key, one in state.participants.items() if one.marathon_id in changed} if changed else set()
    return moved | {one.identity.participant_id for one in found}
