"""One board in the memory of this process: loaded once, kept up with announcements, healed from the database.

The clock's stamps decide everything. An announcement that does not connect to the stamp held here means that one was
lost; whatever the reason, the answer is the same: read the rows that changed since from the database.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from live.board.ranking import Ranking
from live.board.rows import MarathonId, ParticipantId, Row, Status, UserId
from live.board.views import View, select
from live.hub.facts import MarathonFacts
from live.hub.store import Reading
from live.hub.view import LiveView, Moment
from live.wire.announcements import Announcement
from live.wire.entries import RowEncoder

log = structlog.get_logger(__name__)

Read = Callable[[MarathonId, int], Awaitable[Reading | None]]


class Follower(Protocol):
    """Who watches a board through any of its views: told of what concerns the marathon as such."""

    def marathon_changed(self, facts: MarathonFacts) -> None: ...

    def marathon_gone(self, marathon_id: MarathonId) -> None: ...

    def people_changed(self, user_ids: Collection[UserId]) -> None: ...


class Replica:
    """A ranked board and the views that are being watched of it."""

    def __init__(self, marathon_id: MarathonId, read: Read, now: Callable[[], datetime], tick: float) -> None:
        self.marathon_id = marathon_id
        self.followers: set[Follower] = set()
        self.unused_since: float | None = None
        self.epoch = ""
        self.seq = -1
        self.facts: MarathonFacts
        self.healed = 0
        self._read, self._now, self._tick = read, now, tick
        self._loop = asyncio.get_running_loop()
        self._ranking = Ranking()
        self._participants: dict[UserId, ParticipantId] = {}
        self._views: dict[View, LiveView] = {}
        self._encoder = RowEncoder()
        self._wanted = -1
        self._healing: asyncio.Task[None] | None = None
        self._publishing: asyncio.Handle | None = None
        self._published_at, self._published_seq = float("-inf"), -1
        self._status_timer: asyncio.TimerHandle | None = None
        self.gone = False

    # Reading -----------------------------------------------------------------------------------------------------

    async def load(self) -> bool:
        """Read the whole board; False if there is no such marathon. Called once, after joining its group."""
        reading = await self._read(self.marathon_id, -1)
        if reading is None:
            return False
        self._take(reading)
        if self._wanted > self.seq:
            self.heal()
        return True

    def heal(self) -> None:
        """Read from the database what changed since the stamp held; one reading at a time."""
        if self._healing is None and not self.gone:
            self._healing = self._loop.create_task(self._heal(), name=f"heal {self.marathon_id}")

    async def healed_to(self, seq: int) -> None:
        """Wait until the views stand at `seq`, or at whatever the database has now, if that is less."""
        if self.seq < seq and self._healing is not None:
            # It may have read before that state was there, so it counts for nothing.
            await asyncio.shield(self._healing)
        if self.seq < seq:
            self.heal()
            if self._healing is not None:
                await asyncio.shield(self._healing)
        if self._published_seq < min(seq, self.seq):
            self._publish()

    async def _heal(self) -> None:
        try:
            while await self._read_on():
                pass
        except Exception:
            # The database is away, most likely. The hub's pulse asks again for as long as this board is behind.
            log.warning("board not healed", marathon=str(self.marathon_id), seq=self.seq, exc_info=True)
        finally:
            self._healing = None

    async def _read_on(self) -> bool:
        """Read once; returns whether something newer was announced meanwhile and is worth another reading."""
        reading = await self._read(self.marathon_id, self.seq)
        if reading is not None and reading.epoch != self.epoch:
            reading = await self._read(self.marathon_id, -1)
        if reading is None:
            self._end()
            return False
        self.healed += 1
        before = self.seq
        self._take(reading)
        if self.seq == before:
            self._wanted = self.seq
        return self._wanted > self.seq

    @property
    def behind(self) -> bool:
        """Whether something newer than what is held was heard of."""
        return self._wanted > self.seq

    def _take(self, reading: Reading) -> None:
        anew = reading.epoch != self.epoch
        if anew:
            self._ranking, self._participants = Ranking(), {}
        self.epoch, self.seq = reading.epoch, reading.seq
        former = getattr(self, "facts", None)
        self.facts = reading.facts
        self._put(reading.rows)
        if former != self.facts:
            self._facts_changed()
        elif anew:
            # At once, and though there may be no row to show: who subscribes from now on must find no older epoch.
            self._publish()

    # Announcements -----------------------------------------------------------------------------------------------

    def announced(self, announcement: Announcement) -> None:
        """Apply what a worker announced, or read it from the database if it does not connect."""
        if announcement.epoch == self.epoch and announcement.seq <= self.seq:
            return
        self._wanted = max(self._wanted, announcement.seq)
        if self.seq < 0 or self._healing is not None:
            return
        connects = announcement.epoch == self.epoch and announcement.since <= self.seq
        if announcement.rows is None or not connects:
            self.heal()
            return
        self.seq = announcement.seq
        self._put(announcement.rows)

    def told(self, epoch: str, stamp: int | None) -> None:
        """Hear where the board stands by the clock; None says that the marathon is gone."""
        if self.seq >= 0 and (epoch != self.epoch or stamp is None or stamp > self.seq):
            self.heal()

    def _put(self, rows: Sequence[Row]) -> None:
        changed = {row.identity.user_id for row in rows if self._comes_or_goes(row)} if self.followers else ()
        for row in rows:
            self._participants[row.identity.user_id] = row.identity.participant_id
        if self._ranking.apply(rows):
            self._publish_soon()
        if changed:
            for follower in tuple(self.followers):
                follower.people_changed(changed)

    # People ------------------------------------------------------------------------------------------------------

    def participant_of(self, user_id: UserId) -> Row | None:
        """The row of this user, if he takes part or took part."""
        participant_id = self._participants.get(user_id)
        return self._ranking.get(participant_id) if participant_id is not None else None

    def participates(self, user_id: UserId) -> bool:
        row = self.participant_of(user_id)
        return row is not None and row.identity.status is not Status.WITHDRAWN

    def _comes_or_goes(self, row: Row) -> bool:
        """Whether this row makes somebody a participant, or another kind of one."""
        former = self._ranking.get(row.identity.participant_id)
        return former is None or former.identity.status is not row.identity.status

    def row(self, participant_id: ParticipantId) -> Row | None:
        return self._ranking.get(participant_id)

    # Views -------------------------------------------------------------------------------------------------------

    def view(self, view: View) -> LiveView:
        """The shared view; it lives as long as it is watched."""
        live = self._views.get(view)
        if live is None:
            live = self._views[view] = LiveView(view, self._moment(), select(self._ranking, view), self._encoder)
        return live

    def drop_unwatched_views(self) -> None:
        self._views = {view: live for view, live in self._views.items() if live.watchers}

    @property
    def views(self) -> int:
        return len(self._views)

    def _moment(self) -> Moment:
        now = self._now()
        return Moment(self.epoch, self.seq, self.facts, self.facts.status_at(now), now)

    def _publish_soon(self) -> None:
        """At once after a quiet time; else when the tick is over. What happens until then is merged."""
        if self._publishing is None:
            due = self._published_at + self._tick
            if due <= self._loop.time():
                self._publishing = self._loop.call_soon(self._publish)
            else:
                self._publishing = self._loop.call_at(due, self._publish)

    def _publish(self) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
            self._publishing = None
        self._published_at = self._loop.time()
        moment = self._moment()
        self._published_seq = moment.seq
        for live in self._views.values():
            if live.watchers:
                live.publish(moment, select(self._ranking, live.view))
        self.drop_unwatched_views()

    # Status ------------------------------------------------------------------------------------------------------

    def _facts_changed(self) -> None:
        self._time_the_status(self._now())
        # Rights first: what is published is written at once, to whoever is idle, and has to be what he may see now.
        for follower in tuple(self.followers):
            follower.marathon_changed(self.facts)
        # And in the same turn: who subscribes from now on must find the new status in the snapshot.
        self._publish()

    def _time_the_status(self, now: datetime) -> None:
        if self._status_timer is not None:
            self._status_timer.cancel()
            self._status_timer = None
        change = self.facts.next_change_after(now)
        if change is not None:
            # Looked at again each hour at least: a timer of weeks would drift with the wall clock.
            wait = min((change - now).total_seconds(), 3600.0)
            self._status_timer = self._loop.call_later(wait, self._status_due, self.facts.status_at(now))

    def _status_due(self, former: str) -> None:
        self._status_timer = None
        # One look at the clock: timers fire early by up to a millisecond, and a second look may fall after the change.
        now = self._now()
        if self.facts.status_at(now) == former:
            self._time_the_status(now)
        else:
            self._facts_changed()

    def _end(self) -> None:
        self.gone = True
        for follower in tuple(self.followers):
            follower.marathon_gone(self.marathon_id)

    async def close(self) -> None:
        for handle in (self._publishing, self._status_timer):
            if handle is not None:
                handle.cancel()
        if self._healing is not None:
            self._healing.cancel()
            await asyncio.gather(self._healing, return_exceptions=True)
