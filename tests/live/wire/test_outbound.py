"""Golden frames: every message without rows, letter for letter."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from msgspec import UNSET

from live.board.rows import MarathonId, UserId
from live.wire.codes import ErrorCode
from live.wire.inbound import BadRequest
from live.wire.outbound import (
    Authenticated,
    Bye,
    Connected,
    Error,
    Feed,
    FeedChanged,
    FeedStatus,
    Heartbeat,
    Limits,
    MarathonChanged,
    Message,
    Subscribed,
    TokenExpiring,
    Unsubscribed,
    error,
    instant,
    pong,
    refusal,
)

MARATHON = MarathonId(UUID("6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"))
ALICE = UserId(UUID("0d5b9c1e-1111-4222-8333-444455556666"))
NOW = instant(datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC))
LATER = instant(datetime(2026, 11, 22, 8, 15, tzinfo=UTC))
SUBSCRIBED = f'"type":"marathon","marathonId":"{MARATHON}"'

GOLDEN: list[tuple[Message, str]] = [
    (
        Connected(
            message="Welcome",
            user_id=ALICE,
            server_time=NOW,
            heartbeat_ms=15000,
            token_expires_at=LATER,
            limits=Limits(32, 16384, 60),
        ),
        f'{{"event":"connected","data":{{"message":"Welcome","protocol":1,"userId":"{ALICE}",'
        '"serverTime":"2026-11-22T08:00:00.123Z","heartbeatMs":15000,"tokenExpiresAt":"2026-11-22T08:15:00.000Z",'
        '"limits":{"subscriptions":32,"messageBytes":16384,"messagesPer10s":60}}}',
    ),
    (
        Authenticated(user_id=ALICE, token_expires_at=LATER),
        f'{{"event":"authenticated","data":{{"userId":"{ALICE}","tokenExpiresAt":"2026-11-22T08:15:00.000Z"}}}}',
    ),
    (
        Subscribed(type="marathon", marathon_id=MARATHON, message="Subscribed"),
        f'{{"event":"subscribed","data":{{{SUBSCRIBED},"message":"Subscribed"}}}}',
    ),
    (
        Subscribed(type="marathon", marathon_id=MARATHON, message="Subscribed", resumed=True),
        f'{{"event":"subscribed","data":{{{SUBSCRIBED},"message":"Subscribed","resumed":true}}}}',
    ),
    (
        Subscribed(type="account", account_login="261632689", message="Subscribed"),
        '{"event":"subscribed","data":{"type":"account","accountLogin":"261632689","message":"Subscribed"}}',
    ),
    (
        Unsubscribed(type="marathon", marathon_id=MARATHON, message="Unsubscribed"),
        f'{{"event":"unsubscribed","data":{{{SUBSCRIBED},"message":"Unsubscribed"}}}}',
    ),
    (
        Unsubscribed(type="account", account_login="261632689", message="Unsubscribed"),
        '{"event":"unsubscribed","data":{"type":"account","accountLogin":"261632689","message":"Unsubscribed"}}',
    ),
    (
        error(ErrorCode.AUTHENTICATION_REQUIRED),
        '{"event":"error","data":{"code":"authentication_required","message":"Authentication required"}}',
    ),
    (
        error(ErrorCode.RATE_LIMITED, event="ping", retry_after_ms=2500),
        '{"event":"error","data":{"code":"rate_limited","message":"Too many messages","event":"ping",'
        '"retryAfterMs":2500}}',
    ),
    (
        Heartbeat(server_time=NOW, feed=Feed(FeedStatus.LIVE, NOW), seq={MARATHON: 1234}),
        '{"event":"heartbeat","data":{"serverTime":"2026-11-22T08:00:00.123Z",'
        f'"feed":{{"status":"live","updatedAt":"2026-11-22T08:00:00.123Z"}},"seq":{{"{MARATHON}":1234}}}}}}',
    ),
    (
        FeedChanged(status=FeedStatus.DOWN, updated_at=None),
        '{"event":"feed_status","data":{"status":"down","updatedAt":null}}',
    ),
    (
        MarathonChanged(marathon_id=MARATHON, status="ongoing", starts_at=NOW, ends_at=LATER),
        f'{{"event":"marathon_status","data":{{"marathonId":"{MARATHON}","status":"ongoing",'
        '"startsAt":"2026-11-22T08:00:00.123Z","endsAt":"2026-11-22T08:15:00.000Z"}}',
    ),
    (
        TokenExpiring(expires_at=LATER),
        '{"event":"token_expiring","data":{"expiresAt":"2026-11-22T08:15:00.000Z"}}',
    ),
    (Bye(retry_after_ms=1700), '{"event":"bye","data":{"retryAfterMs":1700}}'),
]


@pytest.mark.parametrize(("message", "text"), GOLDEN, ids=lambda value: getattr(value, "event", ""))
def test_a_message_is_written_as_the_protocol_says(message: Message, text: str) -> None:
    assert message.frame().text == text


@pytest.mark.parametrize(("message", "text"), GOLDEN, ids=lambda value: getattr(value, "event", ""))
def test_as_a_reply_it_ends_with_the_id(message: Message, text: str) -> None:
    assert message.frame(7).text == text[:-1] + ',"id":7}'


def test_every_message_has_a_golden_frame() -> None:
    without_rows = {kind for kind in Message.__subclasses__() if kind.__module__ == Message.__module__}
    assert {type(message) for message, _ in GOLDEN} == without_rows


def test_an_error_with_a_message_of_its_own_says_that() -> None:
    assert error(ErrorCode.INTERNAL, "Failed to subscribe to marathon").message == "Failed to subscribe to marathon"
    assert error(ErrorCode.INTERNAL) == Error(
        code=ErrorCode.INTERNAL, message=ErrorCode.INTERNAL.message, event_=UNSET, retry_after_ms=UNSET
    )


def test_a_refusal_names_what_was_wrong_with_which_request() -> None:
    expected = (
        '{"event":"error","data":{"code":"bad_request","message":"marathonId is required",'
        '"event":"subscribe_marathon"},"id":7}'
    )
    assert refusal(BadRequest("marathonId is required", "subscribe_marathon", 7)).text == expected


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (None, '{"serverTime":"2026-11-22T08:00:00.123Z"}'),
        ({"at": 5}, '{"at":5,"serverTime":"2026-11-22T08:00:00.123Z"}'),
        ({"serverTime": 5}, '{"serverTime":"2026-11-22T08:00:00.123Z"}'),
        ([1, 2], '{"data":[1,2],"serverTime":"2026-11-22T08:00:00.123Z"}'),
        ("text", '{"data":"text","serverTime":"2026-11-22T08:00:00.123Z"}'),
    ],
)
def test_a_pong_brings_the_data_back_with_the_servers_time(data: object, body: str) -> None:
    assert pong(data, NOW, 7).text == '{"event":"pong","data":' + body + ',"id":7}'


def test_times_are_written_in_utc_and_to_the_millisecond() -> None:
    moscow = timezone(timedelta(hours=3))
    assert instant(datetime(2026, 11, 22, 11, 0, 0, 999999, tzinfo=moscow)) == "2026-11-22T08:00:00.999Z"
    assert instant(datetime(2026, 11, 22, 8, tzinfo=timezone(timedelta(0)))) == "2026-11-22T08:00:00.000Z"
