"""How much one client may ask for: small objects that count, with the time as an argument."""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one process. Times in seconds, sizes in bytes; connections are counted in each process."""

    subscriptions: int = 32
    message_bytes: int = 16_384
    messages_per_10s: int = 60
    bad_requests: int = 10
    connections_per_user: int = 1_000
    connections_per_address: int = 10_000
    connections: int = 20_000
    authenticate_within: float = 10.0
    slow_after: float = 20.0
    heartbeat: float = 15.0
    token_warning: float = 60.0
    token_grace: float = 25.0
    waiting_replies: int = 64


class Credits:
    """A token bucket: `most` at once, refilled evenly over `per` seconds."""

    __slots__ = ("_at", "_left", "_most", "_rate", "refused")

    def __init__(self, most: int, per: float, now: float) -> None:
        self._most, self._rate = float(most), most / per
        self._left, self._at = self._most, now
        self.refused = 0

    def take(self, now: float) -> float:
        """Take one. Returns 0.0, or the seconds after which one will be there; `refused` counts refusals in a row."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            self.refused = 0
            return 0.0
        self.refused += 1
        return (1.0 - self._left) / self._rate


class Places:
    """Counts who holds how many connections; each key has a bound of its own."""

    def __init__(self) -> None:
        self._held: Counter[Hashable] = Counter()

    def held(self, key: Hashable) -> int:
        return self._held[key]

    def take(self, key: Hashable, most: int) -> bool:
        """Take a place; False, taking none, if all are taken."""
        if self._held[key] >= most:
            return False
        self._held[key] += 1
        return True

    def give_back(self, key: Hashable) -> None:
        """Give back a place that was taken. Keys that hold none are forgotten."""
        self._held[key] -= 1
        if self._held[key] <= 0:
            del self._held[key]
