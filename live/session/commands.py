"""What each command of a client does: permission, then the work, then the reply with the command's id."""

from typing import TYPE_CHECKING

from live.auth import AuthenticationFailedError
from live.session import replies
from live.session.errors import RefusedError
from live.session.following import follow_account, follow_marathon
from live.wire.codes import ErrorCode
from live.wire.commands import (
    Authenticate,
    Command,
    Ping,
    SubscribeAccount,
    SubscribeMarathon,
    UnsubscribeAccount,
    UnsubscribeMarathon,
)

if TYPE_CHECKING:
    from live.session.session import Session, Topic


async def carry_out(session: "Session", command: Command) -> None:
    """Raises RefusedError with what the client is told."""
    if isinstance(command, Authenticate):
        await _authenticate(session, command)
    elif session.principal is None:
        session.fail(ErrorCode.AUTHENTICATION_REQUIRED)
    else:
        await _serve(session, command)


async def _serve(session: "Session", command: Command) -> None:
    match command:
        case SubscribeMarathon():
            await _subscribe_marathon(session, command)
        case SubscribeAccount():
            await _subscribe_account(session, command)
        case UnsubscribeMarathon():
            session.drop(("marathon", command.marathon_id))
            session.writer.reply(replies.unsubscribed_marathon(command))
        case UnsubscribeAccount():
            session.drop(("account", command.account_login))
            session.writer.reply(replies.unsubscribed_account(command))
        case Ping():
            session.writer.reply(replies.pong(command, session.services.now()))


async def _authenticate(session: "Session", command: Authenticate) -> None:
    """The first token opens the connection; later ones renew it, if they are the same user's."""
    before = session.principal
    if before is None:
        await session.authenticate(command.token)
    else:
        try:
            principal = await session.services.authenticator.principal(command.token)
        except AuthenticationFailedError as error:
            raise RefusedError(ErrorCode.AUTHENTICATION_FAILED) from error
        if (principal.user_id, principal.viewer.guest_of) != (before.user_id, before.viewer.guest_of):
            raise RefusedError(ErrorCode.AUTHENTICATION_FAILED)
        session.principal, session.warned_of_expiry = principal, False
        session.recheck()
    if session.principal is not None:
        session.writer.reply(replies.authenticated(session.principal, command))


async def _subscribe_marathon(session: "Session", command: SubscribeMarathon) -> None:
    topic: Topic = ("marathon", command.marathon_id)
    _room_for(session, topic)
    first, stream, resumed = await follow_marathon(session, command)
    session.watch(topic, [stream])
    session.writer.reply(first)
    session.writer.reply(replies.subscribed_marathon(command, resumed=resumed))


async def _subscribe_account(session: "Session", command: SubscribeAccount) -> None:
    topic: Topic = ("account", command.account_login)
    _room_for(session, topic)
    streams = await follow_account(session, command.account_login)
    session.watch(topic, streams)
    for stream in streams:
        if stream.has_data:
            session.writer.reply(stream.snapshot())
    session.writer.reply(replies.subscribed_account(command))


def _room_for(session: "Session", topic: "Topic") -> None:
    if topic not in session.topics and len(session.topics) >= session.services.limits.subscriptions:
        raise RefusedError(ErrorCode.SUBSCRIPTION_LIMIT)
