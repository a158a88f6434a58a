"""The events with rows: a board, what changed on it, one account's place."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from msgspec import Raw

from live.board.delta import Delta
from live.board.rows import Bib, MarathonId, Row, Seq
from live.board.views import All, Around, Page, Top, ViewState
from live.wire.commands import AroundMe, WantedView
from live.wire.entries import Detail, RowEncoder
from live.wire.frames import Frame
from live.wire.outbound import Instant, MarathonStatus, Message, instant


@dataclass(frozen=True, slots=True)
class BoardInfo:
    """What a frame says besides its rows. `updated_at` is when the board last changed, None if it never did."""

    marathon_id: MarathonId
    name: str
    status: MarathonStatus
    epoch: str
    seq: Seq
    updated_at: datetime | None


class MarathonLeaderboard(Message, frozen=True, kw_only=True):
    """A view as it stands."""

    event: ClassVar[str] = "marathon_leaderboard"
    marathon_id: MarathonId
    marathon_name: str
    status: MarathonStatus
    total_participants: int
    epoch: str
    seq: Seq
    view: str | dict[str, int | str | UUID]
    offset: int
    entries: Raw
    updated_at: Instant | None


class MarathonDelta(Message, frozen=True, kw_only=True):
    """The way of a view from the state at `since` to the one at `seq`."""

    event: ClassVar[str] = "marathon_delta"
    marathon_id: MarathonId
    epoch: str
    since: Seq
    seq: Seq
    total_participants: int
    offset: int
    changed: Raw
    removed: tuple[Bib, ...]
    moved: tuple[tuple[Bib, int], ...]
    updated_at: Instant | None


def leaderboard(
    info: BoardInfo, view: WantedView, state: ViewState, rows: RowEncoder, detail: Detail, own: Bib | None = None
) -> Frame:
    """Return a view's snapshot; `own` is the participant whose positions and orders it shows whatever `detail` says."""
    return MarathonLeaderboard(
        marathon_id=info.marathon_id,
        marathon_name=info.name,
        status=info.status,
        total_participants=state.total,
        epoch=info.epoch,
        seq=info.seq,
        view=view_value(view),
        offset=state.offset,
        entries=Raw(rows.entries(state, detail, own)),
        updated_at=_time(info),
    ).frame()


def delta(info: BoardInfo, since: Seq, change: Delta, rows: RowEncoder) -> Frame:
    """Return what leads from the state at `since` to the one at `info.seq`."""
    return MarathonDelta(
        marathon_id=info.marathon_id,
        epoch=info.epoch,
        since=since,
        seq=info.seq,
        total_participants=change.total,
        offset=change.offset,
        changed=Raw(rows.changes(change.changed)),
        removed=change.removed,
        moved=change.moved,
        updated_at=_time(info),
    ).frame()


def account_update(marathon_id: MarathonId, row: Row, rank: int, rows: RowEncoder, detail: Detail) -> Frame:
    """Return one account's entry in one marathon; `rank` is its position from 1."""
    entry = rows.entry(row, rank, detail)
    return Frame("account_update", b'{"marathonId":"%b",%b' % (str(marathon_id).encode(), entry[1:]))


def view_value(view: WantedView) -> str | dict[str, int | str | UUID]:
    """Return a view as clients write it."""
    match view:
        case All():
            return "all"
        case Top(count):
            return {"top": count}
        case Page(page, size):
            return {"page": page, "size": size}
        case Around(participant_id, size):
            return {"around": participant_id, "size": size}
        case AroundMe(size):
            return {"around": "me", "size": size}


def _time(info: BoardInfo) -> Instant | None:
    return None if info.updated_at is None else instant(info.updated_at)
