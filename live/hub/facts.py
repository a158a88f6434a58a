"""What a board needs to know of its marathon, as a value that lives outside the database."""

from dataclasses import dataclass
from datetime import datetime

from live.board.rows import MarathonId
from marathons.models.marathon import MarathonStatus, status_at


@dataclass(frozen=True, slots=True)
class MarathonFacts:
    """A marathon's own fields, at the moment of reading."""

    id: MarathonId
    name: str
    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None
    visibility: str
    positions_visibility: str

    def status_at(self, now: datetime) -> MarathonStatus:
        return status_at(now, self.starts_at, self.ends_at, self.cancelled_at)

    def next_change_after(self, now: datetime) -> datetime | None:
        """When the status changes by itself the next time; None if it never does again."""
        if self.cancelled_at is not None:
            return None
        return min((moment for moment in (self.starts_at, self.ends_at) if moment > now), default=None)
