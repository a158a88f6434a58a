"""Whatever is sent, the answer says what is wrong with it; nothing ends in a 5xx."""

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ParseError

from marathons.api.parsing import JSONBody, JSONList, parse_json
from marathons.models import Marathon
from tests.marathons.api.caller import Caller

NEW = {"name": "Spring", "startsAt": "2026-03-01T09:00:00Z", "endsAt": "2026-03-31T21:00:00Z"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"name": "a", "name": "b"}',
        b'{"rules": {"minTrades": 1, "minTrades": 2}}',
        b'{"maxPlayers": ' + b"9" * 5000 + b"}",
        b'{"entryFee": 1e999999999999999999999}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'"\x01"',
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_json(body)


def test_numbers_keep_every_digit() -> None:
    assert parse_json(b"[0.1, 1e2, 12345678901234567890, 5]") == [
        Decimal("0.1"),
        Decimal("1e2"),
        12345678901234567890,
        5,
    ]


def test_a_byte_order_mark_does_not_matter() -> None:
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'"x"', b"null", b"true", b"[1]"])
def test_a_body_that_is_no_object_is_refused_in_words(as_sam: Caller, body: bytes) -> None:
    answer = as_sam.send("POST", "marathons", body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["detail"]


def test_no_body_counts_as_an_empty_object(as_sam: Caller) -> None:
    answer = as_sam.post("marathons")
    assert answer.status_code == 400
    assert set(answer.json()) == {"name", "startsAt", "endsAt"}


def test_a_body_that_is_too_long_is_not_read(as_sam: Caller) -> None:
    answer = as_sam.send("POST", "marathons", b" " * (JSONBody.longest + 1))
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


def test_entry_lists_may_be_longer_than_other_bodies(as_sam: Caller, public_marathon: Marathon) -> None:
    path = f"marathons/{public_marathon.pk}/participants"
    assert as_sam.send("POST", path, b" " * JSONBody.longest + b"[]").json() == {
        "detail": "A list has 1 to 10000 entries."
    }
    assert as_sam.send("POST", path, b" " * (JSONList.longest + 1)).status_code == 413


def test_only_json_is_read(as_sam: Caller) -> None:
    answer = as_sam._client.post("/apiv1/marathons", {"name": "x"})
    assert (answer.status_code, list(answer.json())) == (415, ["detail"])


def test_unknown_fields_are_ignored(as_sam: Caller) -> None:
    assert (
        as_sam.post("marathons", {**NEW, "colour": "red", "stamp": 9, "id": "x", "currentPlayers": 5}).status_code
        == 201
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", "  "),
        ("name", 5),
        ("name", ["x"]),
        ("name", "x" * 201),
        ("name", "nul\0"),
        ("name", "half \ud800 a character"),
        ("description", "x" * 10_001),
        ("startsAt", None),
        ("startsAt", 1767600000),
        ("startsAt", "tomorrow"),
        ("startsAt", "2026-01-05"),
        ("startsAt", "2026-02-30T00:00:00Z"),
        ("startsAt", "0001-01-01T00:00:00+14:00"),
        ("startsAt", "1999-12-31T23:59:59Z"),
        ("endsAt", "9999-12-31T23:59:59-14:00"),
        ("endsAt", "2200-01-01T00:00:00Z"),
        ("visibility", "secret"),
        ("visibility", ["public"]),
        ("visibility", {"a": 1}),
        ("positionsVisibility", None),
        ("initialBalance", "10000"),
        ("initialBalance", 0),
        ("initialBalance", 0.009),
        ("initialBalance", -1),
        ("initialBalance", True),
        ("initialBalance", 10**15),
        ("initialBalance", 10**400),
        ("initialBalance", 1e300),
        ("initialBalance", [1]),
        ("entryFee", -0.01),
        ("maxPlayers", 0),
        ("maxPlayers", 1.5),
        ("maxPlayers", 2**31),
        ("maxPlayers", 1e300),
        ("maxPlayers", "5"),
        ("maxPlayers", True),
        ("rules.minTrades", -1),
        ("rules.maxDrawdownPercent", 100.00000001),
        ("rules.minProfitPercent", "much"),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(as_sam: Caller, field: str, value: Any) -> None:
    outer, _, inner = field.partition(".")
    answer = as_sam.post("marathons", {**NEW, outer: {inner: value} if inner else value})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert all(isinstance(message, str) for message in answer.json()[field])


@pytest.mark.parametrize("rules", [None, [], "none", 5])
def test_rules_are_an_object(as_sam: Caller, rules: Any) -> None:
    answer = as_sam.post("marathons", {**NEW, "rules": rules})
    assert (answer.status_code, list(answer.json())) == (400, ["rules"])


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (b"0.30000000000000004", "0.3"),
        (b"1e-300", "0"),
        (b"-0.0", "0"),
        (b"1E+2", "100"),
        (b"999999999999999", "999999999999999"),
        (b"0.123456785", "0.12345678"),
    ],
)
def test_an_amount_is_rounded_to_what_is_kept(as_sam: Caller, sent: bytes, stored: str) -> None:
    times = b'"startsAt": "2026-03-01T09:00:00Z", "endsAt": "2026-03-31T21:00:00Z"'
    answer = as_sam.send("POST", "marathons", b'{"name": "x", "entryFee": ' + sent + b", " + times + b"}")
    assert answer.status_code == 201
    assert answer.json()["entryFee"] == float(stored)
    assert Marathon.objects.get().entry_fee == Decimal(stored)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-03-01T09:00:00", "2026-03-01T09:00:00.000Z"),
        ("2026-03-01 09:00:00+02:00", "2026-03-01T07:00:00.000Z"),
        ("2026-03-01t09:00:00.123456z", "2026-03-01T09:00:00.123Z"),
        ("2026-03-01T09:00Z", "2026-03-01T09:00:00.000Z"),
    ],
)
def test_times_are_shown_in_utc_with_milliseconds(as_sam: Caller, sent: str, shown: str) -> None:
    assert as_sam.post("marathons", {**NEW, "startsAt": sent}).json()["startsAt"] == shown


def test_a_whole_number_may_be_written_with_a_point(as_sam: Caller) -> None:
    assert as_sam.post("marathons", {**NEW, "maxPlayers": 5.0}).json()["maxPlayers"] == 5


@pytest.mark.parametrize("login", ["", " ", "a b", "1\n", "é", "x" * 33, 0, -1, 10**19, 1.5, True, None, ["1"], "\0"])
def test_a_login_is_a_short_word(as_sam: Caller, public_marathon: Marathon, login: Any) -> None:
    answer = as_sam.post(
        f"marathons/{public_marathon.pk}/participants", {"email": "x@example.com", "accountLogin": login}
    )
    assert (answer.status_code, list(answer.json())) == (400, ["accountLogin"])


@pytest.mark.parametrize("email", ["", "x", "x@", "x\0@example.com", "x" * 250 + "@example.com", 5, None, {}])
def test_an_address_has_to_be_one(as_sam: Caller, public_marathon: Marathon, email: Any) -> None:
    answer = as_sam.post(f"marathons/{public_marathon.pk}/participants", {"email": email, "accountLogin": "1"})
    assert (answer.status_code, list(answer.json())) == (400, ["email"])
