"""docs/PROTOCOL.md against the code: every message, code and limit, in both directions; every example is valid."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from live.client.board import _ranked
from live.doors.asyncapi.document import REPLIES, served
from live.feed.trades import Order, Position
from live.limits import Limits
from live.wire import inbound
from live.wire.codes import FAILED_TO_SUBSCRIBE, CloseCode, ErrorCode
from live.wire.entries import FIELD_NAMES
from live.wire.outbound import FeedStatus
from marathons.models import MarathonStatus, ParticipantStatus
from tests.docs.documents import Block, block, blocks, codes, read, table, tables

DOCUMENT = "PROTOCOL.md"
ASYNCAPI = served("example.com", secure=True)
MESSAGES: dict[str, Any] = ASYNCAPI["components"]["messages"]
EXAMPLES = [one for one in blocks(DOCUMENT, "json") if not one.mark]
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "deltas.json").read_text(encoding="utf-8"))


def name_of(value: object) -> str:
    return f"{value.language}-{value.mark or value.value['event']}" if isinstance(value, Block) else ""


def test_every_message_has_an_example() -> None:
    assert {example.value["event"] for example in EXAMPLES} == MESSAGES.keys()


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_is_what_the_types_say(example: Block) -> None:
    frame = example.value
    payload = MESSAGES[frame["event"]]["payload"]
    jsonschema.Draft7Validator({**payload, "components": ASYNCAPI["components"]}).validate(frame)
    schema = ASYNCAPI["components"]["schemas"][payload["properties"]["data"]["$ref"].rsplit("/", 1)[1]]
    free = frame["event"] in {"ping", "pong"}
    assert free or frame["data"].keys() <= schema["properties"].keys()
    if frame["event"] in REPLIES:
        assert inbound.parse(example.text).event == frame["event"]


def test_the_table_of_commands_is_the_code() -> None:
    documented = {codes(event)[0]: codes(replies) for event, _, replies in table(DOCUMENT, "event", "data")}
    assert documented.keys() == REPLIES.keys()
    for event, replies in documented.items():
        assert set(replies) <= set(REPLIES[event])


def test_the_fields_of_a_subscription_are_the_code() -> None:
    documented = [codes(row[0])[0] for row in table(DOCUMENT, "field", "values")]
    assert documented == list(ASYNCAPI["components"]["schemas"]["SubscribeMarathon"]["properties"])


@pytest.mark.parametrize("row", table(DOCUMENT, "`view`"), ids=lambda row: row[0])
def test_every_view_can_be_asked_for(row: list[str]) -> None:
    marathon_id = EXAMPLES[0].value["data"]["marathonId"]
    view = json.loads(codes(row[0])[0].replace("<participantId>", marathon_id))
    command = inbound.command("subscribe_marathon", {"marathonId": marathon_id, "view": view})
    assert command.event == "subscribe_marathon"


def test_every_field_of_an_entry_is_told_of() -> None:
    described = [
        {name for row in rows[1:] for name in codes(row[0])}
        for rows in tables(DOCUMENT)
        if rows[0] == ["field", "what"]
    ]
    assert set(FIELD_NAMES) in described


@pytest.mark.parametrize("error", ErrorCode)
def test_every_error_is_in_the_table(error: ErrorCode) -> None:
    rows = {codes(code)[0]: (message, close) for code, message, _, close in table(DOCUMENT, "code", "message")}
    assert rows.keys() == {each.value for each in ErrorCode}
    message, close = rows[error.value]
    assert message == error.message
    assert close.startswith(str(error.close.value) if error.close else "")
    assert bool(close) == (error.close is not None)
    assert ("at once" in close) == error.closes_at_once


def test_every_close_code_is_in_the_table() -> None:
    rows = {int(code): back for code, _, back in table(DOCUMENT, "code", "meaning")}
    assert rows.keys() == {code.value for code in CloseCode}
    assert {code: back.startswith("yes") for code, back in rows.items()} == {
        code.value: code.reconnect for code in CloseCode
    }


def test_the_texts_that_existing_clients_match_on_are_named() -> None:
    for text in (*FAILED_TO_SUBSCRIBE.values(), "marathonId is required", "accountLogin is required"):
        assert text in read(DOCUMENT)


@pytest.mark.parametrize("word", [*MarathonStatus, *ParticipantStatus, *FeedStatus, "no_data"])
def test_every_status_is_named(word: str) -> None:
    assert f"`{word}`" in read(DOCUMENT)


def test_the_limits_are_those_of_the_code() -> None:
    limits = Limits()
    rows = {limit: value for limit, value, _ in table(DOCUMENT, "limit", "value")}
    assert rows["subscriptions"] == str(limits.subscriptions)
    assert rows["bytes of one message"] == str(limits.message_bytes)
    assert rows["messages"] == f"{limits.messages_per_10s} at once, {limits.messages_per_10s // 10} more each second"
    assert rows["bad requests in a row"] == str(limits.bad_requests - 1)
    assert rows["time without reading what is sent"] == f"{limits.slow_after:g} s"
    most = [limits.connections_per_user, limits.connections_per_address, limits.connections]
    assert f"{most[0]:,}, {most[1]:,}, {most[2]:,} a process" in rows.values()
    (connected,) = [example.value for example in EXAMPLES if example.value["event"] == "connected"]
    assert connected["data"]["heartbeatMs"] == limits.heartbeat * 1000
    assert connected["data"]["limits"]["messagesPer10s"] == limits.messages_per_10s
    for seconds in (limits.authenticate_within, limits.token_warning, limits.token_grace):
        assert f"{seconds:g} s" in read(DOCUMENT)


def test_the_example_of_a_delta_gives_what_it_says() -> None:
    before, after = block(DOCUMENT, "json", "rows=before").value, block(DOCUMENT, "json", "rows=after").value
    delta = {"changed": [{"bib": 3, "equity": 130.0}], "removed": [2], "moved": [[3, 0]], "offset": 0}
    for name in ("changed", "removed", "moved"):
        assert f"`{name}` `{json.dumps(delta[name])}`" in " ".join(read(DOCUMENT).split())
    rows = applied_by_the_document()({"entries": before}, {**delta, **dict.fromkeys(KEPT, 0)})["entries"]
    assert rows == after
    assert list(_ranked(after, 0)) == after


KEPT = ("seq", "totalParticipants", "updatedAt")


def applied_by_the_document() -> Any:
    """The function of the plain Python example."""
    names: dict[str, Any] = {}
    source = block(DOCUMENT, "python", "run=plain").text
    exec(source[: source.index("async def watch")], names)  # the example itself is what is tested
    return names["applied"]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_plain_python_example_passes_the_vectors(case: dict[str, Any]) -> None:
    got = applied_by_the_document()(case["before"], case["delta"])
    assert got == case["after"]


@pytest.mark.needs_node
def test_the_plain_javascript_example_passes_the_vectors(node_path: str) -> None:
    source = block(DOCUMENT, "js", "run=plain").text
    function = source[source.index("function applied") : source.index('watch("wss:')]
    program = f"{function}\nconst {{ cases }} = JSON.parse(process.argv[1]);\n" + (
        "console.log(JSON.stringify(cases.map(({ before, delta }) => applied(before, delta))));"
    )
    command = [node_path, "-e", program, json.dumps(VECTORS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [case["after"] for case in VECTORS["cases"]]


@pytest.mark.needs_node
@pytest.mark.parametrize("example", blocks(DOCUMENT, "js"), ids=name_of)
def test_javascript_is_javascript(example: Block, node_path: str, tmp_path: Path) -> None:
    program = tmp_path / "example.mjs"
    program.write_text(example.text, encoding="utf-8")
    done = subprocess.run([node_path, "--check", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("document", ["PROTOCOL.md", "FEED.md"])
def test_python_is_python(document: str) -> None:
    for example in blocks(document, "python"):
        compile(example.text, document, "exec")


def test_every_example_is_run_or_checked() -> None:
    programs = [one for name in ("PROTOCOL.md", "FEED.md") for one in blocks(name) if one.language in {"js", "python"}]
    assert all(program.mark.startswith("run=") for program in programs)


def test_positions_and_orders_have_the_fields_that_are_sent() -> None:
    (board,) = [example.value["data"] for example in EXAMPLES if example.value["event"] == "marathon_leaderboard"]
    (account,) = [example.value["data"] for example in EXAMPLES if example.value["event"] == "account_update"]
    assert set(board["entries"][0]["positions"][0]) <= names_of(Position)
    assert set(account["orders"][0]) <= names_of(Order)
    assert set(board["entries"][0]) == set(FIELD_NAMES)


def names_of(kind: Any) -> set[str]:
    return set(kind.__struct_encode_fields__)
