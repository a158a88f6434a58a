"""The worker's transactions: each holds the clock, sees whether it may write, and leaves memory and tables alike.

Everything here blocks; the pipeline runs it in the one thread that the worker has for its database, but for `draft`,
which needs memory only: while a batch is written, the next ones are planned on top of it, in another thread. So memory
is ahead of the tables until their commits are through, and after any error it is read again.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection, reset_queries, transaction
from django.db.models import F

from live.board.rows import Login, MarathonId, Row, Seq
from live.feed import news
from live.feed.absence import Absence
from live.feed.marks import MarkKeeper
from live.feed.news import News
from live.feed.objects import FeedObject, Micros, micros
from live.feed.plan import finalise, plan, settle
from live.feed.sheets import Sheet, sheets
from live.feed.standings import Participant
from live.feed.state import Changes, Foreseen, State
from live.feed.statements import execute
from live.feed.turn import Turn, moves, take_turn, take_turn_for
from live.feed.writer import dialect, write
from marathons.models import FeedWorker, Marathon


class FencedError(Exception):
    """Another worker has taken the queue: nothing may be written from it here."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What became visible: for each board that changed the stamp before, and who changed on it."""

    epoch: str
    seq: Seq
    since: Mapping[MarathonId, Seq] = field(default_factory=dict)
    changed: Mapping[MarathonId, Sequence[Participant]] = field(default_factory=dict)

    def rows(self, board: MarathonId) -> tuple[Row, ...]:
        """Return the changed rows of a board."""
        return tuple([one.row(self.seq) for one in self.changed[board]])


@dataclass(frozen=True, slots=True)
class Draft:
    """Objects, and what they change as memory foresees it; nothing, where there were none, or no memory."""

    objects: Sequence[FeedObject]
    foreseen: Foreseen | None = None
    sheets: Sequence[Sheet] = ()

    @property
    def logins(self) -> set[Login]:
        """The accounts that the objects are about."""
        return {said.login for said in self.objects}


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life for one queue: what happened since the last one."""

    queue: str
    last_object_at: datetime | None
    rejected: int


class Store:
    """`holder` is this process's fencing token, `bucket` the width of the history's buckets, `now` the time; `marks`
    makes the keeper of large boards' marks."""

    def __init__(
        self,
        holder: UUID,
        bucket: Micros,
        now: Callable[[], datetime],
        marks: Callable[[], MarkKeeper] = MarkKeeper,
    ) -> None:
        self._holder = holder
        self._bucket = bucket
        self._now = now
        self._marks = marks
        self._state: State | None = None
        self._memory = threading.Lock()
        self.absence = Absence()

    @property
    def boards(self) -> dict[MarathonId, Seq]:
        """Where each board stands, as far as it is known here."""
        return dict(self._state.stamps) if self._state else {}

    def take(self, queue: str) -> None:
        """Be the one who feeds from this queue; whoever was it before cannot write from now on."""
        now = self._now()
        with self._transaction():
            turn = take_turn()
            known = FeedWorker.objects.filter(queue=queue).first()
            if known is not None and known.holder != self._holder:
                self.absence.began(micros(known.seen_at))
                self._state = None  # it may have changed accounts that we know
            FeedWorker.objects.update_or_create(
                queue=queue, defaults={"holder": self._holder, "taken_at": now, "seen_at": now}
            )
            execute(moves(turn.seq + 1, ()))  # so that every other worker sees that it is not alone any more

    def apply(self, queue: str, objects: Sequence[FeedObject]) -> Commit:
        """Commit what these objects change, at once."""
        return self.commit(queue, self.draft(objects))

    def draft(self, objects: Sequence[FeedObject]) -> Draft:
        """Plan what these objects change, as far as can be told before their turn. May run in any thread.

        Drafts are made on top of each other: their turns should come in the order in which they were made.
        """
        with self._memory:
            state = self._state
            if state is None or not objects:
                return Draft(objects)
            changes = self._plan(state, objects)
            written = self._sheets(state, changes)
            return Draft(objects, state.foresee(changes), written)

    def _plan(self, state: State, objects: Sequence[FeedObject]) -> Changes:
        return plan(state, objects, micros(self._now()), self._bucket)

    def _sheets(self, state: State, changes: Changes) -> list[Sheet]:
        return sheets(dialect(), changes, state.accounts)

    def commit(self, queue: str, draft: Draft) -> Commit:
        """Commit a draft, planned anew if it does not hold any more. Raises FencedError, and Django's of databases."""
        with self._transaction():
            turn = take_turn_for(queue, self._holder)
            if turn is None:
                raise FencedError(queue)
            written, commit = self._as_foreseen(draft, turn) or self._planned_again(draft, turn)
            self._write(written, commit, turn)
            self._store_marks()
        return commit

    def _as_foreseen(self, draft: Draft, turn: Turn) -> tuple[Sequence[Sheet], Commit] | None:
        """Confirm a draft where nothing else can have changed anything.

        That needs no lock, and must not wait for one: the next draft is being made, and all wait for this commit. Of
        memory it touches only what this thread alone has to do with.
        """
        state, foreseen = self._state, draft.foreseen
        self.absence.notice(micros(self._now()))
        if state is None or foreseen is None or not (state.alone and state.is_next(foreseen)):
            return None
        if (state.epoch, state.seq, state.away_since) != (turn.epoch, turn.seq, self.absence.since):
            return None
        commit = self._next(state, foreseen.changes, turn)
        state.confirm(commit.seq)
        return draft.sheets, commit

    def _planned_again(self, draft: Draft, turn: Turn) -> tuple[Sequence[Sheet], Commit]:
        """Look what others changed, and plan a draft again if that matters to it."""
        now = self._now()
        state, fresh = self._informed(turn, now, draft.logins)
        with self._memory:
            due = self._take_over(state, fresh, micros(now))
            if draft.foreseen and state.is_next(draft.foreseen):
                commit = self._next(state, draft.foreseen.changes, turn)
                state.confirm(commit.seq)
                return draft.sheets, commit
            state.retract()
            changes = due.followed_by(self._plan(state, draft.objects))
            written = self._sheets(state, changes)
            return written, self._accept(state, changes, turn)

    def tick(self, signs: Iterable[Sign]) -> Commit:
        """Sign that we live, see what others changed, and end what is over. Raises FencedError."""
        now = self._now()
        with self._transaction():
            turn = take_turn()
            for sign in signs:
                self._sign(sign, now)
            written, commit, ended = self._looked_around(turn, now)
            self._write(written, commit, turn)
            self._store_marks()
            Marathon.objects.filter(pk__in=list(ended)).update(finalised_at=now)
        return commit

    def _looked_around(self, turn: Turn, now: datetime) -> tuple[Sequence[Sheet], Commit, Collection[MarathonId]]:
        """Return what the passing of time and others' changes call for, and whose ranks are final with it."""
        state, fresh = self._informed(turn, now)
        self.absence.notice(micros(now))
        is_quiet = self._state is state and self.absence.since == state.away_since and not fresh.concerns(state)
        if is_quiet and not state.due_contests(micros(now)):
            # No draft has to wait, nor has this to wait for one.
            news.take_over(fresh, state)
            return (), self._accept(state, Changes(), turn), ()
        with self._memory:
            due = self._take_over(state, fresh, micros(now))
            if state.due_contests(micros(now)):
                state.retract()  # final is what is stored
            ended = finalise(state, micros(now))
            changes = due.followed_by(ended)
            return self._sheets(state, changes), self._accept(state, changes, turn), ended.final.keys()

    def _sign(self, sign: Sign, now: datetime) -> None:
        ours = FeedWorker.objects.filter(queue=sign.queue, holder=self._holder)
        changed = {"last_object_at": sign.last_object_at} if sign.last_object_at else {}
        if not ours.update(seen_at=now, rejected=F("rejected") + sign.rejected, **changed):
            raise FencedError(sign.queue)

    def _informed(self, turn: Turn, now: datetime, logins: Collection[Login] = ()) -> tuple[State, News]:
        """Return what is known, or an empty memory where that is of no use, and what others changed of it."""
        state = self._state
        if state is None or state.epoch != turn.epoch or state.seq > turn.seq:  # which only a restored backup has
            state = State(turn.epoch, -1, self.absence.since, self._marks())
        return state, news.read(state, logins, self._holder, now)

    def _take_over(self, state: State, fresh: News, now: Micros) -> Changes:
        """Bring memory up to date; return what is due for what others changed, which memory has already."""
        self._state = state
        self.absence.notice(now)
        state.put_absence(self.absence.since)
        due = settle(state, news.take_over(fresh, state), now, self._bucket)
        state.accept(due, state.seq)
        return due

    def _accept(self, state: State, changes: Changes, turn: Turn) -> Commit:
        commit = self._next(state, changes, turn)
        state.accept(changes, commit.seq)
        return commit

    def _next(self, state: State, changes: Changes, turn: Turn) -> Commit:
        """Take the clock's next value for changes; history and final ranks alone take none: no row shows them."""
        if not (changes.accounts or changes.participants):
            return Commit(turn.epoch, turn.seq)
        boards, seq = changes.boards, turn.seq + 1
        since = {board: state.stamps[board] for board in boards}
        state.stamps.update(dict.fromkeys(boards, seq))
        changed: dict[MarathonId, list[Participant]] = {board: [] for board in boards}
        for one in changes.participants.values():
            changed[one.marathon_id].append(one)
        state.marks.put(changed)
        return Commit(turn.epoch, seq, since, changed)

    def _store_marks(self) -> None:
        state = self._state
        if state is not None:
            state.marks.store(state.contests, state.stamps)

    def _write(self, written: Sequence[Sheet], commit: Commit, turn: Turn) -> None:
        write(written, commit.seq, moves(commit.seq, commit.changed) if commit.seq != turn.seq else ())

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        reset_queries()  # with DEBUG on, Django remembers every statement
        try:
            with transaction.atomic():
                yield
        except BaseException:
            self._state = None  # it may be ahead of the tables
            raise

    def forget(self) -> None:
        """After an error: drop the connection and what is in memory; both are made anew when they are needed."""
        self._state = None
        with contextlib.suppress(DatabaseError):
            connection.close()
