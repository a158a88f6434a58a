"""What this process knows of the feed's health, from the worker's word or, when that is missing, from the database."""

from collections.abc import Callable
from datetime import datetime, timedelta

from live.hub.store import FeedSigns
from live.wire.announcements import FeedState
from live.wire.outbound import FeedStatus

# A worker refreshes its row every second.
DOWN_AFTER = timedelta(seconds=5)
# The publisher sends every account a heartbeat each 10-30 s.
STALE_AFTER = timedelta(seconds=45)


class Feed:
    """The present state; `on_change` is called with each new one whose status differs from the one before."""

    def __init__(self) -> None:
        self.state = FeedState(FeedStatus.DOWN, None)
        self.on_change: list[Callable[[FeedState], None]] = []

    def told(self, state: FeedState) -> None:
        changed = state.status != self.state.status
        self.state = state
        if changed:
            for call in self.on_change:
                call(state)

    def seen(self, signs: FeedSigns, now: datetime) -> None:
        """Judge by the signs of life in the database."""
        self.told(FeedState(_status(signs, now), signs.last_object_at))


def _status(signs: FeedSigns, now: datetime) -> FeedStatus:
    if signs.seen_at is None or now - signs.seen_at > DOWN_AFTER:
        return FeedStatus.DOWN
    if signs.last_object_at is None or now - signs.last_object_at > STALE_AFTER:
        return FeedStatus.STALE
    return FeedStatus.LIVE
