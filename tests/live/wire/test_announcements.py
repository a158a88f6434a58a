from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live.board.rows import MarathonId, Row, Status
from live.wire.announcements import (
    Announcement,
    FeedState,
    Told,
    UnreadableError,
    decode_announcement,
    decode_told,
    encode,
)
from live.wire.outbound import FeedStatus
from tests.live.board.boards import START, a_row, row_sets

MARATHON = MarathonId(UUID("6b7f5a52-92bb-4a3c-8d8b-0f0a3a2e9c11"))


@given(st.none() | row_sets())
def test_an_announcement_arrives_as_it_was_sent(rows: list[Row] | None) -> None:
    sent = Announcement("a1b2c3d4", MARATHON, 7, 9, None if rows is None else tuple(rows))
    assert decode_announcement(encode(sent)) == sent


def test_amounts_and_times_arrive_digit_for_digit() -> None:
    row = a_row(1, "12345678901234567890.12345678901234567890", "99.12345678")
    row = replace(row, updated_at=START + timedelta(microseconds=123456))
    row = replace(row, money=replace(row.money, equity=Decimal("999999999999999.12345678"), balance=Decimal("0E-8")))
    (read,) = decode_announcement(encode(Announcement("e", MARATHON, 1, 2, (row,)))).rows or ()
    assert read == row
    assert str(read.money.equity) == "999999999999999.12345678"
    assert read.updated_at is not None
    assert read.updated_at == row.updated_at
    assert read.updated_at.utcoffset() == timedelta(0)


def test_a_row_arrives_with_its_types() -> None:
    row = replace(a_row(1), identity=replace(a_row(1).identity, status=Status.DISQUALIFIED, reason="two accounts"))
    (read,) = decode_announcement(encode(Announcement("e", MARATHON, 1, 2, (row,)))).rows or ()
    assert read.status is Status.DISQUALIFIED
    assert isinstance(read.identity.participant_id, UUID)
    assert read.positions == b"[]"


@pytest.mark.parametrize("status", list(FeedStatus))
def test_what_the_worker_tells_arrives_as_it_was_sent(status: FeedStatus) -> None:
    sent = Told("a1b2c3d4", {MARATHON: 9}, FeedState(status, START))
    assert decode_told(encode(sent)) == sent
    assert decode_told(encode(Told("e", {}, FeedState(status)))).feed.updated_at is None


@pytest.mark.parametrize("body", [b"", b"\xc1", b"\x80", b'{"epoch":"e"}', b"\x93\x01\x02\x03"])
def test_what_is_no_announcement_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode_announcement(body)
    with pytest.raises(UnreadableError):
        decode_told(body)


@given(st.binary())
def test_any_bytes_are_an_announcement_or_refused(body: bytes) -> None:
    try:
        decode_announcement(body)
    except UnreadableError:
        return


def test_a_row_with_an_amount_that_is_none_is_refused() -> None:
    sent = encode(Announcement("e", MARATHON, 1, 2, (a_row(1, "5"),)))
    with pytest.raises(UnreadableError):
        decode_announcement(sent.replace(b"10500", b"1o500"))


def test_fields_that_a_later_version_adds_are_ignored() -> None:
    body = msgspec.msgpack.decode(encode(Announcement("e", MARATHON, 1, 2)))
    assert decode_announcement(msgspec.msgpack.encode({**body, "later": 1})) == Announcement("e", MARATHON, 1, 2)
