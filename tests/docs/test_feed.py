"""docs/FEED.md against the code: every field, type and reason, in both directions; every example is taken."""

import re
import shlex

import pytest
from msgspec.structs import astuple

from live.board.rows import Login
from live.feed import deadletters
from live.feed.messages import BODY_LIMIT, CURRENCY_LENGTH, LOGIN_LENGTH, OBJECT_LIMIT, _Wire, parse
from live.feed.objects import FeedObject, Kind, Reason, Rejected
from live.feed.source import DeadLetter, Delivery
from live.feed.trades import Order, OrderType, Position, Side
from live.hub.feed import STALE_AFTER
from live.management.commands.dead_letters import Command
from tests.docs.documents import block, blocks, codes, read, table, tables

DOCUMENT = "FEED.md"
NOW = 1_795_334_400_000_000  # 2026-11-22T08:00:00Z
LATEST = NOW + 86_400_000_000


def taken(kind: Kind) -> FeedObject:
    raw = block(DOCUMENT, "json", f"feed={kind}").text.encode()
    objects, rejected = parse(raw, NOW, LATEST)
    assert rejected == []
    (one,) = objects
    return one


@pytest.mark.parametrize("kind", Kind)
def test_every_type_has_an_example_that_is_taken(kind: Kind) -> None:
    one = taken(kind)
    assert (one.kind, one.login) == (kind, Login("261632689"))
    assert one.stamp > NOW


def test_the_full_example_says_everything() -> None:
    assert None not in astuple(taken(Kind.ACCOUNT).carried)


def test_every_type_is_in_the_table() -> None:
    assert {codes(row[0])[0] for row in table(DOCUMENT, "`type`")} == {kind.value for kind in Kind}


def test_every_field_is_in_the_table() -> None:
    (rows,) = [rows[1:] for rows in tables(DOCUMENT) if rows[0] == ["field", "value"]]
    spellings = {name for row in rows for name in [*codes(row[0]), *re.findall(r"`(\w+_\w+|\w+[A-Z]\w+)`", row[1])]}
    assert set(_Wire.__struct_encode_fields__) <= spellings
    assert {codes(row[0])[0] for row in rows} <= set(_Wire.__struct_encode_fields__)


@pytest.mark.parametrize(("header", "kind", "types"), [("position", Position, Side), ("order", Order, OrderType)])
def test_every_field_of_a_trade_is_in_its_table(header: str, kind: type, types: type[Side] | type[OrderType]) -> None:
    rows = table(DOCUMENT, header, "value")
    assert {name for row in rows for name in codes(row[0])} == set(kind.__struct_encode_fields__)  # type: ignore[attr-defined]
    (said,) = [row[1] for row in rows if row[0] == "`type`"]
    assert codes(said) == [one.value for one in types]


def test_every_reason_is_in_the_table() -> None:
    assert [codes(row[0])[0] for row in table(DOCUMENT, "reason")] == [reason.value for reason in Reason]


def test_every_header_of_a_dead_letter_is_in_the_table() -> None:
    delivery = Delivery(1, b"", NOW, "", "socket_data", again=False)
    headers = deadletters.headers(DeadLetter(Rejected(Reason.EMPTY, "", b""), delivery), "socket_data", NOW)
    documented = [name for row in table(DOCUMENT, "header of a dead letter") for name in codes(row[0])]
    assert set(documented) == headers.keys()


def test_the_limits_are_those_of_the_code() -> None:
    text = read(DOCUMENT)
    assert (BODY_LIMIT, OBJECT_LIMIT) == (2**20, 256 * 2**10)
    assert "a body over 1 MiB, or an object over 256 KiB" in text
    assert f"up to {LOGIN_LENGTH} characters without blanks" in text
    assert f"up to {CURRENCY_LENGTH} characters" in text
    assert f"after {STALE_AFTER.total_seconds():g} s in which nothing came" in text


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.EMPTY),
        (b" " * (BODY_LIMIT + 1), Reason.TOO_LARGE),
        (b'{"type":"update","login":"1","x":"' + b"x" * OBJECT_LIMIT + b'"}', Reason.TOO_LARGE),
        (b'{"type":"update","login":"1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", Reason.TOO_DEEP),
        (b'{"type":"update","login":"\xff"}', Reason.NOT_UTF8),
        (b'{"type":"update","login":"1","equity":NaN}', Reason.NOT_JSON),
        (b"[1]", Reason.NOT_AN_OBJECT),
        (b'{"type":"close","login":"1"}', Reason.UNKNOWN_TYPE),
        (b'{"type":"update"}', Reason.MISSING),
        (b'{"login":"1"}', Reason.MISSING),
        (b'{"type":"positions","login":"1","positions":[{"ticket":1}]}', Reason.MISSING),
        (b'{"type":"update","login":"1","equity":"much"}', Reason.WRONG_TYPE),
        (b'{"type":"update","login":"1","equity":1e15}', Reason.OUT_OF_RANGE),
        (b'{"type":"update","login":"1","leverage":-1}', Reason.OUT_OF_RANGE),
        (b'{"type":"update","login":"a b"}', Reason.BAD_LOGIN),
        (b'{"type":"update","login":"1","timestamp":"yesterday"}', Reason.BAD_TIMESTAMP),
        (b'{"type":"update","login":"1","timestamp":"1969-12-31T00:00:00Z"}', Reason.BAD_TIMESTAMP),
        (b'{"type":"update","login":"1","timestamp":"2026-11-23T08:00:01Z"}', Reason.FROM_THE_FUTURE),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
def test_what_the_table_says_is_refused(raw: bytes, reason: Reason) -> None:
    objects, rejected = parse(raw, NOW, LATEST)
    assert objects == []
    assert [one.reason for one in rejected] == [reason]


def test_a_position_that_is_neither_is_of_the_wrong_type() -> None:
    trade = b'{"ticket":1,"symbol":"A","type":"HOLD","volume":1,"openPrice":1,"currentPrice":1,"profit":1}'
    _, (one,) = parse(b'{"type":"positions","login":"1","positions":[' + trade + b"]}", NOW, LATEST)
    assert (one.reason, one.field) == (Reason.WRONG_TYPE, "positions[0].type")


def test_every_command_line_is_understood() -> None:
    (shell,) = blocks(DOCUMENT, "sh")
    parser = Command().create_parser("manage.py", "dead_letters")
    for line in shell.text.splitlines():
        program, command, *arguments = shlex.split(line, comments=True)
        assert (program, command) == ("manage.py", "dead_letters")
        options = vars(parser.parse_args(arguments))
        assert options["reason"] in {None, *Reason}
