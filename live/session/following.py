"""From a subscribe command to a stream: which board, whether it may be seen, which window of it, in which style."""

from datetime import timedelta
from typing import TYPE_CHECKING

from live.board.rows import Login, MarathonId, ParticipantId, Row, UserId
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
    replica = await _board(session, command)
    view = _view(session, replica, command.view)
    since = _resumable(replica, view, command)
    style = DELTAS if command.updates is Updates.DELTA else _full_style(session, replica)
    subscription = Subscription(
        replica, replica.view(view), style, session.writer.mark, _interval(session, command.interval_ms)
    )
    if since is not None and since <= subscription.seq:
        return subscription.resume(since), subscription, RESUMED
    return subscription.snapshot(), subscription, OPENED


async def _board(session: "Session", command: SubscribeMarathon) -> Replica:
    """The board, as new as the client and its rights need it; once here, nothing is awaited before it is watched."""
    replica = await session.services.hub.board(MarathonId(command.marathon_id))
    if replica is None:
        raise RefusedError(ErrorCode.MARATHON_NOT_FOUND)
    if command.since is not None and command.since.epoch == replica.epoch:
        # The client may come from a process that was further ahead than this one; it shall not be sent back.
        await replica.healed_to(command.since.seq)
    stranger = isinstance(command.view, AroundMe) and _own_row(session, replica) is None
    if stranger or not session.may_watch(replica):
        # Or the word that he entered, at another process, is still on its way to this one.
        await replica.healed_to(replica.seq + 1)
    if not session.may_watch(replica):
        raise RefusedError(ErrorCode.MARATHON_NOT_FOUND)
    return replica


def _own_row(session: "Session", replica: Replica) -> Row | None:
    user_id = session.viewer.user_id
    return replica.participant_of(UserId(user_id)) if user_id else None


def _view(session: "Session", replica: Replica, asked: WantedView) -> View:
    if not isinstance(asked, AroundMe):
        return asked
    row = _own_row(session, replica)
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


def style_of(session: "Session", stream: Subscription) -> Style:
    """What a stream looks like to its viewer by the rights of now."""
    match stream.style.mode:
        case Mode.FULL:
            return _full_style(session, stream.replica)
        case Mode.ACCOUNT if isinstance(stream.view.view, Around):
            return _account_style(session, stream.replica, stream.view.view.participant_id)
    return stream.style


def _full_style(session: "Session", replica: Replica) -> Style:
    if sees_all_positions(session.viewer, replica.facts.positions_visibility):
        return Style(Mode.FULL, Detail.OPEN)
    row = _own_row(session, replica)
    return Style(Mode.FULL, Detail.HIDDEN, row.identity.bib if row is not None else None)


def _account_style(session: "Session", replica: Replica, participant_id: ParticipantId) -> Style:
    row = replica.row(participant_id)
    shown = row is not None and sees_positions_of(
        session.viewer, replica.facts.positions_visibility, row.identity.user_id
    )
    return Style(Mode.ACCOUNT, Detail.OPEN if shown else Detail.HIDDEN)


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
    boards = [(await _board_of(session, *place), place[1]) for place in found]
    # All at once, after the last wait: nothing of one may be sent before the reply, or if there is none.
    return [
        Subscription(
            replica,
            replica.view(Around(participant_id, 1)),
            _account_style(session, replica, participant_id),
            session.writer.mark,
        )
        for replica, participant_id in boards
        if replica is not None and session.may_watch(replica)
    ]


async def _board_of(session: "Session", marathon_id: MarathonId, participant_id: ParticipantId) -> Replica | None:
    """The board of a participant who is in the database: the word of it may be still on its way to this process."""
    replica = await session.services.hub.board(marathon_id)
    if replica is not None and replica.row(participant_id) is None:
        await replica.healed_to(replica.seq + 1)
    return replica
