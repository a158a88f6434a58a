"""What a terminal says, and when."""

import itertools
import json
import random
from decimal import Decimal
from typing import Any

import pytest

from live.board.rows import Login
from live.feed.simulator.account import Account, Now, Terms
from live.feed.simulator.instruments import INSTRUMENTS, Side
from live.feed.simulator.objects import stamp
from live.feed.simulator.positions import OrderKind, Position
from live.feed.simulator.reports import Reporter
from tests.live.feed.simulator.prices import at, book

D = Decimal
EURUSD = INSTRUMENTS["EURUSD"]
START = 1_763_114_400_000


class Desk:
    """A terminal whose reports are read back."""

    def __init__(self) -> None:
        self.account = Account(Terms(D("10000.00"), credit=D("100.00")), itertools.count(2**53 + 1))
        self.reporter = Reporter(Login("261632689"), self.account, random.Random(1))

    def says(self, seconds: float, price: str = "1.10000") -> list[dict[str, Any]]:
        now = Now(START + int(seconds * 1000), seconds, book(EURUSD=price))
        self.account.settle(now)
        return [json.loads(body, parse_float=Decimal) for body in self.reporter.report(seconds, now)]

    def opens(self, lots: str = "0.10") -> Position:
        position = self.account.open(EURUSD, Side.BUY, D(lots), at())
        assert position is not None
        return position


@pytest.fixture
def desk() -> Desk:
    return Desk()


def kinds(said: list[dict[str, Any]]) -> list[str]:
    return [each["type"] for each in said]


def test_the_first_word_is_a_whole_snapshot(desk: Desk) -> None:
    assert desk.says(0.0) == [
        {
            "type": "account",
            "login": "261632689",
            "timestamp": "2025-11-14T10:00:00.000Z",
            "balance": D("10000.00"),
            "equity": D("10100.00"),
            "profit": D("0.00"),
            "margin": D("0.00"),
            "freeMargin": D("10100.00"),
            "credit": D("100.00"),
            "currency": "USD",
            "leverage": 100,
            "positions": [],
            "orders": [],
        }
    ]


def test_an_opened_position_is_told_with_the_money_that_it_moved(desk: Desk) -> None:
    desk.says(0.0)
    desk.opens()
    positions, update = desk.says(1.0, "1.10010")
    assert positions["positions"] == [
        {
            "ticket": 2**53 + 1,
            "symbol": "EURUSD",
            "type": "BUY",
            "volume": D("0.10"),
            "openPrice": D("1.10000"),
            "currentPrice": D("1.10010"),
            "profit": D("1.00"),
            "swap": D("0.00"),
            "commission": D("-0.70"),
            "openTime": "2025-11-14T10:00:00.000Z",
        }
    ]
    assert {name: update[name] for name in ("type", "profit", "margin")} == {
        "type": "update",
        "profit": D("1.00"),
        "margin": D("110.00"),
    }


def test_an_update_carries_only_the_fields_that_changed(desk: Desk) -> None:
    desk.opens()
    desk.says(0.0)
    [update] = desk.says(5.1, "1.10010")
    assert set(update) == {"type", "login", "timestamp", "equity", "profit", "freeMargin"}


def test_an_update_comes_three_to_five_seconds_after_the_word_before(desk: Desk) -> None:
    desk.opens()
    said = [(tick / 10, kinds(desk.says(tick / 10, f"1.10{tick % 50:03d}"))) for tick in range(600)]
    spoken = [(at, words) for at, words in said if words]
    pauses = [after - before for (before, _), (after, words) in itertools.pairwise(spoken) if words == ["update"]]
    assert len(pauses) > 8
    assert all(2.9 <= pause <= 5.2 for pause in pauses)


def test_while_nothing_changes_there_is_only_the_heartbeat_every_ten_to_thirty_seconds(desk: Desk) -> None:
    said = [(float(second), kinds(desk.says(float(second)))) for second in range(300)]
    beats = [at for at, words in said if words]
    assert {word for _, words in said for word in words} == {"account"}
    assert all(10 <= after - before <= 31 for before, after in itertools.pairwise(beats))


def test_a_closed_position_is_told_at_once_with_a_whole_snapshot(desk: Desk) -> None:
    position = desk.opens()
    desk.says(0.0)
    desk.account.close(position)
    assert kinds(desk.says(0.5)) == ["account"]


def test_a_large_move_is_told_at_once_with_a_whole_snapshot(desk: Desk) -> None:
    desk.opens("1.00")
    desk.says(0.0)
    assert kinds(desk.says(0.5, "1.10150")) == []
    assert kinds(desk.says(1.0, "1.10250")) == ["account"]


def test_pending_orders_are_told_when_they_change(desk: Desk) -> None:
    desk.says(0.0)
    desk.account.place(EURUSD, OrderKind.SELL_LIMIT, D("0.30"), D("1.10900"), at(), D("0.003"))
    [said] = desk.says(1.0, "1.10020")
    assert said["type"] == "orders"
    assert said["orders"] == [
        {
            "ticket": 2**53 + 1,
            "symbol": "EURUSD",
            "type": "SELL_LIMIT",
            "volume": D("0.30"),
            "price": D("1.10900"),
            "currentPrice": D("1.10020"),
            "time": "2025-11-14T10:00:00.000Z",
        }
    ]
    assert desk.says(1.5) == []


def test_no_two_objects_of_a_terminal_have_the_same_timestamp(desk: Desk) -> None:
    desk.says(0.0)
    desk.opens()
    stamps = [each["timestamp"] for each in desk.says(1.0, "1.10010")]
    assert stamps == ["2025-11-14T10:00:01.000Z", "2025-11-14T10:00:01.001Z"]


def test_timestamps_are_utc_in_milliseconds() -> None:
    assert stamp(1_763_114_400_007) == "2025-11-14T10:00:00.007Z"
