"""The live part of one web process: one for each event loop, built when first needed, closed when the server stops."""

import asyncio
import random
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from live.announcing import announce_on
from live.auth import Authenticator
from live.conf import live_settings
from live.drain import Drain
from live.hub.hub import Hub
from live.session.keeper import Keeper
from live.session.services import Services


class Process:
    """The services of this loop and what keeps them going."""

    def __init__(self) -> None:
        conf = live_settings()
        self.hub = Hub(get_channel_layer(), now=utc_now, tick=conf.tick)
        self.services = Services(
            hub=self.hub,
            authenticator=Authenticator(self.hub.threads),
            limits=conf.limits,
            tick=conf.tick,
            now=utc_now,
            random=random.Random(),  # noqa: S311 - spreads returning clients, guards nothing
        )
        self.keeper = Keeper(self.services)
        self.drain = Drain(self.services)

    def start(self) -> None:
        self.hub.start()
        announce_on(asyncio.get_running_loop())
        self.drain.install()

    async def close(self) -> None:
        self.drain.uninstall()
        announce_on(None)
        await self.keeper.close()
        await self.hub.close()


def utc_now() -> datetime:
    return datetime.now(UTC)


_processes: "WeakKeyDictionary[asyncio.AbstractEventLoop, Process]" = WeakKeyDictionary()


def process() -> Process:
    """The running loop's process; made and started on first use."""
    loop = asyncio.get_running_loop()
    found = _processes.get(loop)
    if found is None:
        found = _processes[loop] = Process()
        found.start()
    return found


def running() -> Process | None:
    """The running loop's process if there is one already."""
    return _processes.get(asyncio.get_running_loop())


async def close_process() -> None:
    """Stop what runs on this loop. Before the loop ends, or its tasks would be destroyed pending."""
    found = _processes.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
