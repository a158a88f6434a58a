"""The AsyncAPI document: sound in itself, and saying what live/wire says."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml
from django.test import Client

from live.board.delta import Change
from live.doors.asyncapi import examples
from live.doors.asyncapi.document import PUSHED, REPLIES, served
from live.doors.asyncapi.page import type_of
from live.doors.asyncapi.shapes import COMMANDS, OUTBOUND
from live.wire import inbound
from live.wire.boards import MarathonDelta, MarathonLeaderboard
from live.wire.codes import CloseCode, ErrorCode
from live.wire.commands import Command
from live.wire.entries import FIELD_NAMES, Detail, RowEncoder
from live.wire.outbound import Message
from tests.live.board.boards import a_row

PATH = "/apiv1/marathons/websocket-docs"
DOCUMENT = served("example.com", secure=True)
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def inside(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(each)


def at(pointer: str) -> Any:
    found: Any = DOCUMENT
    for key in pointer.removeprefix("#/").split("/"):
        found = found[key]
    return found


def check(event: str, frame: Any) -> None:
    """A frame is what the document says of its event. Raises jsonschema.ValidationError."""
    schema = {**MESSAGES[event]["payload"], "components": DOCUMENT["components"]}
    jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(frame)


def test_every_reference_leads_somewhere() -> None:
    references = [each["$ref"] for each in inside(DOCUMENT) if isinstance(each.get("$ref"), str)]
    assert references
    for reference in references:
        assert at(reference) is not None


def test_the_document_has_the_parts_that_asyncapi_wants() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert all({"host", "protocol"} <= server.keys() for server in DOCUMENT["servers"].values())
    allowed = {"asyncapi", "id", "info", "servers", "defaultContentType", "channels", "operations", "components"}
    assert DOCUMENT.keys() <= allowed
    for channel in DOCUMENT["channels"].values():
        assert channel.keys() <= {"address", "messages", "title", "summary", "description", "servers", "bindings"}


def test_operations_use_messages_of_their_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        assert operation["action"] in {"send", "receive"}
        assert operation.keys() <= {"action", "channel", "messages", "reply", "summary"}
        told = [*operation["messages"], *operation.get("reply", {}).get("messages", ())]
        assert all(each["$ref"].startswith(operation["channel"]["$ref"] + "/messages/") for each in told)


def test_every_schema_is_a_schema() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_every_command_and_every_event_is_in_it() -> None:
    assert set(COMMANDS) == set(Command.__subclasses__())
    outbound = {kind.event for kind in Message.__subclasses__()} | {"account_update", "pong"}
    assert OUTBOUND.keys() == outbound
    assert MESSAGES.keys() == {kind.event for kind in COMMANDS} | outbound


def test_every_event_has_an_operation() -> None:
    told = {event for _, events in PUSHED.values() for event in events}
    assert told | {event for events in REPLIES.values() for event in events} == OUTBOUND.keys()
    assert REPLIES.keys() == {kind.event for kind in COMMANDS}


@pytest.mark.parametrize("event", MESSAGES)
def test_every_example_is_valid(event: str) -> None:
    (example,) = MESSAGES[event]["examples"]
    check(event, example["payload"])


@pytest.mark.parametrize("event", examples.COMMANDS)
def test_every_example_of_a_command_can_be_read(event: str) -> None:
    assert inbound.command(event, examples.COMMANDS[event], 7).event == event


@pytest.mark.parametrize("kind", [kind for kind in OUTBOUND.values() if issubclass(kind, Message)])
def test_names_are_those_that_are_encoded(kind: type[Message]) -> None:
    schema = DOCUMENT["components"]["schemas"][kind.__name__]
    assert list(schema["properties"]) == [field.encode_name for field in msgspec.structs.fields(kind)]


def test_an_entry_has_the_fields_that_are_encoded() -> None:
    schema = DOCUMENT["components"]["schemas"]["Entry"]
    assert tuple(schema["properties"]) == FIELD_NAMES
    assert set(schema["required"]) == {*FIELD_NAMES} - {"positions", "orders"}


def test_encoded_rows_are_valid() -> None:
    encoder = RowEncoder()
    entry = json.loads(encoder.entry(a_row(1), 1, Detail.HIDDEN))
    board = {**examples.OUTBOUND["marathon_leaderboard"], "entries": [entry]}
    check("marathon_leaderboard", {"event": "marathon_leaderboard", "data": board})
    changed = json.loads(encoder.changes((Change(a_row(1), None),)))
    check(
        "marathon_delta",
        {"event": "marathon_delta", "data": {**examples.OUTBOUND["marathon_delta"], "changed": changed}},
    )
    account = {"marathonId": examples.MARATHON, **entry}
    check("account_update", {"event": "account_update", "data": account})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"marathonId": 7},
        {"marathonId": examples.MARATHON, "view": {"top": 201}},
        {"marathonId": examples.MARATHON, "view": "some"},
        {"marathonId": examples.MARATHON, "intervalMs": -1},
        {"marathonId": examples.MARATHON, "since": {"epoch": "a"}},
        {"marathonId": examples.MARATHON, "updates": "half"},
    ],
)
def test_what_the_server_refuses_is_not_valid(data: dict[str, Any]) -> None:
    with pytest.raises(inbound.BadRequest):
        inbound.command("subscribe_marathon", data)
    with pytest.raises(jsonschema.ValidationError):
        check("subscribe_marathon", {"event": "subscribe_marathon", "data": data})


def test_rows_are_those_of_both_board_messages() -> None:
    assert {"entries", "view"} <= {field.name for field in msgspec.structs.fields(MarathonLeaderboard)}
    assert {"changed", "moved", "removed"} <= {field.name for field in msgspec.structs.fields(MarathonDelta)}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#/components/schemas/Feed"}, "Feed"),
        ({"$ref": "#/components/schemas/Updates"}, '"delta" or "full"'),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer or null"),
        ({"enum": ["full", "delta"]}, '"full" or "delta"'),
        ({"type": "array", "items": {"type": "string", "format": "uuid"}}, "list of uuid"),
        ({}, "anything"),
    ],
)
def test_a_type_is_said_in_a_few_words(schema: dict[str, Any], words: str) -> None:
    assert type_of(schema, DOCUMENT["components"]["schemas"]) == words


# Over HTTP -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test_json_is_what_programs_get(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["servers"]["here"] == {**DOCUMENT["servers"]["here"], "host": "testserver", "protocol": "ws"}


@pytest.mark.parametrize("asked", [{"query": {"format": "yaml"}}, {"accept": "application/yaml"}])
def test_yaml_says_the_same(client: Client, asked: dict[str, Any]) -> None:
    answer = client.get(PATH, asked.get("query"), headers={"accept": asked.get("accept", "*/*")})
    assert answer["Content-Type"] == "application/yaml"
    assert yaml.safe_load(answer.content) == client.get(PATH).json()


def test_a_format_wins_over_what_a_browser_accepts(client: Client) -> None:
    answer = client.get(PATH, {"format": "json"}, headers={"accept": BROWSER})
    assert answer["Content-Type"] == "application/json"


def test_a_wrong_format_is_refused(client: Client) -> None:
    answer = client.get(PATH, {"format": "xml"})
    assert answer.status_code == 400
    assert "format" in answer.json()


@pytest.mark.django_db
def test_a_browser_gets_a_page_with_everything_on_it(client: Client) -> None:
    answer = client.get(PATH, headers={"accept": BROWSER})
    assert answer["Content-Type"].startswith("text/html")
    assert "Accept" in answer["Vary"]
    page = answer.content.decode()
    for event in MESSAGES:
        assert f'id="{event}"' in page
    for name in ("Top", "Page", "Around", "Since", "Entry", "Limits", "Feed"):
        assert f'id="{name}"' in page
    for error in ErrorCode:
        assert f"<code>{error.value}</code>" in page
    for close in CloseCode:
        assert f"<td>{close.value}</td>" in page


@pytest.mark.django_db
def test_the_page_asks_no_other_host(client: Client) -> None:
    page = client.get(PATH, headers={"accept": BROWSER}).content.decode()
    assert "://" not in page
    assert "<script>" not in page
    assert " style=" not in page
