"""The log says that objects are refused, and is not filled by them."""

import pytest

from live.feed.objects import Reason, Rejected
from live.feed.rejects import MOST_KINDS, RejectLog


class Seconds:
    """A clock that tests move."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_kind_is_told_once_and_then_once_a_minute_with_a_count(caplog: pytest.LogCaptureFixture) -> None:
    seconds = Seconds()
    log = RejectLog(seconds)
    for _ in range(5_000):
        log.note("q", [Rejected(Reason.NOT_JSON, "", b"secret")])
    assert len(caplog.records) == 1
    seconds.now = 60.0
    log.note("q", [Rejected(Reason.NOT_JSON, "", b"secret")])
    assert len(caplog.records) == 2
    assert "'count': 5000" in caplog.text
    assert "secret" not in caplog.text


def test_different_kinds_are_told_apart_but_not_by_their_place_in_a_list(caplog: pytest.LogCaptureFixture) -> None:
    log = RejectLog(Seconds())
    fields = ["equity", "positions[0].ticket", "positions[1].ticket"]
    log.note("q", [Rejected(Reason.WRONG_TYPE, field, b"") for field in fields])
    assert len(caplog.records) == 2


def test_kinds_without_number_are_one_kind_more(caplog: pytest.LogCaptureFixture) -> None:
    log = RejectLog(Seconds())
    log.note("q", [Rejected(Reason.WRONG_TYPE, f"field{number}", b"") for number in range(10_000)])
    assert len(caplog.records) == MOST_KINDS + 1
