"""One window of one board, shared by its viewers in this process: its present state, and each frame encoded once.

Sessions pull: each holds the `Published` it was last given and asks for the frame from there to the present one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import is_
from typing import Protocol

from live.board.delta import diff, since_stamp
from live.board.views import View, ViewState
from live.hub.facts import MarathonFacts
from live.hub.frames import Mode, Style, delta_frame, snapshot_frame
from live.wire.entries import RowEncoder
from live.wire.frames import Frame
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

    __slots__ = ("_frames", "_latest", "_rows", "published", "view", "watchers")

    def __init__(self, view: View, moment: Moment, state: ViewState, rows: RowEncoder) -> None:
        self.view, self._rows = view, rows
        self.published = Published(moment, state)
        self.watchers: set[Watcher] = set()
        self._frames: dict[tuple[Style, Published | int | None], Frame | None] = {}
        self._latest: tuple[Style, Published, Frame | None] | None = None

    def publish(self, moment: Moment, state: ViewState) -> bool:
        """Take a newer state of the board; returns whether this view shows anything different now."""
        before = self.published
        self._frames.clear()
        self._latest = None
        if _same_marathon(before.moment, moment) and _same_rows(before.state, state):
            # Who comes now starts at the newer stamp; who is here is told nothing, for nothing is different.
            self.published = Published(moment, before.state)
            return False
        self.published = Published(moment, state)
        for watcher in self.watchers:
            watcher.wake()
        return True

    def snapshot(self, style: Style) -> Frame:
        """The whole present state. In account style there must be a row."""
        return self._cached(style, None, lambda: snapshot_frame(style, self.view, self.published, self._rows))

    def resume(self, style: Style, since: int) -> Frame:
        """All that changed after the stamp `since`, for a viewer of the whole board who was away."""
        return self._cached(style, since, lambda: self._since(since))

    def frame(self, style: Style, base: Published) -> Frame | None:
        """What leads a viewer from `base` to the present state; None if it already shows everything.

        Nearly all viewers ask for what the one before asked for, and to see that is quicker than to hash the question.
        """
        latest = self._latest
        if latest is not None and latest[0] is style and latest[1] is base:
            return latest[2]
        frame = self._frame(style, base)
        self._latest = (style, base, frame)
        return frame

    def _frame(self, style: Style, base: Published) -> Frame | None:
        now = self.published
        if base is now:
            return None
        if style.deltas and base.moment.epoch == now.moment.epoch:
            return self._delta(style, base)
        if style.mode is Mode.ACCOUNT and (not now.state.rows or _same_place(base.state, now.state)):
            return None
        return self.snapshot(style)

    def _delta(self, style: Style, base: Published) -> Frame | None:
        key = (style, base)
        if key not in self._frames:
            now, delta = self.published, diff(base.state, self.published.state)
            silent = delta.is_silent(base.state)
            self._keep(key, None if silent else delta_frame(now, base.moment.seq, delta, self._rows))
        return self._frames[key]

    def _since(self, since: int) -> Frame:
        return delta_frame(self.published, since, since_stamp(self.published.state.rows, since), self._rows)

    def _cached(self, style: Style, base: int | None, encode: Callable[[], Frame]) -> Frame:
        frame = self._frames.get((style, base))
        if frame is None:
            frame = encode()
            self._keep((style, base), frame)
        return frame

    def _keep(self, key: "tuple[Style, Published | int | None]", frame: Frame | None) -> None:
        if len(self._frames) >= MOST_FRAMES:
            self._frames.pop(next(iter(self._frames)))
        self._frames[key] = frame


def _same_marathon(old: Moment, new: Moment) -> bool:
    return old.epoch == new.epoch and old.status == new.status and old.facts == new.facts


def _same_rows(old: ViewState, new: ViewState) -> bool:
    if old.offset != new.offset or old.total != new.total or len(old.rows) != len(new.rows):
        return False
    return old.rows is new.rows or all(map(is_, old.rows, new.rows))


def _same_place(old: ViewState, new: ViewState) -> bool:
    """Whether one account's window shows the same row at the same rank."""
    return bool(old.rows) and old.rows[0] is new.rows[0] and old.offset == new.offset
