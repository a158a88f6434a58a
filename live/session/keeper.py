"""Looks after all sessions of the process once a second: heartbeats, tokens that run out, peers that do not read.

One pass over a set instead of timers for each connection: for 5,000 sessions it takes some milliseconds a second.
"""

import asyncio
from datetime import datetime, timedelta

import structlog

from live.session import replies
from live.session.services import Services
from live.session.session import Session
from live.wire.announcements import FeedState
from live.wire.codes import CloseCode, ErrorCode

log = structlog.get_logger(__name__)

USERS_CHECKED_EVERY = 30.0
# How long a peer that does not read gets for reading the close before its connection is dropped.
CLOSE_WITHIN = 5.0


class Keeper:
    """Called by the hub's pulse; `now` and loop time come from the services and the pulse."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._users_checked = asyncio.get_running_loop().time()
        self._checking: asyncio.Task[None] | None = None
        services.hub.on_pulse.append(self.pulse)
        services.hub.feed.on_change.append(self.feed_changed)

    def pulse(self, now: float) -> None:
        """Look at every session once."""
        wall = self._services.now()
        for session in tuple(self._services.sessions):
            self._look_at(session, now, wall)
        if now - self._users_checked >= USERS_CHECKED_EVERY and self._checking is None:
            self._users_checked = now
            self._checking = asyncio.create_task(self._check_users(), name="check users")

    def feed_changed(self, state: FeedState) -> None:
        frame = replies.feed_status(state)
        for session in tuple(self._services.sessions):
            if session.principal is not None:
                session.writer.reply(frame)

    async def close(self) -> None:
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.gather(self._checking, return_exceptions=True)

    def _look_at(self, session: Session, now: float, wall: datetime) -> None:
        limits, writer = self._services.limits, session.writer
        if writer.sending_since is not None:
            self._look_at_slow(session, now - writer.sending_since)
        elif writer.finishing:
            return
        elif session.principal is None:
            if now - session.opened_at > limits.authenticate_within:
                session.fail(ErrorCode.AUTHENTICATION_REQUIRED)
        else:
            self._look_at_token(session, session.principal.expires_at, wall)
            if now - writer.sent_at >= limits.heartbeat:
                writer.reply(replies.heartbeat(wall, self._services.hub.feed.state, session.seqs()))

    def _look_at_slow(self, session: Session, waiting: float) -> None:
        limits = self._services.limits
        if waiting > limits.slow_after + CLOSE_WITHIN:
            session.transport.abort()
        elif waiting > limits.slow_after and not session.writer.finishing:
            self._services.figures.closed_slow += 1
            log.info("client does not read; closing", address=session.transport.address)
            session.writer.finish(CloseCode.TOO_SLOW)

    def _look_at_token(self, session: Session, expires_at: datetime, wall: datetime) -> None:
        limits = self._services.limits
        if wall > expires_at + timedelta(seconds=limits.token_grace):
            session.fail(ErrorCode.TOKEN_EXPIRED)
        elif not session.warned_of_expiry and wall > expires_at - timedelta(seconds=limits.token_warning):
            session.warned_of_expiry = True
            session.writer.reply(replies.token_expiring(expires_at))

    async def _check_users(self) -> None:
        """Close whoever was deactivated, notice who is staff or no more; one query for all."""
        try:
            connected = {s: s.principal.user_id for s in self._services.sessions if _is_user(s) and s.principal}
            active = await self._services.authenticator.active(set(connected.values()))
            for session, user_id in connected.items():
                if user_id in active:
                    session.has_become(active[user_id])
                else:
                    session.writer.finish(CloseCode.NOT_ALLOWED)
        except Exception:
            log.warning("users not checked", exc_info=True)
        finally:
            self._checking = None


def _is_user(session: Session) -> bool:
    return session.principal is not None and session.principal.viewer.user_id is not None
