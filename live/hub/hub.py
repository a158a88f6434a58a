"""The hub of one process: which boards it holds, what it hears from the channel layer, what it does without it.

One channel for the whole process, one listener, one pulse a second. Viewers cost neither queries nor layer messages.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from live.board.rows import MarathonId
from live.groups import BOARD_CHANGED, CANARY, CLOCK_GROUP, CLOCK_TOLD, board_group
from live.hub import store
from live.hub.feed import Feed
from live.hub.replica import Replica
from live.hub.threads import Threads
from live.wire.announcements import UnreadableError, decode_announcement, decode_told

log = structlog.get_logger(__name__)

PULSE = 1.0
# The worker tells the clock every second: this long without a word, and the database is asked instead.
SILENCE = 3.0
# The hub's own message to itself, which needs no worker, has not come back for so long: the layer's connection is dead,
# whatever it says itself (a half-open one says nothing), and is made anew.
LAYER_DEAD = 8.0
CANARY_EVERY = 2.0
LAYER_TIMEOUT = 3.0
# A board that nobody watches any more stays this long, so that reloading pages find it in memory.
LINGER = 30.0


@dataclass(slots=True)
class HubFigures:
    """What metrics show of the hub: boards loaded, all readings of boards (healing ones too), messages heard."""

    loads: int = 0
    readings: int = 0
    announcements: int = 0
    clocks: int = 0
    revivals: int = 0


class Hub:
    """Made once for a process and event loop; see live/hub/process.py."""

    def __init__(self, layer: Any, *, now: Callable[[], datetime], tick: timedelta) -> None:
        self.now = now
        self.feed = Feed()
        self.figures = HubFigures()
        self.threads = Threads()
        self.replicas: dict[MarathonId, Replica] = {}
        self.on_pulse: list[Callable[[float], None]] = []
        self._layer, self._tick = layer, tick.total_seconds()
        self._loop = asyncio.get_running_loop()
        self._loading: dict[MarathonId, asyncio.Task[Replica | None]] = {}
        self._channel = ""
        self._heard_any = self._canary_sent = self._loop.time()
        self._heard_told = float("-inf")
        self._tasks: list[asyncio.Task[None]] = []

    # Life --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._tasks = [
            self._loop.create_task(self._listen(), name="hub listens"),
            self._loop.create_task(self._beat(), name="hub pulse"),
        ]

    async def close(self) -> None:
        """Stop listening and forget every board."""
        for task in [*self._tasks, *self._loading.values()]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._loading.values(), return_exceptions=True)
        for replica in self.replicas.values():
            await replica.close()
        self.replicas.clear()
        await self.threads.close()

    @property
    def layer_answers(self) -> bool:
        """Whether the channel layer carries messages, by what came back from it lately."""
        return bool(self._channel) and self._loop.time() - self._heard_any <= LAYER_DEAD

    @property
    def clock_age(self) -> float:
        """Seconds since a worker told the clock; infinite if none has yet."""
        return self._loop.time() - self._heard_told

    # Boards ------------------------------------------------------------------------------------------------------

    async def board(self, marathon_id: MarathonId) -> Replica | None:
        """The board of a marathon, joined and loaded; None if there is none. Raises what the database raises."""
        loading = self._loading.get(marathon_id)
        if loading is None:
            replica = self.replicas.get(marathon_id)
            if replica is not None:
                replica.unused_since = None  # who asks is about to watch, and may have to wait before that
                return None if replica.gone else replica
            loading = self._loading[marathon_id] = self._loop.create_task(self._load(marathon_id))
            loading.add_done_callback(lambda _: self._loading.pop(marathon_id, None))
        # Shielded: many may wait for one board, and one who goes away does not take it from the others.
        return await asyncio.shield(loading)

    async def _load(self, marathon_id: MarathonId) -> Replica | None:
        self.figures.loads += 1
        replica = Replica(marathon_id, self._read, self.now, self._tick)
        self.replicas[marathon_id] = replica
        try:
            # Join before reading: what is announced meanwhile is compared with what was read, so nothing falls between.
            await self._join(marathon_id)
            if await replica.load():
                return replica
        except BaseException:
            self.replicas.pop(marathon_id, None)
            raise
        self.replicas.pop(marathon_id, None)
        await self._leave(marathon_id)
        return None

    async def _read(self, marathon_id: MarathonId, since: int) -> store.Reading | None:
        self.figures.readings += 1
        return await self.threads.run(store.read, marathon_id, since)

    # Channel layer -----------------------------------------------------------------------------------------------

    async def _join(self, marathon_id: MarathonId) -> None:
        if self._channel:
            await self._tolerate(self._layer.group_add(board_group(marathon_id), self._channel))

    async def _leave(self, marathon_id: MarathonId) -> None:
        if self._channel:
            await self._tolerate(self._layer.group_discard(board_group(marathon_id), self._channel))

    async def _tolerate(self, step: Coroutine[Any, Any, None]) -> bool:
        """Without the layer boards move by reading the database: its failures are logged, not raised."""
        try:
            async with asyncio.timeout(LAYER_TIMEOUT):
                await step
        except Exception as error:  # noqa: BLE001 - whatever the layer raises, boards go on without it
            log.warning("channel layer does not answer", error=repr(error))
            return False
        return True

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._open_channel()
                pause = 0.1
                while True:
                    self._heard(await self._layer.receive(self._channel))
            except Exception as error:  # noqa: BLE001 - whatever the layer raises, boards go on without it
                log.warning("channel layer failed; the database is asked instead", error=repr(error))
            self._channel = ""
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _open_channel(self) -> None:
        async with asyncio.timeout(LAYER_TIMEOUT):
            channel = await self._layer.new_channel("hub.")
            await self._layer.group_add(CLOCK_GROUP, channel)
            for marathon_id in list(self.replicas):
                await self._layer.group_add(board_group(marathon_id), channel)
        self._channel = channel
        self._heard_any = self._loop.time()

    def _heard(self, message: dict[str, Any]) -> None:
        self._heard_any = self._loop.time()
        try:
            if message["type"] == BOARD_CHANGED:
                self._board_changed(message["body"])
            elif message["type"] == CLOCK_TOLD:
                self._clock_told(message["body"])
        except (UnreadableError, KeyError):
            log.warning("announcement not understood", exc_info=True)

    def _board_changed(self, body: bytes) -> None:
        self.figures.announcements += 1
        announcement = decode_announcement(body)
        replica = self.replicas.get(announcement.marathon_id)
        if replica is not None:
            replica.announced(announcement)

    def _clock_told(self, body: bytes) -> None:
        self.figures.clocks += 1
        told = decode_told(body)
        self._heard_told = self._loop.time()
        self.feed.told(told.feed)
        for marathon_id, stamp in told.boards.items():
            replica = self.replicas.get(marathon_id)
            if replica is not None:
                replica.told(told.epoch, stamp)

    # Pulse -------------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(PULSE)
            now = self._loop.time()
            try:
                await self._send_canary(now)
                if now - self._heard_told > SILENCE:
                    await self._ask_the_database()
                for replica in list(self.replicas.values()):
                    if replica.behind:
                        replica.heal()
                await self._drop_unused(now)
                for call in self.on_pulse:
                    call(now)
            except Exception:
                log.warning("pulse failed", exc_info=True)

    async def _send_canary(self, now: float) -> None:
        if not self._channel or now - self._canary_sent < CANARY_EVERY:
            return
        self._canary_sent = now
        if now - self._heard_any > LAYER_DEAD:
            await self._revive_layer()
        else:
            await self._tolerate(self._layer.send(self._channel, {"type": CANARY}))

    async def _revive_layer(self) -> None:
        """Drop the layer's connections and let the listener join everything again."""
        log.warning("channel layer is silent; connecting anew")
        self.figures.revivals += 1
        self._channel = ""
        self._tasks[0].cancel()
        await asyncio.gather(self._tasks[0], return_exceptions=True)
        if hasattr(self._layer, "flush"):
            # The pub/sub layer keeps nothing in Redis: flushing it only closes its connections.
            await self._tolerate(self._layer.flush())
        self._tasks[0] = self._loop.create_task(self._listen(), name="hub listens")

    async def _ask_the_database(self) -> None:
        ids: list[UUID] = list(self.replicas)
        epoch, signs = await self.threads.run(store.epoch), await self.threads.run(store.feed_signs)
        self.feed.seen(signs, self.now())
        stamps = await self.threads.run(store.stamps, ids) if ids else {}
        for marathon_id in ids:
            replica = self.replicas.get(MarathonId(marathon_id))
            if replica is not None:
                replica.told(epoch, stamps.get(marathon_id))

    async def _drop_unused(self, now: float) -> None:
        for marathon_id, replica in list(self.replicas.items()):
            replica.drop_unwatched_views()
            if replica.followers or replica.views or marathon_id in self._loading:
                replica.unused_since = None
            elif replica.unused_since is None:
                replica.unused_since = now
            elif now - replica.unused_since > LINGER or replica.gone:
                del self.replicas[marathon_id]
                await self._leave(marathon_id)
                await replica.close()
