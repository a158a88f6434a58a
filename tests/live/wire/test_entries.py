import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.delta import Change, changed_fields
from live.board.rows import Money, Row, Score, Status
from live.board.scoring import MONEY_LIMIT, quantize_money
from live.board.views import ViewState
from live.wire.entries import FIELD_NAMES, Detail, RowEncoder
from tests.live.board.boards import START, a_row

ALICE = replace(
    a_row(17, "2.005"),
    money=Money(
        Decimal("10150.25"),
        Decimal("10200.50"),
        Decimal("150.25"),
        Decimal("110.00000000"),
        Decimal("10090.50"),
        None,
        "USD",
        100,
    ),
    score=Score(Decimal("2.00500000000000000000"), Decimal("0E-8"), Decimal("33.33333333")),
    positions=b'[{"ticket":9007199254740993}]',
    orders=b'[{"ticket":2}]',
    updated_at=START + timedelta(milliseconds=1500),
)
GOLDEN = (
    '{"participantId":"00000000-0000-0000-0000-000000000011","bib":17,"userId":"00000000-0000-0000-0000-0000000003f9",'
    '"userName":"Trader 17","accountLogin":"26017","balance":10150.25,"equity":10200.5,"profit":150.25,'
    '"profitPercentage":2.005,"margin":110.0,"freeMargin":10090.5,"currency":"USD","leverage":100,"drawdown":0.0,'
    '"maxDrawdown":33.33333333,"status":"active","disqualificationReason":null,'
    '"updatedAt":"2026-11-02T08:00:01.500Z","joinedAt":"2026-11-02T08:00:00.000Z","rank":3'
)


def read(encoded: bytes) -> Any:
    return json.loads(encoded)


def entry_of(row: Row) -> Any:
    return read(RowEncoder().entry(row, 1, Detail.OPEN))


@pytest.mark.parametrize(
    ("detail", "end"),
    [
        (Detail.NONE, "}"),
        (Detail.HIDDEN, ',"positions":[],"orders":[]}'),
        (Detail.OPEN, ',"positions":[{"ticket":9007199254740993}],"orders":[{"ticket":2}]}'),
    ],
)
def test_an_entry_is_written_as_the_protocol_says(detail: Detail, end: str) -> None:
    assert RowEncoder().entry(ALICE, 3, detail).decode() == GOLDEN + end


def test_an_entry_has_all_fields_of_the_protocol() -> None:
    assert set(entry_of(ALICE)) == set(FIELD_NAMES)
    assert set(FIELD_NAMES) == {
        *("participantId", "bib", "userId", "userName", "accountLogin", "rank", "balance", "equity", "profit"),
        *("profitPercentage", "margin", "freeMargin", "currency", "leverage", "positions", "orders", "drawdown"),
        *("maxDrawdown", "status", "disqualificationReason", "updatedAt", "joinedAt"),
    }


def test_without_data_everything_unknown_is_null() -> None:
    entry = entry_of(a_row(1, None))
    assert entry["status"] == "no_data"
    unknown = ("rank", "balance", "equity", "profit", "profitPercentage", "drawdown", "maxDrawdown", "updatedAt")
    assert [entry[name] for name in unknown] == [None] * len(unknown)
    assert (entry["positions"], entry["orders"]) == ([], [])


def test_a_disqualified_row_has_its_reason_and_no_rank() -> None:
    identity = replace(ALICE.identity, status=Status.DISQUALIFIED, reason='two "accounts"')
    entry = entry_of(replace(ALICE, identity=identity))
    assert (entry["status"], entry["disqualificationReason"], entry["rank"]) == ("disqualified", 'two "accounts"', None)
    assert entry["profitPercentage"] == 2.005


def test_percentages_are_rounded_to_ten_places_and_never_a_negative_zero() -> None:
    score = Score(Decimal("33.33333333333333333333"), Decimal("-0.00000000000001"), Decimal("0E-8"))
    encoded = RowEncoder().entry(replace(ALICE, score=score), 1, Detail.NONE).decode()
    assert '"profitPercentage":33.3333333333,' in encoded
    assert '"drawdown":0.0,' in encoded


@given(st.decimals(-MONEY_LIMIT + 1, MONEY_LIMIT - 1, places=8).map(quantize_money))
def test_money_is_the_nearest_number(amount: Decimal) -> None:
    entry = entry_of(replace(ALICE, money=replace(ALICE.money, equity=amount)))
    assert entry["equity"] == float(amount)


@given(st.text())
def test_any_name_is_written(name: str) -> None:
    if not name.isascii():
        name = name.encode(errors="replace").decode()
    assert entry_of(replace(ALICE, identity=replace(ALICE.identity, user_name=name)))["userName"] == name


def test_entries_are_ranked_by_their_place_in_the_view() -> None:
    rows = (a_row(4, "2"), a_row(9, "1"), a_row(5, None))
    entries = read(RowEncoder().entries(ViewState(rows, 10, 13), Detail.NONE))
    assert [(entry["bib"], entry["rank"]) for entry in entries] == [(4, 11), (9, 12), (5, None)]


def test_an_empty_view_has_no_entries() -> None:
    assert RowEncoder().entries(ViewState(), Detail.OPEN) == b"[]"


def test_ones_own_lists_are_shown_where_those_of_others_are_hidden() -> None:
    bob = replace(ALICE, identity=a_row(4).identity)
    entries = read(RowEncoder().entries(ViewState((bob, ALICE), 0, 2), Detail.HIDDEN, own=17))
    assert entries[0]["positions"] == []
    assert entries[1]["positions"] == [{"ticket": 9007199254740993}]
    assert [entry["rank"] for entry in entries] == [1, 2]


def test_a_row_that_is_another_object_is_encoded_anew() -> None:
    encoder = RowEncoder()
    encoder.entry(ALICE, 1, Detail.OPEN)
    later = replace(ALICE, money=replace(ALICE.money, equity=Decimal(1)), positions=b"[]")
    assert read(encoder.entry(later, 2, Detail.OPEN))["equity"] == 1.0
    assert read(encoder.entry(later, 2, Detail.OPEN))["positions"] == []


def test_the_encoder_remembers_one_row_for_each_participant() -> None:
    encoder = RowEncoder()
    for equity in range(100):
        encoder.entry(replace(ALICE, money=replace(ALICE.money, equity=Decimal(equity))), 1, Detail.NONE)
    assert len(encoder._known) == 1


def test_a_change_tells_the_changed_fields_and_the_bib() -> None:
    money = replace(ALICE.money, equity=Decimal(10300), profit=None)
    later = replace(ALICE, money=money, updated_at=START)
    changes = (Change(later, changed_fields(ALICE, later)),)
    assert read(RowEncoder().changes(changes)) == [
        {"bib": 17, "equity": 10300.0, "profit": None, "updatedAt": "2026-11-02T08:00:00.000Z"}
    ]


def test_a_row_that_enters_is_told_whole_but_for_rank_and_lists() -> None:
    whole = read(RowEncoder().changes((Change(ALICE, None),)))[0]
    assert set(whole) == set(FIELD_NAMES) - {"rank", "positions", "orders"}


def test_a_change_that_shows_nothing_is_not_told() -> None:
    assert RowEncoder().changes((Change(ALICE, ()), Change(ALICE, ("status",)))) == b'[{"bib":17,"status":"active"}]'
