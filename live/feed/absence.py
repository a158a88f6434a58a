"""Whether messages may be waiting that came in time and were not taken then: nobody was there, or nobody could. Pure.

The worker was down, or stood still, or had lost RabbitMQ, or its database was away. A marathon that ends meanwhile is
not final before all that has been read.
"""

from live.feed.objects import Micros

LONGEST_PAUSE: Micros = 5_000_000
"""Between two looks; there should be one a second. A pause that is shorter is nothing beside the grace after an end."""
QUIET_LOOKS = 2
"""In a row: just after a queue is taken nothing has arrived yet."""


class Absence:
    """`since` is when it began, until all is read that came during it; None while there is none."""

    def __init__(self) -> None:
        self.since: Micros | None = None
        self._looked: Micros | None = None
        self._quiet_looks = 0

    def began(self, at: Micros) -> None:
        """From then on messages may have waited."""
        self.since = at if self.since is None else min(self.since, at)
        self._quiet_looks = 0

    def notice(self, now: Micros) -> None:
        """Find out afterwards: a process that stands still, or tries its database again and again, does not look."""
        if self._looked is not None and now - self._looked > LONGEST_PAUSE:
            self.began(self._looked)

    def look(self, now: Micros, *, listening: bool, drained: bool) -> None:
        """Once a second: whether no input is lost, and whether nothing waits to be taken from them."""
        self.notice(now)
        if not listening:
            self.began(now if self._looked is None else self._looked)
        self._looked = now
        self._quiet_looks = self._quiet_looks + 1 if listening and drained else 0
        if self._quiet_looks >= QUIET_LOOKS:
            self.since = None
