"""Which board a viewer sees over HTTP, at which place of the clock."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from live.board.rows import Row, Seq
from live.hub import store
from live.hub.facts import MarathonFacts
from marathons.access import Viewer, sees_positions_of, visible_marathons


@dataclass(frozen=True, slots=True)
class Sight:
    """A marathon that `viewer` may see, and where its board stands."""

    viewer: Viewer
    facts: MarathonFacts
    epoch: str
    seq: Seq
    now: datetime

    def opens(self, row: Row) -> bool:
        """Whether the viewer sees the positions and orders of this row."""
        return sees_positions_of(self.viewer, self.facts.positions_visibility, row.identity.user_id)


def look(viewer: Viewer, marathon_id: UUID, now: datetime) -> Sight | None:
    """None: there is no such marathon, or the viewer may not see it. Two queries."""
    found = store.marathon_facts(marathon_id, visible_marathons(viewer))
    if found is None:
        return None
    facts, stamp = found
    return Sight(viewer, facts, store.epoch(), stamp, now)
