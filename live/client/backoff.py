"""When to come back after a lost connection, and whether to. Pure: randomness is an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter between `least` and a ceiling that starts at `first` and doubles up to `most`; all in seconds."""

    least: float = 0.5
    first: float = 2.0
    most: float = 20.0

    def delay(self, attempt: int, random: Callable[[], float]) -> float:
        """Return the seconds before an attempt: 0 is the first one after a connection that held."""
        ceiling = min(self.most, self.first * 2.0 ** min(attempt, 10))
        return self.least + random() * (ceiling - self.least)


class Verdict(Enum):
    """What the end of a connection asks of a client: to come back as it is, with a new token, or not at all."""

    BACK = auto()
    TOKEN = auto()
    STAY = auto()


def verdict(close_code: int) -> Verdict:
    """Return what a close code asks for."""
    if close_code in {4005, 4500}:
        return Verdict.TOKEN
    return Verdict.STAY if 4500 <= close_code < 4600 else Verdict.BACK


def http_verdict(status: int) -> Verdict:
    """Return what a refused handshake asks for: what this client sent will not be better next time, or it may be."""
    passing = {408, 425, 429}
    return Verdict.STAY if 400 <= status < 500 and status not in passing else Verdict.BACK
