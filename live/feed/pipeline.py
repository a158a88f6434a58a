"""The worker's loop: plan, commit, then settle and announce; and what happens when a part of it fails.

All sources share one memory, one turn with the database, and a thread for each: while a batch is being written, the
next ones are planned on top of it. Nothing is settled before it is committed, nor before what came before it; and what
is not settled comes again: every failure is answered by doing less, never by doing it out of order.
"""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import random
from typing import Any, TypeVar

import structlog

from live.feed.announcer import Announcer
from live.feed.backoff import Backoff
from live.feed.database import DATABASE_ERRORS, is_disk_full, use_own_connection
from live.feed.figures import FeedFigures, report
from live.feed.objects import MICROSECOND, micros
from live.feed.pace import is_long, pause_after
from live.feed.source import Batch, Condition, LostError, Source
from live.feed.step import Outcome, Prepared, prepare, step
from live.feed.store import FencedError, Store
from live.feed.tally import Tally
from live.wire.announcements import Told

SETTLE_SECONDS = 3.0
"""How long the end waits for a broker to take what is done; what it does not take it delivers again."""
AHEAD = 2
"""Batches of one source that may be planned while one is written: with one of them ready, the database never waits."""
TICK_SECONDS = 1.0
REPORT_TICKS = 10

log = structlog.get_logger(__name__)
T = TypeVar("T")


class FatalError(Exception):
    """The worker cannot go on, and trying again would not help; the message says what must be done."""


async def _first(*futures: "asyncio.Future[Any]") -> None:
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


class Pipeline:
    """`run` it as a task, `stop` it from anywhere on its loop. `utc` is the time; `random` gives numbers in 0..1."""

    def __init__(
        self,
        sources: Sequence[Source],
        store: Store,
        announcer: Announcer,
        figures: FeedFigures,
        *,
        max_skew: timedelta,
        utc: Callable[[], datetime],
        random: Callable[[], float] = random,
    ) -> None:
        self.figures = figures
        self._sources = {source.name: source for source in sources}
        self._store = store
        self._announcer = announcer
        self._max_skew = max_skew // MICROSECOND
        self._utc = utc
        self._random = random
        self._thread = ThreadPoolExecutor(1, "database", initializer=use_own_connection)
        self._planning = ThreadPoolExecutor(1, "planning")
        # Batches take their turns in the order in which they were planned. Whoever needs both takes the plans first.
        self._plans = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._telling = asyncio.Lock()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._uncommitted = 0
        self._tenures: dict[str, int] = {}
        self._lost: dict[str, int] = {}
        self._tally = Tally(figures, utc, time.monotonic)
        self._stopping = asyncio.Event()
        self._database_works = True
        self._error: BaseException | None = None

    async def run(self) -> None:
        """Work until `stop`. Raises FatalError where only people can help, and whatever is a mistake in the code."""
        running = [asyncio.create_task(source.run()) for source in self._sources.values()]
        working: list[asyncio.Task[Any]] = [asyncio.create_task(self._serve(one)) for one in self._sources.values()]
        working += [asyncio.create_task(self._keep_ticking()), asyncio.create_task(self._stopping.wait())]
        try:
            done, _ = await asyncio.wait([*working, *running], return_when=asyncio.FIRST_COMPLETED)
            self._stopping.set()
            async with self._plans, self._turn:  # what is under way is finished
                for task in working:
                    task.cancel()
            if self._under_way:  # and settled
                await asyncio.wait(self._under_way, timeout=SETTLE_SECONDS)
            await asyncio.gather(*(source.close() for source in self._sources.values()))
        finally:
            ending = [*working, *running, *self._under_way]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
            await self._in_thread(self._store.forget)
            self._thread.shutdown()
            self._planning.shutdown()
        if self._error:
            raise self._error
        for task in done:
            task.result()

    def stop(self) -> None:
        """Finish the batch that is under way, then end."""
        self._stopping.set()

    async def _in_thread(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call, *args)

    async def _serve(self, source: Source) -> None:
        """Handle one batch after the other. Where they take long, under load, the next ones are planned meanwhile."""
        loop, took, tenure = asyncio.get_running_loop(), 0.0, 0
        ahead: deque[asyncio.Task[bool]] = deque()
        while True:
            batch = await source.batch()
            self._uncommitted += 1
            former = ahead[-1] if ahead and batch.tenure == tenure else None  # those of another tenure come again
            started, tenure, planned = loop.time(), batch.tenure, loop.create_future()
            handling = self._begin(self._handle(source, batch, planned, former))
            await _first(handling, planned)
            ahead.append(handling)
            most = AHEAD if is_long(took) and not source.drained else 0
            while len(ahead) > most:
                # Its own source waits for it and nobody else: a broker whose memory is full may take minutes to answer.
                await asyncio.shield(ahead.popleft())
            took = loop.time() - started
            if not ahead:
                await asyncio.sleep(pause_after(took))

    async def _handle(
        self, source: Source, batch: Batch, planned: "asyncio.Future[None]", former: "asyncio.Task[bool] | None"
    ) -> bool:
        """Plan, commit, then settle and announce. False, and not settled, where it or one before it is not committed.

        A batch that cannot be settled any more comes again, and changes nothing then.
        """
        try:
            async with self._plans:
                prepared = await self._prepare(batch)
                committing = self._begin(self._commit(source, prepared))
            planned.set_result(None)
            outcome = await committing
        finally:
            self._uncommitted -= 1
        if outcome is None:
            return False
        settling = self._begin(self._settle(source, batch, outcome, former))
        async with self._telling:
            for commit in outcome.commits:
                await self._announcer.commit(commit)
        self._tally.count(batch, outcome)
        return await settling

    def _begin(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start what the end waits for. An error in it is the end."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._error = self._error or error
            self._stopping.set()

    async def _prepare(self, batch: Batch) -> Prepared:
        latest = micros(self._utc()) + self._max_skew
        return await asyncio.get_running_loop().run_in_executor(self._planning, prepare, self._store, batch, latest)

    async def _commit(self, source: Source, prepared: Prepared) -> Outcome | None:
        """Commit a batch, however often the database fails; None when it is not ours any more."""
        async with self._turn:
            return await self._commit_at_last(source, prepared)

    async def _commit_at_last(self, source: Source, prepared: Prepared) -> Outcome | None:
        backoff, tenure = Backoff(self._random), prepared.batch.tenure
        while not self._stopping.is_set() and source.tenure == tenure != self._lost.get(source.name):
            started = time.monotonic()
            try:
                await self._take(source, tenure)
                outcome = await self._in_thread(step, self._store, prepared)
            except FencedError:
                # Taking it back for this batch would fence off who has the queue now; the batch comes again, to them.
                await self._fenced(source.name)
                return None
            except DATABASE_ERRORS as error:
                await self._failed(error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), backoff.next())
            else:
                self._works()
                self.figures.step_seconds += time.monotonic() - started
                return outcome
        return None

    async def _take(self, source: Source, tenure: int) -> None:
        """Tell the database that this queue is ours, once each time that the broker gave it to us."""
        if self._tenures.get(source.name) != tenure:
            await self._in_thread(self._store.take, source.name)
            self._tenures[source.name] = tenure

    async def _fenced(self, queue: str) -> None:
        """Another worker writes for this queue: forget it, and ask for it again as anybody else."""
        log.warning("another worker has taken the queue over", queue=queue)
        self._tenures.pop(queue, None)
        self._lost[queue] = self._sources[queue].tenure
        await self._in_thread(self._store.forget)
        await self._sources[queue].step_back()

    async def _failed(self, error: Exception) -> None:
        """Drop connection and memory; say so once. Raises FatalError where waiting does not help."""
        self.figures.retries += 1
        await self._in_thread(self._store.forget)
        if is_disk_full(error):
            raise FatalError("the database's disk is full; nothing was acknowledged") from error
        if self._database_works:
            self._database_works = False
            log.warning("the database fails, trying again", reason=str(error).strip().split("\n")[0])

    def _works(self) -> None:
        if not self._database_works:
            self._database_works = True
            log.info("the database works again")

    async def _settle(
        self, source: Source, batch: Batch, outcome: Outcome, former: "asyncio.Task[bool] | None"
    ) -> bool:
        """Give the batch back as done, after the former one, which that would give back too; False if that is not."""
        if former is not None:
            await _first(former)
            if former.cancelled() or former.exception() or not former.result():
                return False
        started = time.monotonic()
        try:
            await source.settle(batch, outcome.dead)
            self.figures.settle_seconds += time.monotonic() - started
        except LostError as error:
            log.info("committed but not acknowledged: it will come again", queue=source.name, reason=str(error))
        return True

    async def _keep_ticking(self) -> None:
        """Once a second, busy or not; every ten seconds a line in the log."""
        loop = asyncio.get_running_loop()
        before, since = self.figures.copy(), loop.time()
        for number in itertools.count(1):
            await asyncio.sleep(TICK_SECONDS)
            # Not the plans: mostly nothing changes, and what is planned meanwhile holds.
            async with self._turn:
                await self.tick()
            if number % REPORT_TICKS == 0:
                now = loop.time()
                log.info("feed", **report(before, self.figures, now - since))
                before, since = self.figures.copy(), now

    async def tick(self) -> None:
        """Sign, see what others changed, end what is over, tell where the clock stands; for the queues that we hold."""
        self._look_for_absence()
        try:
            for source in self._sources.values():
                if source.condition is Condition.ACTIVE and self._lost.get(source.name) != source.tenure:
                    await self._take(source, source.tenure)
            if not self._tenures:
                return
            signs = self._tally.signs(self._tenures)
            commit = await self._in_thread(self._store.tick, signs)
        except FencedError as error:
            await self._fenced(str(error))
            return
        except DATABASE_ERRORS as error:
            await self._failed(error)
            return
        self._works()
        self._tally.signed(signs)
        async with self._telling:
            await self._announcer.commit(commit)
            feed = self._tally.feed_state(source.condition for source in self._sources.values())
            await self._announcer.told(Told(commit.epoch, self._store.boards, feed))

    def _look_for_absence(self) -> None:
        """A queue that we stand by for is another worker's care."""
        sources = self._sources.values()
        listening = all(one.condition in {Condition.ACTIVE, Condition.STANDBY} for one in sources)
        # What is under way was taken already, but nothing has come of it yet.
        drained = all(one.drained for one in sources) and not self._uncommitted
        self._store.absence.look(micros(self._utc()), listening=listening, drained=drained)
