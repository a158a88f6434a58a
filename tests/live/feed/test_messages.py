"""docs/FEED.md, sentence by sentence: what is accepted, as what, and what is refused with which reason."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from live.feed.messages import BODY_LIMIT, OBJECT_LIMIT, parse
from live.feed.objects import Carried, FeedObject, Kind, Reason, Rejected

RECEIVED = 1_763_114_400_000_000  # 2025-11-14T10:00:00Z
LATEST = RECEIVED + 86_400_000_000

POSITION = {
    "ticket": 2**53 + 1,
    "symbol": "EURUSD",
    "type": "BUY",
    "volume": 0.1,
    "openPrice": 1.1,
    "currentPrice": 1.105,
    "profit": 50,
}
ORDER = {"ticket": 7, "symbol": "XAUUSD", "type": "SELL_STOP_LIMIT", "volume": 1, "price": 2300.5, "currentPrice": 2350}


def body(**fields: Any) -> bytes:
    return json.dumps({"type": "account", "login": "261632689", **fields}).encode()


def accepted(raw: bytes) -> FeedObject:
    objects, rejected = parse(raw, RECEIVED, LATEST)
    assert rejected == []
    (one,) = objects
    return one


def refused(raw: bytes) -> tuple[Reason, str]:
    objects, rejected = parse(raw, RECEIVED, LATEST)
    assert objects == []
    (one,) = rejected
    return one.reason, one.field


def test_an_account_snapshot_is_taken_whole() -> None:
    one = accepted(
        b'{"type":"account","login":"261632689","balance":10150.25,"equity":10200.50,"profit":150.25,"margin":500.00,'
        b'"freeMargin":9700.50,"credit":0,"currency":"USD","leverage":100,"positions":[],"orders":[],'
        b'"timestamp":"2025-11-14T09:59:58.123Z"}'
    )
    assert one.kind is Kind.ACCOUNT
    assert one.login == "261632689"
    assert one.stamp == RECEIVED - 1_877_000
    money = one.carried
    assert (money.balance, money.equity, money.profit) == (Decimal("10150.25"), Decimal("10200.5"), Decimal("150.25"))
    assert (money.margin, money.free_margin, money.credit) == (Decimal(500), Decimal("9700.5"), Decimal(0))
    assert (money.currency, money.leverage, money.positions, money.orders) == ("USD", 100, b"[]", b"[]")


def test_decimals_come_through_digit_for_digit() -> None:
    assert str(accepted(body(balance="0.1")).carried.balance) == "0.10000000"
    assert str(accepted(b'{"type":"update","login":"1","balance":123456789012345.12345678}').carried.balance) == (
        "123456789012345.12345678"
    )


def test_an_integer_login_is_its_decimal_text() -> None:
    assert accepted(body(login=261632689)).login == "261632689"


def test_numbers_may_come_as_strings() -> None:
    one = accepted(body(balance="10000.50", leverage="500", positions=[{**POSITION, "volume": "0.10", "ticket": "12"}]))
    assert one.carried.balance == Decimal("10000.5")
    assert one.carried.leverage == 500
    assert json.loads(one.carried.positions or b"")[0]["volume"] == 0.1


@pytest.mark.parametrize("spelling", ["freeMargin", "free_margin", "marginFree"])
def test_free_margin_has_several_spellings(spelling: str) -> None:
    assert accepted(body(**{spelling: 5})).carried.free_margin == 5


@pytest.mark.parametrize("spelling", ["accountLogin", "account_login"])
def test_login_has_several_spellings(spelling: str) -> None:
    raw = json.dumps({"type": "update", spelling: 42, "equity": 1}).encode()
    assert accepted(raw).login == "42"


def test_the_name_of_the_contract_wins_over_other_spellings() -> None:
    assert accepted(body(freeMargin=1, free_margin=2, marginFree=3)).carried.free_margin == 1
    assert accepted(body(accountLogin="other")).login == "261632689"


def test_what_is_absent_is_not_said() -> None:
    assert set(astuple(accepted(body()).carried)) == {None}


def test_null_is_unknown_and_counted() -> None:
    one = accepted(body(balance=None, positions=None, currency=None, equity=5))
    assert one.carried == Carried(equity=Decimal(5))
    assert one.unknowns == 3


def test_unknown_fields_are_ignored() -> None:
    assert accepted(body(server="Demo", nested={"a": [{}]})).carried.balance is None


def test_each_type_carries_its_own_groups() -> None:
    everything = {"equity": 5, "currency": "USD", "leverage": 10, "positions": [POSITION], "orders": [ORDER]}
    update = accepted(body(type="update", **everything)).carried
    positions = accepted(body(type="positions", **everything)).carried
    orders = accepted(body(type="orders", **everything)).carried
    assert positions == Carried(positions=update.positions)
    assert orders == Carried(orders=update.orders)
    assert None not in (update.equity, update.currency, update.leverage, update.positions, update.orders)


def test_trades_are_written_in_one_canonical_form() -> None:
    shuffled = dict(reversed(POSITION.items()), swap=None, comment="dropped")
    assert accepted(body(positions=[shuffled])).carried.positions == (
        b'[{"currentPrice":1.105,"openPrice":1.1,"profit":50.0,"symbol":"EURUSD","ticket":9007199254740993,'
        b'"type":"BUY","volume":0.1}]'
    )
    assert accepted(body(orders=[ORDER])).carried.orders == (
        b'[{"currentPrice":2350.0,"price":2300.5,"symbol":"XAUUSD","ticket":7,"type":"SELL_STOP_LIMIT","volume":1.0}]'
    )


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2025-11-14T10:00:00Z", 0),
        ("2025-11-14T10:00:00.5Z", 500_000),
        ("2025-11-14T10:00:00.123456789Z", 123_456),
        ("2025-11-14T19:00:00+09:00", 0),
        ("2025-11-14T05:30:00-0430", 0),
        ("2025-11-14T10:00:00", 0),
        ("2025-11-14 10:00:01+00:00", 1_000_000),
    ],
)
def test_timestamps_have_any_offset_and_fraction(text: str, micros: int) -> None:
    assert accepted(body(timestamp=text)).stamp == RECEIVED + micros


@pytest.mark.parametrize("fields", [{}, {"timestamp": None}])
def test_without_a_timestamp_the_time_of_receipt_counts(fields: dict[str, Any]) -> None:
    assert accepted(body(**fields)).stamp == RECEIVED


def test_a_timestamp_may_be_ahead_by_the_allowed_skew_and_no_further() -> None:
    at_limit = datetime.fromtimestamp(LATEST / 1e6, UTC)
    assert accepted(body(timestamp=at_limit.isoformat())).stamp == LATEST
    assert refused(body(timestamp="2025-11-15T10:00:00.000001Z")) == (Reason.FROM_THE_FUTURE, "timestamp")


def test_nor_is_one_whose_header_says_so() -> None:
    objects, rejected = parse(body(), LATEST + 1, LATEST)
    assert (objects, [one.reason for one in rejected]) == ([], [Reason.FROM_THE_FUTURE])


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2025-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00+23:00"]
)
def test_a_timestamp_that_is_none_is_refused(text: str) -> None:
    assert refused(body(timestamp=text)) == (Reason.BAD_TIMESTAMP, "timestamp")


@pytest.mark.parametrize(
    ("raw", "reason", "field"),
    [
        (b"", Reason.EMPTY, ""),
        (b" \n \n", Reason.EMPTY, ""),
        (b"hello", Reason.NOT_JSON, ""),
        (b'{"type":"account","login":"1"', Reason.NOT_JSON, ""),
        (b'{"type":"account","login":"1","equity":NaN}', Reason.NOT_JSON, ""),
        (b'{"type":"account","login":"1","zz":"\xff"}', Reason.NOT_UTF8, ""),
        (b'{"type":"account","login":"\xff"}', Reason.NOT_UTF8, ""),
        (b'[{"type":"account","login":"1"}]', Reason.NOT_AN_OBJECT, ""),
        (b"5", Reason.NOT_AN_OBJECT, ""),
        (b'"account"', Reason.NOT_AN_OBJECT, ""),
        (b"null", Reason.NOT_AN_OBJECT, ""),
        (b'{"login":"1"}', Reason.MISSING, "type"),
        (b'{"type":"account"}', Reason.MISSING, "login"),
        (b'{"type":"deal","login":"1"}', Reason.UNKNOWN_TYPE, "type"),
        (b'{"type":null,"login":"1"}', Reason.WRONG_TYPE, "type"),
        (body(login=True), Reason.WRONG_TYPE, "login"),
        (body(login=None), Reason.WRONG_TYPE, "login"),
        (body(login=""), Reason.BAD_LOGIN, "login"),
        (body(login="26 16"), Reason.BAD_LOGIN, "login"),
        (body(login="1\u0000"), Reason.BAD_LOGIN, "login"),
        (body(login="1" * 33), Reason.BAD_LOGIN, "login"),
        (body(equity=True), Reason.WRONG_TYPE, "equity"),
        (body(equity="much"), Reason.WRONG_TYPE, "equity"),
        (body(equity=[1]), Reason.WRONG_TYPE, "equity"),
        (body(equity="NaN"), Reason.OUT_OF_RANGE, "equity"),
        (body(profit="sNaN"), Reason.OUT_OF_RANGE, "profit"),
        (body(freeMargin="-Infinity"), Reason.OUT_OF_RANGE, "freeMargin"),
        (b'{"type":"account","login":"1","balance":1e400}', Reason.OUT_OF_RANGE, "balance"),
        (body(margin=10**15), Reason.OUT_OF_RANGE, "margin"),
        (b'{"type":"update","login":"1","margin":999999999999999.999999999}', Reason.OUT_OF_RANGE, "margin"),
        (body(leverage=-1), Reason.OUT_OF_RANGE, "leverage"),
        (body(leverage=2**31), Reason.OUT_OF_RANGE, "leverage"),
        (body(leverage=1.5), Reason.WRONG_TYPE, "leverage"),
        (body(currency=5), Reason.WRONG_TYPE, "currency"),
        (body(currency=""), Reason.OUT_OF_RANGE, "currency"),
        (body(currency="U\u0000D"), Reason.OUT_OF_RANGE, "currency"),
        (body(timestamp=1_763_114_400), Reason.WRONG_TYPE, "timestamp"),
        (body(positions={}), Reason.WRONG_TYPE, "positions"),
        (body(positions=[5]), Reason.WRONG_TYPE, "positions[0]"),
        (body(positions=[{**POSITION, "type": "HOLD"}]), Reason.WRONG_TYPE, "positions[0].type"),
        (body(positions=[POSITION, {**POSITION, "ticket": "x"}]), Reason.WRONG_TYPE, "positions[1].ticket"),
        (body(positions=[{**POSITION, "ticket": -1}]), Reason.OUT_OF_RANGE, "positions[0].ticket"),
        (body(positions=[{**POSITION, "ticket": 2**64}]), Reason.OUT_OF_RANGE, "positions"),
        (body(positions=[{**POSITION, "volume": "NaN"}]), Reason.OUT_OF_RANGE, "positions[0].volume"),
        (body(positions=[{**POSITION, "symbol": "\u0000"}]), Reason.OUT_OF_RANGE, "positions"),
        (body(positions=[{"ticket": 1}]), Reason.MISSING, "positions[0].currentPrice"),
        (body(orders=[{**ORDER, "type": "BUY"}]), Reason.WRONG_TYPE, "orders[0].type"),
        (body(zz=0).replace(b"0}", b"[" * 100_000 + b"]" * 100_000 + b"}"), Reason.TOO_DEEP, ""),
        (body(zz="x" * OBJECT_LIMIT), Reason.TOO_LARGE, ""),
        (b"[" * (BODY_LIMIT + 1), Reason.TOO_LARGE, ""),
    ],
)
def test_what_breaks_the_contract_is_refused_with_the_reason(raw: bytes, reason: Reason, field: str) -> None:
    assert refused(raw) == (reason, field)


def test_an_object_of_the_largest_size_is_taken() -> None:
    padding = OBJECT_LIMIT - len(body(zz=""))
    assert accepted(body(zz="x" * padding)).login == "261632689"


def test_a_batch_is_one_object_a_line() -> None:
    raw = b"\n".join([body(login="1"), b"", body(login="2") + b"\r", body(login="3"), b""])
    objects, rejected = parse(raw, RECEIVED, LATEST)
    assert [one.login for one in objects] == ["1", "2", "3"]
    assert rejected == []


BAD_LINES = [
    b"garbage",
    b"\xff\xfe",
    b"[1]",
    b"5",
    b'{"type":"deal","login":"1"} more',
    b'{"type":5,',
    b"x" * OBJECT_LIMIT + b"x",
]


@pytest.mark.parametrize("bad", BAD_LINES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_object_leaves_its_batch_mates_alone(bad: bytes, place: int) -> None:
    lines = [body(login="1"), body(login="2")]
    lines.insert(place, bad)
    objects, rejected = parse(b"\n".join(lines), RECEIVED, LATEST)
    assert [one.login for one in objects] == ["1", "2"]
    assert [one.raw for one in rejected] == [bad]


def test_an_object_may_be_written_over_several_lines() -> None:
    raw = json.dumps({"type": "account", "login": "1", "positions": [POSITION]}, indent=2).encode()
    assert accepted(raw).carried.positions is not None


def test_a_bad_object_over_several_lines_is_refused_once() -> None:
    raw = json.dumps({"type": "account", "login": "1", "equity": "much"}, indent=2).encode()
    assert refused(raw) == (Reason.WRONG_TYPE, "equity")


def test_a_refused_object_keeps_its_bytes() -> None:
    _, rejected = parse(b"garbage", RECEIVED, LATEST)
    assert rejected == [Rejected(Reason.NOT_JSON, "", b"garbage")]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_whatever_raise(raw: bytes) -> None:
    objects, rejected = parse(raw, RECEIVED, LATEST)
    assert objects or rejected


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["NaN", "1e999", "-0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = ["type", "login", "balance", "equity", "credit", "currency", "leverage", "positions", "orders", "timestamp"]


@given(st.dictionaries(st.sampled_from(FIELDS), json_values), st.booleans())
def test_no_value_whatever_gets_through_as_something_that_cannot_be_stored(fields: dict[str, Any], typed: bool) -> None:
    named = {**fields, "type": "account", "login": "1"} if typed else fields
    objects, rejected = parse(json.dumps(named).encode(), RECEIVED, LATEST)
    assert len(objects) + len(rejected) == 1
    for one in objects:
        amounts = [value for value in astuple(one.carried) if isinstance(value, Decimal)]
        assert all(value.is_finite() and abs(value) < 10**15 for value in amounts)
        assert 0 <= one.stamp <= LATEST
