"""What the worker remembers between batches, and what a batch changes of it. The database has all of it too."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from live.board.rows import Login, MarathonId, ParticipantId, Seq
from live.feed.accounts import Snapshot
from live.feed.history import BucketKey, Candle, join
from live.feed.marks import MarkKeeper
from live.feed.objects import Micros
from live.feed.standings import GRACE, Contest, Participant


@dataclass(frozen=True, slots=True)
class Changes:
    """What a batch changes, or the passing of time. `captured`: whose baseline is new; `final`: ranks of the ended;
    `unseen`: what is to be remembered of participants whose rows stay as they are.
    """

    accounts: Mapping[Login, Snapshot] = field(default_factory=dict)
    participants: Mapping[ParticipantId, Participant] = field(default_factory=dict)
    candles: Mapping[BucketKey, Candle] = field(default_factory=dict)
    captured: frozenset[ParticipantId] = frozenset()
    final: Mapping[MarathonId, Mapping[ParticipantId, int | None]] = field(default_factory=dict)
    unseen: Mapping[ParticipantId, Participant] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.accounts or self.participants or self.candles or self.final)

    @property
    def boards(self) -> set[MarathonId]:
        """The marathons whose boards look different afterwards."""
        return {participant.marathon_id for participant in self.participants.values()}

    def followed_by(self, later: "Changes") -> "Changes":
        """Return both as one; `later` was planned on top of these."""
        if not self:
            return later
        again = {key: one for key, one in later.unseen.items() if key in self.participants}
        return Changes(
            {**self.accounts, **later.accounts},
            {**self.participants, **again, **later.participants},
            join(self.candles, later.candles),
            self.captured | later.captured,
            {**self.final, **later.final},
            {**self.unseen, **later.unseen},
        )


class Known(NamedTuple):
    """An account as the database has it, and the stamp of its last change."""

    snapshot: Snapshot
    stamp: Seq


class Foreseen(NamedTuple):
    """Changes that memory has and the tables do not have yet, and what was remembered in their place."""

    changes: Changes
    accounts: Mapping[Login, Snapshot | None]
    participants: Mapping[ParticipantId, Participant]


class State:
    """Marathons that are not over, their participants, as of the clock's value `seq`; and accounts.

    Of accounts each has a stamp of its own: where this worker is not `alone`, and others feed accounts too, they are
    looked at again when they matter.

    `away_since` is set while messages are read that came when nobody could take them (absence.py).

    Accounts and participants may be ahead of the tables by what is `foreseen`, to be confirmed in that order. Whatever
    else changes anything that a plan is made from takes all of that back first: it has to be planned again.
    """

    def __init__(self, epoch: str, seq: Seq, away_since: Micros | None = None, marks: MarkKeeper | None = None) -> None:
        self.epoch = epoch
        self.seq = seq
        self.away_since = away_since
        self.accounts: dict[Login, Snapshot] = {}
        self.account_stamps: dict[Login, Seq] = {}
        self.alone = True
        self.contests: dict[MarathonId, Contest] = {}
        self.participants: dict[ParticipantId, Participant] = {}
        self.entries: dict[Login, tuple[ParticipantId, ...]] = {}
        self.stamps: dict[MarathonId, Seq] = {}
        self.foreseen: deque[Foreseen] = deque()
        self.marks = marks or MarkKeeper()

    def open_contests(self, now: Micros) -> dict[MarathonId, Contest]:
        """Those that still take messages; which times of messages they take is theirs to say."""
        return {
            key: contest for key, contest in self.contests.items() if not contest.over and not self.is_due(contest, now)
        }

    def due_contests(self, now: Micros) -> list[Contest]:
        """Those whose end has just become final."""
        return [contest for contest in self.contests.values() if not contest.over and self.is_due(contest, now)]

    def is_due(self, contest: Contest, now: Micros) -> bool:
        """Whether its end is final: the grace is over, and nobody was away before that with messages left to read."""
        deadline = contest.ends + GRACE
        return now > deadline and (self.away_since is None or self.away_since > deadline)

    def put_contests(self, contests: Mapping[MarathonId, Contest]) -> None:
        """Replace all marathons; participants of those that are gone or over are forgotten."""
        if contests == self.contests:
            return
        self.retract()
        self.contests = dict(contests)
        alive = {key for key, contest in self.contests.items() if not contest.over}
        gone = [key for key, one in self.participants.items() if one.marathon_id not in alive]
        for participant_id in gone:
            self._forget(self.participants.pop(participant_id))

    def put_participants(self, participants: Sequence[Participant]) -> None:
        """Add or replace participants."""
        if participants:
            self.retract()
        for one in participants:
            participant_id = one.identity.participant_id
            known = self.participants.get(participant_id)
            if known is None or known.identity.login != one.identity.login:
                if known is not None:
                    self._forget(known)
                login = one.identity.login
                self.entries[login] = (*self.entries.get(login, ()), participant_id)
            elif known.snapshot.times.equity == one.snapshot.times.equity:
                one = replace(one, recent=known.recent)  # which the database does not keep  # noqa: PLW2901
            self.participants[participant_id] = one

    def put_accounts(self, accounts: Mapping[Login, Known]) -> None:
        """Add or replace accounts."""
        if accounts:
            self.retract()
        for login, known in accounts.items():
            self.accounts[login], self.account_stamps[login] = known

    def account_stamp(self, login: Login) -> Seq:
        """Return when an account last changed, as far as is known; -1 for an unknown one."""
        return self.account_stamps.get(login, -1)

    def put_absence(self, away_since: Micros | None) -> None:
        """Say since when nobody could take messages that are still to be read."""
        if away_since != self.away_since:
            self.retract()
            self.away_since = away_since

    def _forget(self, one: Participant) -> None:
        login, participant_id = one.identity.login, one.identity.participant_id
        left = tuple(other for other in self.entries[login] if other != participant_id)
        if left:
            self.entries[login] = left
        else:
            del self.entries[login]

    def accept(self, changes: Changes, seq: Seq) -> None:
        """Take over what is being committed as `seq`. ValueError where something foreseen would be lost by it."""
        if self.foreseen and (changes or changes.unseen):
            raise ValueError("what is foreseen has to be taken back first")
        self._take_over(changes)
        self._stamp(changes, seq)

    def foresee(self, changes: Changes) -> Foreseen:
        """Take over what will be committed when its turn comes."""
        participants = {**changes.participants, **changes.unseen}
        foreseen = Foreseen(
            changes,
            {login: self.accounts.get(login) for login in changes.accounts},
            {key: self.participants[key] for key in participants},
        )
        self._take_over(changes)
        self.foreseen.append(foreseen)
        return foreseen

    def is_next(self, foreseen: Foreseen | None) -> bool:
        """Whether this is what was foreseen first, and nothing has happened that it does not know of."""
        return bool(self.foreseen) and self.foreseen[0] is foreseen

    def confirm(self, seq: Seq) -> None:
        """Say that what was foreseen first is being committed as `seq`."""
        self._stamp(self.foreseen.popleft().changes, seq)

    def retract(self) -> None:
        """Take back all that is foreseen."""
        while self.foreseen:
            _, accounts, participants = self.foreseen.pop()
            for login, snapshot in accounts.items():
                if snapshot is None:
                    del self.accounts[login]
                else:
                    self.accounts[login] = snapshot
            self.participants.update(participants)

    def _take_over(self, changes: Changes) -> None:
        self.accounts.update(changes.accounts)
        self.participants.update(changes.unseen)
        self.participants.update(changes.participants)

    def _stamp(self, changes: Changes, seq: Seq) -> None:
        self.seq = seq
        self.account_stamps.update(dict.fromkeys(changes.accounts, seq))
