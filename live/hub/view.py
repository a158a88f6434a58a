"""One window of one board, as all viewers of it in this process share it: its present state, and each frame encoded once.

Sessions pull: each holds the `Published` it was last given and asks for the frame from there to the present one.
"""

from dataclasses import dataclass
from datetime import datetime
from operator import is_
from typing import Protocol

from live.board.delta import diff, since_stamp
from live.board.views import View, ViewState
from live.hub.facts import MarathonFacts
from live.hub.frames import Frame, Style, delta_frame, snapshot_frame
from marathons.models.marathon import MarathonStatus

# Frames kept at a time for one state of a view. Viewers stand at few different states; a crowd that comes back after a
# failure at few different stamps. Beyond it a frame is encoded again.
MOST_FRAMES = 256


@dataclass(frozen=True, slots=True)
class Moment:
    """Which state of the board: the clock's epoch and value, the marathon's own fields and status, when published."""

    epoch: str
    seq: int
    facts: MarathonFacts
    status: MarathonStatus
    at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What a view showed at one moment. Compared by identity: viewers who hold the same one stand at the same place."""

    moment: Moment
    state: ViewState


class Watcher(Protocol):
    """Who wants to know that there is something newer; it pulls when it is ready."""

    def wake(self) -> None: ...


class LiveView:
    """The present state of one view and its frames."""

    __slots__ = ("_frames", "published", "view", "watchers")

    def __init__(self, view: View, moment: Moment, state: ViewState) -> None:
        self.view = view
        self.published = Published(moment, state)
        self.watchers: set[Watcher] = set()
        self._frames: dict[tuple[Style, Published | int | None], Frame | None] = {}

    def publish(self, moment: Moment, state: ViewState) -> bool:
        """Take a newer state of the board; returns whether this view shows anything different now."""
        before = self.published
        if _same_marathon(before.moment, moment) and _same_rows(before.state, state):
            return False
        self.published = Published(moment, state)
        self._frames.clear()
        for watcher in self.watchers:
            watcher.wake()
        return True

    def snapshot(self, style: Style) -> Frame:
        """The whole present state."""
        return self._frame(style, None) or snapshot_frame(style, self.view, self.published)

    def frame(self, style: Style, base: Published) -> Frame | None:
        """What leads a viewer from `base` to the present state; None if it already shows everything."""
        if base is self.published:
            return None
        if style.deltas and base.moment.epoch == self.published.moment.epoch:
            return self._frame(style, base)
        return self.snapshot(style)

    def resume(self, style: Style, since: int) -> Frame:
        """All that changed after the stamp `since`, for a viewer of the whole board who was away."""
        frame = self._frame(style, since)
        assert frame is not None, "a resumed viewer is told where it stands even if nothing changed"
        return frame

    def _frame(self, style: Style, base: Published | int | None) -> Frame | None:
        key = (style, base)
        if key not in self._frames:
            if len(self._frames) >= MOST_FRAMES:
                self._frames.pop(next(iter(self._frames)))
            self._frames[key] = self._encode(style, base)
        return self._frames[key]

    def _encode(self, style: Style, base: Published | int | None) -> Frame | None:
        now = self.published
        if base is None:
            return snapshot_frame(style, self.view, now)
        if isinstance(base, int):
            return delta_frame(now, base, since_stamp(now.state.rows, base))
        delta = diff(base.state, now.state)
        return None if delta.is_empty else delta_frame(now, base.moment.seq, delta)


def _same_marathon(old: Moment, new: Moment) -> bool:
    return old.epoch == new.epoch and old.status == new.status and old.facts == new.facts


def _same_rows(old: ViewState, new: ViewState) -> bool:
    if old.offset != new.offset or old.total != new.total or len(old.rows) != len(new.rows):
        return False
    return old.rows is new.rows or all(map(is_, old.rows, new.rows))
