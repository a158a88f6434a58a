"""Says in the log that objects are refused: each kind once, then once a minute with a count, never their contents."""

import re
from collections.abc import Callable, Iterable

import structlog

from live.feed.objects import Rejected

QUIET_SECONDS = 60.0
MOST_KINDS = 100
"""Kinds told apart; what goes beyond is one kind more."""

log = structlog.get_logger(__name__)
_index = re.compile(r"\[\d+\]")


class RejectLog:
    """`time` gives seconds that only grow."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._counts: dict[tuple[str, str], int] = {}
        self._told: dict[tuple[str, str], float] = {}

    def note(self, queue: str, rejected: Iterable[Rejected]) -> None:
        """Count refused objects; tell of kinds that were not told of for a while."""
        for one in rejected:
            kind = (one.reason.value, _index.sub("[]", one.field))
            if kind not in self._counts and len(self._counts) >= MOST_KINDS:
                kind = ("others", "")
            self._counts[kind] = self._counts.get(kind, 0) + 1
        now = self._time()
        for kind, count in self._counts.items():
            if count and now - self._told.get(kind, -QUIET_SECONDS) >= QUIET_SECONDS:
                reason, field = kind
                log.warning("objects refused", queue=queue, reason=reason, field=field, count=count)
                self._counts[kind], self._told[kind] = 0, now
