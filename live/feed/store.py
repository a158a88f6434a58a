"""The worker's transactions: each holds the clock, sees whether it may write, and leaves memory and tables alike.

Everything here blocks; the pipeline runs it in the one thread that the worker has for its database. After any error the
pipeline calls `forget`: what is in memory may be ahead of the tables then, and is read again.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, connection, reset_queries, transaction
from django.db.models import F

from live.board.rows import MarathonId, ParticipantId, Row, Seq
from live.feed import reader
from live.feed.absence import Absence
from live.feed.marks import MarkKeeper
from live.feed.objects import FeedObject, Micros, micros
from live.feed.plan import finalise, plan, settle
from live.feed.state import Changes, State
from live.feed.turn import Turn, advance, is_holder, take_turn
from live.feed.writer import write
from marathons.models import FeedWorker, Marathon


class FencedError(Exception):
    """Another worker has taken the queue: nothing may be written from it here."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What became visible: for each board that changed the stamp before, and its changed rows."""

    epoch: str
    seq: Seq
    since: Mapping[MarathonId, Seq] = field(default_factory=dict)
    rows: Mapping[MarathonId, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life for one queue: what happened since the last one."""

    queue: str
    last_object_at: datetime | None
    rejected: int


def use_own_connection() -> None:
    """Give this thread a connection of its own that notices in seconds when the server is gone.

    No pool: it waits longer and longer before it tries again. And a worker that is frozen inside a transaction holds
    the clock, so the server ends it after a moment; between two statements ours never stands still that long.
    """
    if connection.vendor == "postgresql":
        options = connection.settings_dict.get("OPTIONS", {}) | {
            "pool": False,
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 2,  # while we wait for an answer nothing of ours is on its way
            "keepalives_interval": 1,
            "options": "-c idle_in_transaction_session_timeout=3s",
        }
        connection.settings_dict = connection.settings_dict | {"OPTIONS": options, "CONN_MAX_AGE": None}


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
        self.absence = Absence()

    @property
    def boards(self) -> dict[MarathonId, Seq]:
        """Where each board stands, as far as it is known here."""
        return dict(self._state.stamps) if self._state else {}

    def take(self, queue: str) -> None:
        """Be the one who feeds from this queue; whoever was it before cannot write from now on."""
        now = self._now()
        with self._transaction():
            take_turn()
            known = FeedWorker.objects.filter(queue=queue).first()
            if known is not None and known.holder != self._holder:
                self.absence.began(micros(known.seen_at))
            FeedWorker.objects.update_or_create(
                queue=queue, defaults={"holder": self._holder, "taken_at": now, "seen_at": now}
            )

    def _notice_absence(self, now: Micros) -> None:
        self.absence.notice(now)
        if self._state is not None:
            self._state.away_since = self.absence.since

    def apply(self, queue: str, objects: Sequence[FeedObject]) -> Commit:
        """Commit what these objects change. Raises FencedError and Django's database errors."""
        now, due = micros(self._now()), Changes()
        self._notice_absence(now)
        # Before the clock is held, because others wait for it; mostly nobody else has moved it meanwhile.
        planned = plan(self._state, objects, now, self._bucket) if self._state else Changes()
        with self._transaction():
            turn = take_turn()
            if not is_holder(queue, self._holder):
                raise FencedError(queue)
            state = self._state
            if state is None or (state.epoch, state.seq) != (turn.epoch, turn.seq):
                state, due = self._look_around(turn, now)
                planned = plan(state, objects, now, self._bucket)
            commit = self._commit(state, due.followed_by(planned), turn)
        state.accept(planned, commit.seq)
        return commit

    def tick(self, signs: Iterable[Sign]) -> Commit:
        """Sign that we live, see what others changed, and end what is over. Raises FencedError."""
        now = self._now()
        self._notice_absence(micros(now))
        with self._transaction():
            turn = take_turn()
            for sign in signs:
                self._sign(sign, now)
            state, due = self._look_around(turn, micros(now))
            ended = finalise(state, micros(now))
            commit = self._commit(state, due.followed_by(ended), turn)
            Marathon.objects.filter(pk__in=list(ended.final)).update(finalised_at=now)
        state.accept(Changes(), commit.seq)
        return commit

    def _sign(self, sign: Sign, now: datetime) -> None:
        ours = FeedWorker.objects.filter(queue=sign.queue, holder=self._holder)
        changed = {"last_object_at": sign.last_object_at} if sign.last_object_at else {}
        if not ours.update(seen_at=now, rejected=F("rejected") + sign.rejected, **changed):
            raise FencedError(sign.queue)

    def _look_around(self, turn: Turn, now: Micros) -> tuple[State, Changes]:
        """Return what is known, up to date, and what is due for what others changed; that is accepted already."""
        state = self._state
        if state is None or state.epoch != turn.epoch or state.seq > turn.seq:  # which only a restored backup has
            state = self._state = State(turn.epoch, -1, self.absence.since, self._marks())
        fresh = self._refresh(state)
        due = settle(state, fresh, now, self._bucket)
        state.accept(due, turn.seq)
        return state, due

    def _refresh(self, state: State) -> set[ParticipantId]:
        """Read what others changed; return the participants to look at again."""
        contests, stamps = reader.contests(self._now())
        before = state.contests
        alive = [contest.id for contest in contests if not contest.over]
        unknown = [key for key in alive if key not in before or before[key].over]
        changed = {contest.id for contest in contests if before.get(contest.id) not in (None, contest)}
        state.put_contests(contests)
        state.stamps = stamps
        state.accounts.update(reader.accounts(state.seq))
        found = reader.participants(unknown, state.accounts)
        found += reader.participants(set(alive) - set(unknown), state.accounts, state.seq)
        state.marks.read(found, state.participants)
        state.put_participants(found)
        moved = {key for key, one in state.participants.items() if one.marathon_id in changed} if changed else set()
        return moved | {one.identity.participant_id for one in found}

    def _commit(self, state: State, changes: Changes, turn: Turn) -> Commit:
        """Write the changes with the clock's next value; history and final ranks alone take none: no row shows them."""
        if not (changes.accounts or changes.participants):
            write(changes, {}, turn.seq)
            state.marks.store(state.contests, state.stamps)
            return Commit(turn.epoch, turn.seq)
        boards = changes.boards
        seq = advance(turn, boards)
        rows = {key: one.row(seq) for key, one in changes.participants.items()}
        write(changes, rows, seq, state.accounts)
        since = {board: state.stamps[board] for board in boards}
        state.stamps.update(dict.fromkeys(boards, seq))
        by_board: dict[MarathonId, list[Row]] = {board: [] for board in boards}
        for one, row in zip(changes.participants.values(), rows.values(), strict=True):
            by_board[one.marathon_id].append(row)
        state.marks.put(by_board)
        state.marks.store(state.contests, state.stamps)
        return Commit(turn.epoch, seq, since, by_board)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        reset_queries()  # with DEBUG on, Django remembers every statement
        with transaction.atomic():
            yield

    def forget(self) -> None:
        """After an error: drop the connection and what is in memory; both are made anew when they are needed."""
        self._state = None
        with contextlib.suppress(DatabaseError):
            connection.close()
