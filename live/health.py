"""Whether this process is fit to serve: what /readyz asks, and what each part of it answered.

A load balancer reads the status, a person the reasons. A feed whose publisher is silent (stale) is no fault of ours;
one that nobody consumes (down) is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from live.hub.feed import Feed
from live.hub.store import feed_signs
from live.process import Process
from live.wire.outbound import FeedStatus

log = structlog.get_logger(__name__)

OK = "ok"
DRAINING = "the process is going away"
LAYER_SILENT = "the channel layer does not answer; boards follow the database, a second later"
FEED_DOWN = "no worker consumes the feed"


@dataclass(frozen=True, slots=True)
class Readiness:
    """What each part answered: `ok`, or the reason why not."""

    parts: Mapping[str, str]

    @property
    def ready(self) -> bool:
        return all(answer == OK for answer in self.parts.values())


async def readiness(process: Process) -> Readiness:
    """Ask every part. Takes as long as the database does."""
    hub = process.hub
    stored = await hub.threads.run(_stored, hub.now)
    return Readiness(
        {
            **stored,
            "channelLayer": OK if hub.layer_answers else LAYER_SILENT,
            "process": DRAINING if process.services.draining else OK,
        }
    )


def _stored(now: Callable[[], datetime]) -> dict[str, str]:
    """What the database knows. Without it nothing is known of the rest."""
    try:
        return {"database": OK, "migrations": _migrations(), "feed": _feed(now())}
    except DatabaseError as error:
        log.warning("not ready: the database does not answer", error=str(error))
        unknown = "unknown, as the database does not answer"
        return {"database": f"does not answer ({type(error).__name__})", "migrations": unknown, "feed": unknown}


def _migrations() -> str:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return f"{missing} not applied: run manage.py migrate" if missing else OK


def _feed(now: datetime) -> str:
    feed = Feed()
    feed.seen(feed_signs(), now)
    return FEED_DOWN if feed.state.status is FeedStatus.DOWN else OK
