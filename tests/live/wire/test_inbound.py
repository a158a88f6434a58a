"""Any frame is a command or a BadRequest that says what is wrong."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.board.rows import Login, MarathonId, ParticipantId
from live.board.views import All, Around, Page, Top
from live.wire.commands import (
    AroundMe,
    Authenticate,
    Command,
    Ping,
    Since,
    SubscribeAccount,
    SubscribeMarathon,
    UnsubscribeAccount,
    UnsubscribeMarathon,
    Updates,
)
from live.wire.inbound import BadRequest, command, parse
from live.wire.outbound import Instant, pong, refusal

MARATHON = "6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"
MARATHON_ID = MarathonId(UUID(MARATHON))
ALICE = Login("261632689")
NOW = Instant("2026-11-22T08:00:00.000Z")
EVENTS = ["subscribe_marathon", "unsubscribe_marathon", "subscribe_account", "unsubscribe_account", "authenticate"]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
KNOWN_FIELDS = st.sampled_from(["marathonId", "accountLogin", "token", "view", "updates", "since", "intervalMs"])


def said(event: str, **data: Any) -> Any:
    return parse(json.dumps({"event": event, "data": data}))


def watching(**options: Any) -> SubscribeMarathon:
    asked = said("subscribe_marathon", marathonId=MARATHON, **options)
    assert isinstance(asked, SubscribeMarathon)
    return asked


def complaint(frame: str | bytes) -> str:
    with pytest.raises(BadRequest) as refused:
        parse(frame)
    return refused.value.message


def complaint_about(event: str, **data: Any) -> str:
    return complaint(json.dumps({"event": event, "data": data}))


def test_a_plain_subscription_gets_the_defaults() -> None:
    assert watching() == SubscribeMarathon(marathon_id=MARATHON_ID, updates=Updates.FULL, view=All())


def test_all_options_of_a_subscription_are_read() -> None:
    asked = watching(updates="delta", view={"top": 50}, since={"epoch": "a1b2c3d4", "seq": 7}, intervalMs=500)
    assert asked == SubscribeMarathon(
        marathon_id=MARATHON_ID,
        updates=Updates.DELTA,
        view=Top(50),
        since=Since("a1b2c3d4", 7),
        interval_ms=500,
    )


def test_options_that_are_null_are_the_defaults() -> None:
    assert watching(updates=None, view=None, since=None, intervalMs=None) == watching()


def test_unknown_fields_are_ignored() -> None:
    frame = {"event": "subscribe_marathon", "data": {"marathonId": MARATHON, "colour": "red"}, "trace": [1]}
    assert parse(json.dumps(frame)) == watching()


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("all", All()),
        ({"top": 1}, Top(1)),
        ({"top": 200}, Top(200)),
        ({"page": 3, "size": 50}, Page(3, 50)),
        ({"around": "me", "size": 11}, AroundMe(11)),
        ({"around": MARATHON, "size": 11}, Around(ParticipantId(UUID(MARATHON)), 11)),
    ],
)
def test_every_view_is_read(view: object, expected: object) -> None:
    assert watching(view=view).view == expected


@pytest.mark.parametrize("value", [MARATHON.upper(), MARATHON.replace("-", "")])
def test_a_marathon_id_may_be_written_as_uuids_are(value: str) -> None:
    assert said("unsubscribe_marathon", marathonId=value) == UnsubscribeMarathon(marathon_id=MARATHON_ID)


@pytest.mark.parametrize("value", ["261632689", 261632689])
def test_an_account_login_may_be_a_number(value: str | int) -> None:
    assert said("subscribe_account", accountLogin=value) == SubscribeAccount(account_login=ALICE)
    assert said("unsubscribe_account", accountLogin=value) == UnsubscribeAccount(account_login=ALICE)


def test_a_token_is_read_and_never_shown() -> None:
    asked = said("authenticate", token="eyJ.secret.part")
    assert asked == Authenticate(token="eyJ.secret.part")
    assert "secret" not in f"{asked!r} {asked}"


@pytest.mark.parametrize("data", [None, {}, {"a": 1}, [1, "two"], "text", 0, 1.5, True])
def test_a_ping_takes_any_data(data: object) -> None:
    assert parse(json.dumps({"event": "ping", "data": data})) == Ping(data=data)


def test_a_ping_needs_no_data() -> None:
    assert parse(b'{"event":"ping"}') == Ping(data=None)


@pytest.mark.parametrize("value", [7, "seven", 0, -1, "", None, 2**63 - 1])
def test_an_id_comes_with_the_command(value: int | str | None) -> None:
    assert parse(json.dumps({"event": "ping", "id": value})).id == value


def test_data_that_another_door_decoded_gives_the_same_command() -> None:
    assert command("subscribe_marathon", {"marathonId": MARATHON}, 7) == SubscribeMarathon(
        id=7, marathon_id=MARATHON_ID
    )
    assert command("ping", None) == Ping()


@pytest.mark.parametrize("event", ["subscribe_marathon", "unsubscribe_marathon"])
@pytest.mark.parametrize("data", [None, {}, {"marathonId": None}, {"marathonId": ""}])
def test_a_marathon_id_is_required(event: str, data: object) -> None:
    assert complaint(json.dumps({"event": event, "data": data})) == "marathonId is required"


@pytest.mark.parametrize("event", ["subscribe_account", "unsubscribe_account"])
@pytest.mark.parametrize("data", [None, {}, {"accountLogin": None}, {"accountLogin": ""}, {"accountLogin": "  "}])
def test_an_account_login_is_required(event: str, data: object) -> None:
    assert complaint(json.dumps({"event": event, "data": data})) == "accountLogin is required"


def test_a_subscription_without_any_data_says_what_is_missing() -> None:
    assert complaint('{"event":"subscribe_marathon"}') == "marathonId is required"
    assert complaint('{"event":"authenticate"}') == "token is required"


@pytest.mark.parametrize("value", ["nonsense", "6b7f5a52", 5, 1.5, True, [], {}, MARATHON + "0", "{" + MARATHON + "}"])
def test_a_marathon_id_that_is_no_uuid_is_a_bad_request(value: object) -> None:
    assert complaint_about("subscribe_marathon", marathonId=value) == "marathonId must be a UUID"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "accountLogin must be a string"),
        (1.5, "accountLogin must be a string"),
        ([], "accountLogin must be a string"),
        ({}, "accountLogin must be a string"),
        ("1" * 33, "accountLogin is too long"),
        ("26\x0016", "accountLogin is not valid text"),
        (10**30, "accountLogin must be a string"),
    ],
)
def test_an_account_login_that_is_no_login_is_a_bad_request(value: object, message: str) -> None:
    assert complaint_about("subscribe_account", accountLogin=value) == message


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"updates": "some"}, 'updates must be "full" or "delta"'),
        ({"updates": ["delta"]}, 'updates must be "full" or "delta"'),
        ({"view": "some"}, 'view must be "all" or an object with one of top, page, around'),
        ({"view": {}}, 'view must be "all" or an object with one of top, page, around'),
        ({"view": []}, 'view must be "all" or an object with one of top, page, around'),
        ({"view": {"top": 5, "page": 1}}, 'view must be "all" or an object with one of top, page, around'),
        ({"view": {"top": 0}}, "view.top must be between 1 and 200"),
        ({"view": {"top": 201}}, "view.top must be between 1 and 200"),
        ({"view": {"top": "5"}}, "view.top must be an integer"),
        ({"view": {"top": True}}, "view.top must be an integer"),
        ({"view": {"top": None}}, "view.top is required"),
        ({"view": {"page": 1}}, "view.size is required"),
        ({"view": {"page": 0, "size": 5}}, "view.page must be between 1 and 1000000"),
        ({"view": {"page": 10**40, "size": 5}}, "view.page must be between 1 and 1000000"),
        ({"view": {"page": 1, "size": 201}}, "view.size must be between 1 and 200"),
        ({"view": {"around": "you", "size": 5}}, 'view.around must be "me" or a UUID'),
        ({"view": {"around": None, "size": 5}}, 'view.around must be "me" or a UUID'),
        ({"view": {"around": "me"}}, "view.size is required"),
        ({"since": 5}, "since must be an object"),
        ({"since": {}}, "since.epoch must be a short string"),
        ({"since": {"epoch": 1, "seq": 1}}, "since.epoch must be a short string"),
        ({"since": {"epoch": "e" * 65, "seq": 1}}, "since.epoch must be a short string"),
        ({"since": {"epoch": "e"}}, "since.seq is required"),
        ({"since": {"epoch": "e", "seq": -1}}, "since.seq must be between 0 and 9223372036854775807"),
        ({"since": {"epoch": "e", "seq": 1.0}}, "since.seq must be an integer"),
        ({"intervalMs": -1}, "intervalMs must be between 0 and 60000"),
        ({"intervalMs": 60_001}, "intervalMs must be between 0 and 60000"),
        ({"intervalMs": "100"}, "intervalMs must be an integer"),
    ],
)
def test_an_option_that_is_wrong_is_named(option: dict[str, object], message: str) -> None:
    assert complaint_about("subscribe_marathon", marathonId=MARATHON, **option) == message


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("", "a message must be JSON"),
        ("{", "a message must be JSON"),
        ('{"event":"ping"}x', "a message must be JSON"),
        ('{"event":"ping","data":NaN}', "a message must be JSON"),
        ('{"event":"ping","data":1e999}', "a message must be JSON"),
        ("[]", "a message must be a JSON object"),
        ('["ping"]', "a message must be a JSON object"),
        ('"ping"', "a message must be a JSON object"),
        ("7", "a message must be a JSON object"),
        ("null", "a message must be a JSON object"),
        ("{}", "event is required"),
        ('{"event":null}', "event is required"),
        ('{"event":""}', "event is required"),
        ('{"event":7}', "event must be a string"),
        ('{"event":["ping"]}', "event must be a string"),
        ('{"event":"subscribe"}', "event is unknown"),
        ('{"event":"subscribe_marathon","data":[]}', "data must be an object"),
        ('{"event":"subscribe_account","data":"x"}', "data must be an object"),
        ('{"event":"authenticate","data":{"token":7}}', "token must be a string"),
        ('{"event":"ping","id":1.5}', "id must be an integer or a string"),
        ('{"event":"ping","id":true}', "id must be an integer or a string"),
        ('{"event":"ping","id":{}}', "id must be an integer or a string"),
        ('{"event":"ping","id":9223372036854775808}', "id is too large"),
        ('{"event":"ping","id":"' + "x" * 65 + '"}', "id is too long or not valid text"),
        (b'{"event":"\xff"}', "a message must be UTF-8"),
        ('{"event":"\udc00"}', "a message must be UTF-8"),
        ("[" * 16_000, "a message must not be nested so deeply"),
        ('{"event":"ping","data":' + "[" * 40 + "]" * 40 + "}", "data must not be nested so deeply"),
    ],
)
def test_a_frame_that_is_no_request_is_told_why(frame: str | bytes, message: str) -> None:
    assert complaint(frame) == message


def test_a_complaint_carries_the_events_name_and_the_id() -> None:
    with pytest.raises(BadRequest) as refused:
        parse('{"event":"subscribe_marathon","data":{},"id":7}')
    assert (refused.value.event, refused.value.id, refused.value.code) == ("subscribe_marathon", 7, "bad_request")


def test_a_name_that_is_too_long_is_not_sent_back() -> None:
    with pytest.raises(BadRequest) as refused:
        parse(json.dumps({"event": "x" * 65, "id": 7}))
    assert (refused.value.event, refused.value.id) == (None, 7)


@pytest.mark.parametrize("data", [{"a": object()}, {"a": {1, 2, object()}}, "\ud800", {"\ud800": 1}])
def test_data_from_another_door_that_cannot_be_sent_back_is_refused(data: object) -> None:
    with pytest.raises(BadRequest, match="data must be JSON"):
        command("ping", data)


def answered(frame: str | bytes) -> None:
    """Parse a frame; whatever comes out must be a command or a refusal, and its answer must be valid JSON."""
    try:
        asked = parse(frame)
    except BadRequest as refused:
        json.loads(refusal(refused).encoded)
        return
    assert isinstance(asked, Command)
    if isinstance(asked, Ping):
        json.loads(pong(asked.data, NOW, asked.id).encoded)


@given(st.binary() | st.text())
def test_any_bytes_or_text_give_a_command_or_a_refusal(frame: str | bytes) -> None:
    answered(frame)


@given(JSON)
def test_any_json_gives_a_command_or_a_refusal(message: object) -> None:
    answered(json.dumps(message))


@given(st.sampled_from([*EVENTS, "ping"]) | st.text(), st.dictionaries(KNOWN_FIELDS, JSON) | JSON, JSON)
def test_any_data_of_any_event_gives_a_command_or_a_refusal(event: str, data: object, request_id: object) -> None:
    answered(json.dumps({"event": event, "data": data, "id": request_id}))


@given(st.dictionaries(st.sampled_from(["top", "page", "size", "around"]), JSON) | JSON)
def test_any_view_gives_a_command_or_a_refusal(view: object) -> None:
    answered(json.dumps({"event": "subscribe_marathon", "data": {"marathonId": MARATHON, "view": view}}))
