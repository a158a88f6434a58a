"""What the worker has seen of its feed, counted as batches are committed; and how the feed is, by that."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from live.feed.figures import FeedFigures
from live.feed.objects import micros
from live.feed.rejects import RejectLog
from live.feed.source import Batch, Condition
from live.feed.step import Outcome
from live.feed.store import Sign
from live.wire.announcements import FeedState
from live.wire.outbound import FeedStatus

STALE_AFTER = timedelta(seconds=45)


class Tally:
    """Counts into `figures`; `utc` is the time, `seconds` a clock that only goes on."""

    def __init__(self, figures: FeedFigures, utc: Callable[[], datetime], seconds: Callable[[], float]) -> None:
        self._figures = figures
        self._utc = utc
        self._rejects = RejectLog(seconds)
        self._unsigned: dict[str, int] = {}
        self._last_object_at: datetime | None = None

    def count(self, batch: Batch, outcome: Outcome) -> None:
        """Take note of a batch that was committed."""
        figures, now = self._figures, self._utc()
        figures.batches += 1
        figures.deliveries += len(batch.deliveries)
        figures.redelivered += sum(delivery.again for delivery in batch.deliveries)
        figures.objects += len(outcome.accepted)
        figures.unknowns += sum(said.unknowns for said in outcome.accepted)
        figures.rejected += len(outcome.dead)
        if outcome.accepted:
            self._last_object_at = now
            newest = max(said.stamp for said in outcome.accepted)
            figures.lag = max(0.0, (micros(now) - newest) / 1_000_000)
        if outcome.dead:
            self._unsigned[batch.source] = self._unsigned.get(batch.source, 0) + len(outcome.dead)
            self._rejects.note(batch.source, (letter.rejected for letter in outcome.dead))

    def signs(self, queues: Iterable[str]) -> list[Sign]:
        """Return a sign of life for each of these queues."""
        return [Sign(queue, self._last_object_at, self._unsigned.get(queue, 0)) for queue in queues]

    def signed(self, signs: Iterable[Sign]) -> None:
        """Forget what these signs told."""
        for sign in signs:
            left = self._unsigned.pop(sign.queue, 0) - sign.rejected
            if left:
                self._unsigned[sign.queue] = left

    def feed_state(self, conditions: Iterable[Condition]) -> FeedState:
        """Return how the feed is; `conditions` are those of its sources."""
        last = self._last_object_at
        if all(one is not Condition.ACTIVE for one in conditions):
            return FeedState(FeedStatus.DOWN, last)
        fresh = last is not None and self._utc() - last <= STALE_AFTER
        return FeedState(FeedStatus.LIVE if fresh else FeedStatus.STALE, last)
