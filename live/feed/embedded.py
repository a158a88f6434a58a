"""The worker inside a web process, on the simulated feed: what LIVE_EMBEDDED_FEED=simulated means. For the demo.

Same loop, same commits and announcements as `manage.py consume_socket_data`; only the source is another one. The
lifespan of the web process starts and closes it.
"""

import asyncio
from datetime import datetime
from decimal import Decimal

import structlog

from live.board.rows import Login
from live.conf import LiveSettings
from live.feed.pipeline import Pipeline
from live.feed.simulator.embedded import SimulatedFeed
from live.feed.simulator.fleet import FleetPlan, Member
from live.feed.simulator.stream import FeedPlan, Stream
from live.feed.worker import worker
from marathons.models import Participant, ParticipantStatus

SPEED = 4.0
"""How much faster than the clock the market runs: enough to see places change while one looks."""

MOST_TRADERS = 1_000
"""A web process has other things to do."""

log = structlog.get_logger(__name__)


def traders(now: datetime) -> list[Member]:
    """The accounts of marathons that are not over, up to a limit.

    Each goes on with the balance that it last had; a new one has the capital that it is measured against.
    """
    entries = (
        Participant.objects.filter(marathon__ends_at__gt=now, marathon__cancelled_at=None)
        .exclude(status=ParticipantStatus.WITHDRAWN)
        .order_by("marathon__starts_at", "bib")
    )
    rows = entries.values_list("account__login", "account__balance", "initial_balance", "marathon__initial_balance")
    return list({login: _member(login, *capitals) for login, *capitals in rows[:MOST_TRADERS]}.values())


def _member(login: str, *capitals: Decimal | None) -> Member:
    return Member(Login(login), next((capital for capital in capitals if capital and capital > 0), None))


class EmbeddedWorker:
    """Runs from when it is made until `close`. Who enters a marathon later has data from the next start on."""

    def __init__(self, members: list[Member], settings: LiveSettings, now: datetime) -> None:
        # Another market at each start: nobody wants to see the same one twice.
        fleet = FleetPlan(members, now, seed=int(now.timestamp()), speed=SPEED)
        self._pipeline: Pipeline = worker([SimulatedFeed(Stream(FeedPlan(fleet)))], settings)
        self._task = asyncio.create_task(self._run(), name="embedded worker")

    async def _run(self) -> None:
        try:
            await self._pipeline.run()
        except Exception:
            log.exception("the embedded worker has failed; boards stand still until the next start")

    async def close(self) -> None:
        """Finish the batch under way."""
        self._pipeline.stop()
        await self._task
