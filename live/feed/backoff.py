"""How long to wait before trying again: longer each time, with jitter, never long."""

from collections.abc import Callable

FIRST_SECONDS = 0.1
LAST_SECONDS = 2.0
"""Also how late, at most, the return of a server is noticed."""


class Backoff:
    """`random` gives numbers in 0..1, so that a hundred workers do not come back in the same moment."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._seconds = FIRST_SECONDS

    def next(self) -> float:
        """Return the seconds to wait now; the next wait is up to twice as long."""
        seconds = self._seconds * (0.5 + self._random() / 2)
        self._seconds = min(self._seconds * 2, LAST_SECONDS)
        return seconds

    def reset(self) -> None:
        """It worked: begin anew."""
        self._seconds = FIRST_SECONDS
