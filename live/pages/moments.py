"""Points in time as pages show them, and where a marathon stands between its start and its end."""

from dataclasses import dataclass
from datetime import UTC, datetime

from live.pages import figures
from marathons.models import Marathon, MarathonStatus


@dataclass(frozen=True, slots=True)
class Moment:
    """`iso` for machines, to the millisecond like the protocol's; `text` for people."""

    iso: str
    text: str


def moment(time: datetime) -> Moment:
    """An aware time, shown in UTC: viewers of one board sit in many time zones."""
    utc = time.astimezone(UTC)
    iso = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Moment(iso, f"{utc.day} {utc:%b %Y, %H:%M:%S} UTC")


@dataclass(frozen=True, slots=True)
class PhaseWords:
    """What is said of a status: `verb` goes before the start or the end, until which some statuses count down."""

    word: str
    verb: str
    at_start: bool = False
    counts_down: bool = False


PHASES = {
    MarathonStatus.UPCOMING: PhaseWords("Upcoming", "starts", at_start=True, counts_down=True),
    MarathonStatus.ONGOING: PhaseWords("Ongoing", "ends", counts_down=True),
    MarathonStatus.FINISHED: PhaseWords("Finished", "ended"),
    MarathonStatus.CANCELLED: PhaseWords("Cancelled", "was to end"),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """Status in words, and the moment that matters next (or mattered last); `left` is the time until it, or empty."""

    status: str
    words: PhaseWords
    at: Moment
    left: str


def phase(marathon: Marathon, now: datetime) -> Phase:
    status = marathon.status_at(now)
    words = PHASES[status]
    at = marathon.starts_at if words.at_start else marathon.ends_at
    left = figures.span((at - now).total_seconds()) if words.counts_down else ""
    return Phase(status.value, words, moment(at), left)
