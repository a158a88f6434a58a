"""Going away without anybody noticing: on SIGTERM no new connections, `bye` to the present ones, closed in batches.

Servers close connections with their own code, or not at all; so the signal is taken before them and given on when every
client has been told when to come back.
"""

import asyncio
import signal
from types import FrameType
from typing import Any

import structlog

from live.session.services import Services

log = structlog.get_logger(__name__)

BATCH = 200
PAUSE = 0.05
# All in all; a supervisor that kills after 30 s never has to.
PATIENCE = 15.0


class Drain:
    """Takes SIGTERM over from the server, and gives it back when the connections are closed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._loop = asyncio.get_running_loop()
        self._server: Any = None
        self._task: asyncio.Task[None] | None = None

    def install(self) -> None:
        """Outside of the main thread, as in tests, signals cannot be taken; there is nothing to drain either."""
        try:
            self._server = signal.signal(signal.SIGTERM, self._on_signal)
        except ValueError:
            self._server = None

    def uninstall(self) -> None:
        if self._server is not None and signal.getsignal(signal.SIGTERM) == self._on_signal:
            signal.signal(signal.SIGTERM, self._server)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self.begin)

    def begin(self) -> None:
        """Start draining; a second signal does not start it again."""
        if self._task is None:
            self._services.draining = True
            self._task = self._loop.create_task(self._go(), name="drain")

    async def _go(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.say_goodbye()
        except TimeoutError:
            log.warning("drained only in part", left=len(self._services.sessions))
            # Who does not read would keep the server waiting as long as it kept us.
            for session in tuple(self._services.sessions):
                session.transport.abort()
        finally:
            self.uninstall()
            signal.raise_signal(signal.SIGTERM)

    async def say_goodbye(self) -> None:
        """Tell everybody, a batch at a time, and wait until they are gone."""
        log.info("draining", sessions=len(self._services.sessions))
        sessions = list(self._services.sessions)
        for start in range(0, len(sessions), BATCH):
            for session in sessions[start : start + BATCH]:
                session.say_bye()
            await asyncio.sleep(PAUSE)
        while self._services.sessions:  # noqa: ASYNC110 - a few looks at the end of a process's life
            await asyncio.sleep(PAUSE)
