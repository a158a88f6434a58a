"""What one connection watches: a place in a view, moved on by pulling."""

import asyncio
from collections.abc import Callable

from live.hub.frames import Style
from live.hub.replica import Replica
from live.hub.view import LiveView
from live.wire.frames import Frame


class Subscription:
    """Watches one view for one session. `mark` tells the session that a pull may give a frame."""

    __slots__ = ("_base", "_due", "_interval", "_mark", "_timer", "replica", "style", "view")

    def __init__(
        self,
        replica: Replica,
        view: LiveView,
        style: Style,
        mark: Callable[["Subscription"], None],
        interval: float = 0.0,
    ) -> None:
        self.replica, self.view, self.style = replica, view, style
        self._mark, self._interval = mark, interval
        self._base = view.published
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        view.watchers.add(self)

    @property
    def seq(self) -> int:
        """The stamp of the last state that was pulled."""
        return self._base.moment.seq

    @property
    def has_data(self) -> bool:
        """Whether there is a row to show, with figures in it."""
        rows = self.view.published.state.rows
        return bool(rows) and rows[0].money.equity is not None

    @property
    def open(self) -> bool:
        return self in self.view.watchers

    def snapshot(self) -> Frame:
        """The whole state, from which the stream goes on."""
        self._stand()
        return self.view.snapshot(self.style)

    def resume(self, since: int) -> Frame:
        """All that changed since a stamp, from which the stream goes on."""
        self._stand()
        return self.view.resume(self.style, since)

    def wake(self) -> None:
        """There is something newer: pull now, or when the interval the client asked for is over."""
        if self._timer is not None:
            return
        if self._interval:
            loop = asyncio.get_running_loop()
            if loop.time() < self._due:
                self._timer = loop.call_at(self._due, self._time_is_up)
                return
        self._mark(self)

    def pull(self) -> Frame | None:
        """The one frame from the state this client has to the present one; None if there is no difference."""
        if self._timer is not None or not self.open:
            return None
        frame = self.view.frame(self.style, self._base)
        if frame is not None:
            self._stand()
        return frame

    def close(self) -> None:
        self.view.watchers.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stand(self) -> None:
        self._base = self.view.published
        if self._interval:
            self._due = asyncio.get_running_loop().time() + self._interval

    def _time_is_up(self) -> None:
        self._timer = None
        self._mark(self)
