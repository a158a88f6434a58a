"""From a subscribe command to a stream: which board, whether it may be seen, which window of it, in which style."""

from datetime import timedelta
from typing import TYPE_CHECKING

from live.board.rows import Login, MarathonId, UserId
from live.board.views import All, Around, View
from live.hub import store
from live.hub.frames import DELTAS, Mode, Style
from live.hub.replica import Replica
from live.session.errors import RefusedError
from live.session.subscription import Subscription
from live.wire.codes import ErrorCode
from live.wire.commands import AroundMe, SubscribeMarathon, Updates, WantedView
from live.wire.entries import Detail
from live.wire.frames import Frame
from marathons.access import sees_all_positions, sees_positions_of

if TYPE_CHECKING:
    from live.session.session import Session

OPENED, RESUMED = False, True


async def follow_marathon(session: "Session", command: SubscribeMarathon) -> tuple[Frame, Subscription, bool]:
    """The first frame, the stream that goes on from it, and whether the client was resumed. Raises RefusedError."""
    replica = await session.services.hub.board(MarathonId(command.marathon_id))
    if replica is None or not session.may_watch(replica):
        raise RefusedError(ErrorCode.MARATHON_NOT_FOUND)
    view = _view(session, replica, command.view)
    if command.since is not None and command.since.epoch == replica.epoch:
        # The client may come from a process that was further ahead than this one; it shall not be sent back.
        await replica.healed_to(command.since.seq)
    since = _resumable(replica, view, command)
    style = _style(session, replica, deltas=command.updates is Updates.DELTA)
    subscription = Subscription(
        replica, replica.view(view), style, session.writer.mark, _interval(session, command.interval_ms)
    )
    if since is not None and since <= subscription.seq:
        return subscription.resume(since), subscription, RESUMED
    return subscription.snapshot(), subscription, OPENED


def _view(session: "Session", replica: Replica, asked: WantedView) -> View:
    if not isinstance(asked, AroundMe):
        return asked
    viewer = session.viewer
    row = replica.participant_of(UserId(viewer.user_id)) if viewer.user_id else None
    if row is None:
        raise RefusedError(ErrorCode.BAD_REQUEST, 'view: around "me" is for participants of the marathon')
    return Around(row.identity.participant_id, asked.size)


def _resumable(replica: Replica, view: View, command: SubscribeMarathon) -> int | None:
    """The stamp from which the client can go on; None: it needs a snapshot."""
    since = command.since
    if (
        since is None
        or command.updates is not Updates.DELTA
        or not isinstance(view, All)
        or since.epoch != replica.epoch
    ):
        return None
    return since.seq


def _style(session: "Session", replica: Replica, *, deltas: bool) -> Style:
    if deltas:
        return DELTAS
    viewer, facts = session.viewer, replica.facts
    if sees_all_positions(viewer, facts.positions_visibility):
        return Style(Mode.FULL, Detail.OPEN)
    row = replica.participant_of(UserId(viewer.user_id)) if viewer.user_id else None
    return Style(Mode.FULL, Detail.HIDDEN, row.identity.bib if row is not None else None)


def _interval(session: "Session", interval_ms: int | None) -> float:
    """Seconds between frames; 0.0 for whoever does not ask for fewer than the server's tick gives anyway."""
    asked = timedelta(milliseconds=interval_ms or 0)
    return asked.total_seconds() if asked > session.services.tick else 0.0


async def follow_account(session: "Session", login: Login) -> list[Subscription]:
    """A stream for each marathon of the account that the viewer may see. Raises RefusedError."""
    services, viewer = session.services, session.viewer
    found = await services.hub.threads.run(store.followed, viewer, login)
    if found is None:
        raise RefusedError(ErrorCode.ACCOUNT_NOT_FOUND)
    streams = []
    for marathon_id, participant_id in found:
        replica = await services.hub.board(marathon_id)
        row = replica.row(participant_id) if replica is not None else None
        if replica is None or row is None or not session.may_watch(replica):
            continue
        shown = sees_positions_of(viewer, replica.facts.positions_visibility, row.identity.user_id)
        style = Style(Mode.ACCOUNT, Detail.OPEN if shown else Detail.HIDDEN)
        streams.append(Subscription(replica, replica.view(Around(participant_id, 1)), style, session.writer.mark))
    return streams
