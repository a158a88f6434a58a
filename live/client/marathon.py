"""A subscription to a marathon's board: follows snapshots and deltas, notices when it is out of step, resumes.

In the flow: client.py hands over the marathon's frames -> board.py applies them -> whoever waits or iterates.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from live.client.board import Board, Change, apply, board_of
from live.client.errors import Failure, OutOfStepError
from live.client.frames import Delta, Entry, MarathonStatus, Snapshot, View
from live.client.subscription import Owner, Standing, Subscription

RESYNC_SECONDS = 10.0
"""Falling out of step twice within this time is no accident: the connection starts anew, with its back-off."""


def view_of(
    top: int | None = None, page: int | None = None, around: str | None = None, size: int | None = None
) -> View:
    """Return the view in the protocol's words: the first `top` rows, a `page`, a window `around` one, or all."""
    if top is not None:
        return {"top": top}
    window: dict[str, int | str] = {} if size is None else {"size": size}
    if page is not None:
        return {"page": page, **window}
    return "all" if around is None else {"around": around, **window}


class MarathonSubscription(Subscription[Change]):
    """A board that follows the server's. Iterating gives its changes; those that one was busy for come as one."""

    def __init__(self, owner: Owner, marathon_id: str, options: dict[str, Any]) -> None:
        super().__init__(owner, "marathon", {"marathonId": marathon_id})
        self.marathon_id = marathon_id
        self._options = options
        self._board: Board | None = None
        self._change: Change | None = None
        self._resumable = False
        self._resynced_at = float("-inf")

    @property
    def board(self) -> Board:
        """The board as it is now; there is one from the first snapshot on, which `subscribe` waits for."""
        if self._board is None:
            raise LookupError("the first snapshot has not come yet")
        return self._board

    @property
    def rows(self) -> tuple[Entry, ...]:
        """The board's rows, in order, each with its rank."""
        return self.board.rows

    @property
    def me(self) -> Entry | None:
        """The user's own row, if the view shows it."""
        return self.board.row_of_user(self._owner.user_id)

    async def until(self, seen: Callable[[Board], bool]) -> Board:
        """Wait until the board is as wanted; put a timeout around it. Raises as `settled` does."""
        while self._board is None or not seen(self._board):
            self.check()
            await self._bell.wait()
        return self._board

    async def settled(self) -> None:
        """Wait until it is live, with a board."""
        await super().settled()
        await self.until(lambda _board: True)
        self._change = None

    async def update(self, view: View | None = None, interval_ms: int | None = None) -> None:
        """Watch another view, or at another pace, from here on."""
        self._options |= {} if view is None else {"view": view}
        self._options |= {} if interval_ms is None else {"intervalMs": interval_ms}
        self._resumable = False
        self.ask(self._options)
        await self.settled()

    def begin(self) -> None:
        """Ask on a connection that is new; a whole board goes on where it was."""
        options = self._options
        if self._board and self._resumable and (options["view"], options["updates"]) == ("all", "delta"):
            options = options | {"since": {"epoch": self._board.epoch, "seq": self._board.seq}}
        self.ask(options)

    def heard(self, message: Snapshot | Delta | MarathonStatus) -> None:
        """Take in what a frame says of this marathon."""
        match message:
            case Delta():
                self._moved(message)
            case Snapshot():
                self._replaced(board_of(message))
            case MarathonStatus() if self._board:
                self._board = replace(self._board, status=message.status)
                self._tell(Change(self._board))

    def heartbeat(self, seq: int) -> None:
        """Compare with what the server says it has sent."""
        if self.standing is Standing.LIVE and self._board and self._board.seq < seq:
            self._resync("a heartbeat is ahead")

    def _take(self) -> Change | None:
        change, self._change = self._change, None
        return change

    def _tell(self, change: Change) -> None:
        self._change = self._change.then(change) if self._change else change
        self.ring()

    def _replaced(self, board: Board) -> None:
        self._board = board
        self._resumable = True
        self._tell(Change(board, changed=frozenset(row["bib"] for row in board.rows), snapshot=True))

    def _moved(self, delta: Delta) -> None:
        if self._board is None:
            return  # of an earlier subscription: this one's own snapshot is still to come
        try:
            self._board = apply(self._board, delta)
        except OutOfStepError as error:
            self._resync(str(error))
        else:
            changed = frozenset(row["bib"] for row in delta.changed)
            moved = frozenset(bib for bib, _ in delta.moved)
            self._tell(Change(self._board, changed, moved, frozenset(delta.removed)))

    def _resync(self, message: str) -> None:
        if self.standing is not Standing.LIVE:
            return  # an answer is under way: what does not fit belongs to the time before it
        now = self._owner.connection.way.clock()
        again = now - self._resynced_at < RESYNC_SECONDS
        self._resynced_at = now
        self._resumable = False
        if again:
            self._owner.connection.drop(Failure("out_of_step", message))
        else:
            self.ask(self._options)
