"""What a session says of itself, as frames: thin on purpose, the shapes are in live/wire/outbound.py."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import UNSET

from live.auth import Principal
from live.board.rows import MarathonId, UserId
from live.hub.facts import MarathonFacts
from live.limits import Limits
from live.wire import outbound
from live.wire.announcements import FeedState
from live.wire.codes import ErrorCode
from live.wire.commands import (
    Authenticate,
    Ping,
    RequestId,
    SubscribeAccount,
    SubscribeMarathon,
    UnsubscribeAccount,
    UnsubscribeMarathon,
)
from live.wire.frames import Frame
from live.wire.outbound import Instant, instant


def connected(principal: Principal, limits: Limits, now: datetime) -> Frame:
    return outbound.Connected(
        user_id=UserId(principal.user_id),
        server_time=instant(now),
        heartbeat_ms=int(limits.heartbeat * 1000),
        token_expires_at=instant(principal.expires_at),
        limits=outbound.Limits(
            subscriptions=limits.subscriptions,
            message_bytes=limits.message_bytes,
            messages_per_10s=limits.messages_per_10s,
        ),
    ).frame()


def authenticated(principal: Principal, command: Authenticate) -> Frame:
    return outbound.Authenticated(
        user_id=UserId(principal.user_id), token_expires_at=instant(principal.expires_at)
    ).frame(command.id)


def subscribed_marathon(command: SubscribeMarathon, *, resumed: bool) -> Frame:
    return outbound.Subscribed(
        type="marathon",
        marathon_id=command.marathon_id,
        message=f"Subscribed to marathon {command.marathon_id}",
        resumed=UNSET if command.since is None else resumed,
    ).frame(command.id)


def subscribed_account(command: SubscribeAccount) -> Frame:
    login = command.account_login
    return outbound.Subscribed(type="account", account_login=login, message=f"Subscribed to account {login}").frame(
        command.id
    )


def unsubscribed_marathon(command: UnsubscribeMarathon) -> Frame:
    return outbound.Unsubscribed(
        type="marathon",
        marathon_id=command.marathon_id,
        message=f"Unsubscribed from marathon {command.marathon_id}",
    ).frame(command.id)


def unsubscribed_account(command: UnsubscribeAccount) -> Frame:
    login = command.account_login
    return outbound.Unsubscribed(
        type="account", account_login=login, message=f"Unsubscribed from account {login}"
    ).frame(command.id)


def pong(command: Ping, now: datetime) -> Frame:
    return outbound.pong(command.data, instant(now), command.id)


def error(
    code: ErrorCode,
    message: str | None = None,
    event: str | None = None,
    reply_to: RequestId = None,
    retry_after_ms: int | None = None,
) -> Frame:
    return outbound.error(code, message, event=event, retry_after_ms=retry_after_ms).frame(reply_to)


def heartbeat(now: datetime, feed: FeedState, seqs: Mapping[MarathonId, int]) -> Frame:
    state = outbound.Feed(status=feed.status, updated_at=_maybe(feed.updated_at))
    return outbound.Heartbeat(server_time=instant(now), feed=state, seq=dict(seqs)).frame()


def feed_status(state: FeedState) -> Frame:
    return outbound.FeedChanged(status=state.status, updated_at=_maybe(state.updated_at)).frame()


def marathon_status(facts: MarathonFacts, now: datetime) -> Frame:
    return outbound.MarathonChanged(
        marathon_id=facts.id,
        status=facts.status_at(now),
        starts_at=instant(facts.starts_at),
        ends_at=instant(facts.ends_at),
    ).frame()


def token_expiring(expires_at: datetime) -> Frame:
    return outbound.TokenExpiring(expires_at=instant(expires_at)).frame()


def bye(retry_after_ms: int) -> Frame:
    return outbound.Bye(retry_after_ms=retry_after_ms).frame()


def _maybe(time: datetime | None) -> Instant | None:
    return None if time is None else instant(time)
