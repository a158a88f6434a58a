"""docs/MIGRATING.md names only events and words that the server has."""

import re

import pytest

from live.doors.asyncapi.document import REPLIES
from live.doors.asyncapi.shapes import OUTBOUND
from live.wire import inbound
from live.wire.codes import FAILED_TO_SUBSCRIBE, ErrorCode
from tests.docs.documents import codes, read, table

DOCUMENT = "MIGRATING.md"


def row(name: str) -> list[str]:
    (said,) = [value for what, value in table(DOCUMENT, "what") if what == name]
    return codes(said)


def test_the_events_are_there() -> None:
    assert set(row("events to the server")) <= REPLIES.keys()
    assert set(row("events to the client")) <= OUTBOUND.keys()


def test_the_texts_of_errors_are_the_servers() -> None:
    required = []
    for event in ("subscribe_marathon", "subscribe_account"):
        with pytest.raises(inbound.BadRequest) as refused:
            inbound.command(event, {})
        required.append(refused.value.message)
    defaults = [ErrorCode.AUTHENTICATION_REQUIRED.message, ErrorCode.AUTHENTICATION_FAILED.message]
    assert row("error texts") == [*defaults, *required, *FAILED_TO_SUBSCRIBE.values()]


def test_what_to_change_is_in_the_protocol() -> None:
    protocol = read("PROTOCOL.md")
    changes = read(DOCUMENT).partition("## What to change first")[2]
    for name in re.findall(r"`([a-z_]+)`", changes):
        assert f"`{name}" in protocol or f'"{name}"' in protocol, name
