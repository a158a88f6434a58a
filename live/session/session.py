"""One connection from its opening to its close: what it may still ask for, whose it is, what it watches.

Doors make a session for each connection and call `open`, then `receive` for each message, then `close`. What each
command does is in live/session/commands.py.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from uuid import UUID

import structlog

from live.auth import AuthenticationFailedError, Principal
from live.board.rows import MarathonId, UserId
from live.hub.facts import MarathonFacts
from live.hub.replica import Replica
from live.limits import Credits
from live.session import replies
from live.session.commands import carry_out
from live.session.errors import RefusedError
from live.session.following import style_of
from live.session.services import Services
from live.session.subscription import Subscription
from live.session.transport import Transport
from live.session.writer import Writer
from live.wire import inbound
from live.wire.codes import FAILED_TO_SUBSCRIBE, CloseCode, ErrorCode
from live.wire.commands import Command, RequestId
from marathons.access import ANYONE, Viewer, may_watch

log = structlog.get_logger(__name__)

# What a session watches: ("marathon", id) or ("account", login); an account has one stream for each of its marathons.
Topic = tuple[str, UUID | str]
_NOT_FOUND = {"marathon": ErrorCode.MARATHON_NOT_FOUND, "account": ErrorCode.ACCOUNT_NOT_FOUND}


class Session:
    """The state of one connection. Its doors are its only callers, besides the keeper of all sessions."""

    def __init__(self, services: Services, transport: Transport) -> None:
        self.services, self.transport = services, transport
        self.principal: Principal | None = None
        self.writer = Writer(transport, services.limits.waiting_replies, services.figures, self._start_writing)
        self.opened_at = self.writer.sent_at
        self.warned_of_expiry = False
        self.topics: dict[Topic, list[Subscription]] = {}
        self._credits = Credits(services.limits.messages_per_10s, 10.0, self.opened_at)
        self._bad_in_a_row = 0
        self._places = services.doorkeeper(transport.address)
        self._writing: asyncio.Task[None] | None = None

    # Life --------------------------------------------------------------------------------------------------------

    async def open(self, token: str | None) -> None:
        """Begin. With a token, authenticate at once; without one, the client's first message has to bring it."""
        self.services.sessions.add(self)
        if self.services.draining:
            self.say_bye()
        elif not self._places.enter_by_address():
            self.writer.finish(CloseCode.TOO_MANY_CONNECTIONS)
        elif token is not None:
            await self.authenticate(token)

    async def close(self) -> None:
        """The connection is gone, or goes: leave every view, stop writing."""
        self.services.sessions.discard(self)
        for topic in list(self.topics):
            self.drop(topic)
        self._places.leave()
        if self._writing is asyncio.current_task():
            # Socket.IO tells of the end from within the task that writes it, which then ends by itself.
            return
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        self.writer.end()

    def _start_writing(self) -> None:
        self._writing = asyncio.create_task(self._write(), name="session writes")

    async def _write(self) -> None:
        try:
            await self.writer.run()
        except OSError:
            # The peer is gone; the door hears of it by itself.
            return
        except Exception:
            log.exception("session failed to write")
            self.transport.abort()

    @property
    def is_open(self) -> bool:
        """Whether it began and did not end; a command may still be under way when the connection goes."""
        return self in self.services.sessions

    async def written(self) -> None:
        """Wait until the writer has written all and closed."""
        if self._writing is not None:
            await asyncio.shield(self._writing)

    def say_bye(self) -> None:
        """The server goes away: say when to come back, spread over the clients, and close."""
        self.writer.reply(replies.bye(self.services.retry_after_ms()))
        self.writer.finish(CloseCode.GOING_AWAY)

    def fail(self, code: ErrorCode) -> None:
        """Tell why, then close with the code that belongs to it."""
        self.error(code)
        self.writer.finish(code.close or CloseCode.NORMAL)

    def error(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        event: str | None = None,
        reply_to: RequestId = None,
        retry_after_ms: int | None = None,
    ) -> None:
        """Tell what went wrong; the connection stays."""
        self.services.figures.errors[code] += 1
        self.writer.reply(replies.error(code, message, event, reply_to, retry_after_ms))

    # Messages ----------------------------------------------------------------------------------------------------

    async def receive(self, message: str) -> None:
        """One text message of the client."""
        if _bytes_of(message) > self.services.limits.message_bytes:
            self.fail(ErrorCode.MESSAGE_TOO_LARGE)
        else:
            await self._take(lambda: inbound.parse(message))

    async def receive_event(self, event: str, data: object) -> None:
        """One event of a carrier that frames events itself."""
        await self._take(lambda: inbound.command(event, data))

    async def receive_binary(self) -> None:
        """A binary message: clients have none to send."""
        self.fail(ErrorCode.BINARY_NOT_SUPPORTED)

    async def _take(self, parse: Callable[[], Command]) -> None:
        await self.writer.room()
        if self.writer.finishing or not self._has_credit():
            return
        try:
            command = parse()
        except inbound.BadRequest as bad:
            self._bad_request(bad)
            return
        self._bad_in_a_row = 0
        await self._carry_out(command)

    async def _carry_out(self, command: Command) -> None:
        try:
            await carry_out(self, command)
        except RefusedError as refused:
            self.error(refused.code, refused.message, event=command.event, reply_to=command.id)
        except Exception:
            log.exception("command failed", command=command.event)
            message = FAILED_TO_SUBSCRIBE.get(command.event)
            self.error(ErrorCode.INTERNAL, message, event=command.event, reply_to=command.id)

    def _has_credit(self) -> bool:
        wait = self._credits.take(asyncio.get_running_loop().time())
        if not wait:
            return True
        self.error(ErrorCode.RATE_LIMITED, retry_after_ms=int(wait * 1000) + 1)
        if self._credits.refused >= self.services.limits.messages_per_10s:
            self.writer.finish(CloseCode.RATE)
        return False

    def _bad_request(self, bad: inbound.BadRequest) -> None:
        self._bad_in_a_row += 1
        self.error(bad.code, bad.message, event=bad.event, reply_to=bad.id)
        if self._bad_in_a_row >= self.services.limits.bad_requests:
            self.writer.finish(CloseCode.TOO_MANY_ERRORS)

    # Identity ----------------------------------------------------------------------------------------------------

    @property
    def viewer(self) -> Viewer:
        """Whose rights count; before authentication nobody's."""
        return self.principal.viewer if self.principal is not None else ANYONE

    async def authenticate(self, token: str) -> None:
        """The first token of a connection decides whether it stays."""
        try:
            principal = await self.services.authenticator.principal(token)
        except AuthenticationFailedError as error:
            log.info("authentication failed", reason=str(error), address=self.transport.address)
            self.fail(ErrorCode.AUTHENTICATION_FAILED)
            return
        self.admit(principal)

    def admit(self, principal: Principal) -> None:
        """Let in whoever has shown who he is, if he has a connection left; else close."""
        if not self.is_open:
            return
        if self._places.enter_as(principal.user_id):
            self.principal = principal
            self.writer.reply(replies.connected(principal, self.services.limits, self.services.now()))
        else:
            self.writer.finish(CloseCode.TOO_MANY_CONNECTIONS)

    def has_become(self, viewer: Viewer) -> None:
        """Its user has these rights now."""
        if self.principal is not None and viewer != self.principal.viewer:
            self.principal = replace(self.principal, viewer=viewer)
            self.recheck()

    def may_watch(self, replica: Replica) -> bool:
        """Whether this board may be shown to this viewer now."""
        viewer = self.viewer
        participates = viewer.user_id is not None and replica.participates(UserId(viewer.user_id))
        allowed = may_watch(viewer, replica.marathon_id, replica.facts.visibility, participates=participates)
        return allowed and not replica.gone

    # What it watches ---------------------------------------------------------------------------------------------

    def watch(self, topic: Topic, subscriptions: list[Subscription]) -> None:
        """Watch these streams, instead of what the topic was watched with before."""
        self.drop(topic)
        if not self.is_open:
            for subscription in subscriptions:
                subscription.close()
            return
        self.topics[topic] = subscriptions
        for subscription in subscriptions:
            subscription.replica.followers.add(self)

    def drop(self, topic: Topic) -> None:
        """Stop watching; not having watched is fine."""
        for subscription in self.topics.pop(topic, ()):
            self._leave(subscription)

    def _leave(self, subscription: Subscription) -> None:
        subscription.close()
        replica = subscription.replica
        if not any(other.replica is replica for streams in self.topics.values() for other in streams):
            replica.followers.discard(self)

    def recheck(self) -> None:
        """Look at every permission again; what may not be seen any more ends as if it did not exist."""
        for topic, streams in list(self.topics.items()):
            forbidden = [stream for stream in streams if not self.may_watch(stream.replica)]
            self.topics[topic] = [stream for stream in streams if stream not in forbidden]
            for stream in forbidden:
                self._leave(stream)
            for stream in self.topics[topic]:
                stream.style = style_of(self, stream)
            if forbidden and not self.topics[topic]:
                del self.topics[topic]
                self.error(_NOT_FOUND[topic[0]])

    def marathon_changed(self, facts: MarathonFacts) -> None:
        """A marathon it watches started, ended, was cancelled or edited."""
        self.recheck()
        if ("marathon", facts.id) in self.topics:
            self.writer.reply(replies.marathon_status(facts, self.services.now()))

    def marathon_gone(self, marathon_id: MarathonId) -> None:
        self.recheck()

    def people_changed(self, user_ids: Collection[UserId]) -> None:
        """Somebody entered, withdrew or came back on a board that it watches; if that is its user, rights changed."""
        if self.viewer.user_id in user_ids:
            self.recheck()

    def seqs(self) -> dict[MarathonId, int]:
        """The stamp of the last state sent, for each marathon it watches."""
        return {
            stream.replica.marathon_id: stream.seq
            for (kind, _), streams in self.topics.items()
            if kind == "marathon"
            for stream in streams
        }


def _bytes_of(message: str) -> int:
    return len(message) if message.isascii() else len(message.encode())
