"""Dead letters: what is kept of a refused object beside its bytes. They lie in `<queue>.dead`, with these headers."""

from typing import Any

from live.feed.objects import Micros, moment
from live.feed.source import DeadLetter


def headers(letter: DeadLetter, queue: str, now: Micros) -> dict[str, Any]:
    """Return why, what, when, and the way by which the object came."""
    return {
        "reason": letter.rejected.reason.value,
        "field": letter.rejected.field,
        "time": moment(now).isoformat(timespec="milliseconds"),
        "queue": queue,
        "exchange": letter.delivery.exchange,
        "routing_key": letter.delivery.routing_key,
    }
