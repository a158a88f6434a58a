"""What the worker counts of itself: read by the metrics, and told in a log line every ten seconds."""

from dataclasses import dataclass, replace


@dataclass(slots=True)
class FeedFigures:
    """Totals since the start. `*_seconds` are sums over commits; `lag` is how old the newest object was when committed.

    `unknowns`: fields that came as null. `redelivered`: messages that the broker had delivered before. `announced`,
    `unannounced`: messages to the web processes, sent or not.
    """

    objects: int = 0
    unknowns: int = 0
    rejected: int = 0
    batches: int = 0
    deliveries: int = 0
    redelivered: int = 0
    step_seconds: float = 0.0
    settle_seconds: float = 0.0
    lag: float = 0.0
    retries: int = 0
    announced: int = 0
    unannounced: int = 0

    def copy(self) -> "FeedFigures":
        """Return the totals of this moment."""
        return replace(self)


def report(before: FeedFigures, now: FeedFigures, seconds: float) -> dict[str, float]:
    """Return what happened between two moments, as rates and means fit to be read."""
    batches = now.batches - before.batches
    objects = now.objects - before.objects
    commit = (now.step_seconds - before.step_seconds) / batches if batches else 0.0
    return {
        "objects_per_s": round(objects / seconds, 1),
        "lag_ms": round(now.lag * 1000),
        "batch_size": round(objects / batches, 1) if batches else 0.0,
        "commit_ms": round(commit * 1000, 1),
        "rejected": now.rejected - before.rejected,
        "unknowns": now.unknowns - before.unknowns,
        "redelivered": now.redelivered - before.redelivered,
    }
