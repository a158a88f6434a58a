"""From what a view shows to the frame a client gets, by the style the client asked for and what it may see."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from live.board.delta import Delta
from live.board.rows import Bib
from live.board.views import View
from live.wire import boards
from live.wire.entries import Detail, RowEncoder
from live.wire.frames import Frame

if TYPE_CHECKING:
    from live.hub.view import Moment, Published


class Mode(Enum):
    """How a client is kept up to date."""

    FULL = "the whole view, whenever it changed"
    DELTA = "the whole view once, then what changed"
    ACCOUNT = "the entry of one participant, whenever it changed"


@dataclass(frozen=True, slots=True)
class Style:
    """What frames look like; clients with equal styles share them. `own` is a bib whose lists they may see."""

    mode: Mode
    detail: Detail
    own: Bib | None = None

    @property
    def deltas(self) -> bool:
        return self.mode is Mode.DELTA


DELTAS = Style(Mode.DELTA, Detail.NONE)


def snapshot_frame(style: Style, view: View, published: "Published", rows: RowEncoder) -> Frame:
    """All that the view shows. In account style the view is the window of one row, and must not be empty."""
    moment, state = published.moment, published.state
    if style.mode is Mode.ACCOUNT:
        return boards.account_update(moment.facts.id, state.rows[0], state.offset + 1, rows, style.detail)
    return boards.leaderboard(_info(moment), view, state, rows, style.detail, style.own)


def delta_frame(published: "Published", since: int, delta: Delta, rows: RowEncoder) -> Frame:
    """What leads a client from the state at `since` to the one published."""
    return boards.delta(_info(published.moment), since, delta, rows)


def _info(moment: "Moment") -> boards.BoardInfo:
    return boards.BoardInfo(
        marathon_id=moment.facts.id,
        name=moment.facts.name,
        status=moment.status,
        epoch=moment.epoch,
        seq=moment.seq,
        updated_at=moment.at,
    )
