"""Many terminals on one clock."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice, pairwise, takewhile
from typing import Any

import pytest

from live.board.rows import Login
from live.feed.messages import parse
from live.feed.objects import micros
from live.feed.simulator.fleet import Fleet, FleetPlan, Member, Report, members
from live.feed.simulator.traders import STYLES

D = Decimal
START = datetime(2025, 11, 14, 10, tzinfo=UTC)


def plan(count: int = 40, **changed: Any) -> FleetPlan:
    return replace(FleetPlan(members(261_600_001, count), START, seed=5), **changed)


def reports(count: int = 40, **changed: Any) -> Iterator[Report]:
    return Fleet(plan(count, **changed)).reports(START)


def seconds_of(seconds: float, count: int = 40, **changed: Any) -> list[Report]:
    return list(takewhile(lambda report: report.due < seconds, reports(count, **changed)))


def loaded(some: list[Report]) -> list[dict[str, Any]]:
    return [json.loads(report.body, parse_float=Decimal) for report in some]


def test_the_same_plan_says_the_same_words_and_another_seed_others() -> None:
    assert seconds_of(60) == seconds_of(60)
    assert seconds_of(60) != seconds_of(60, seed=6)


def test_every_account_reports_a_whole_snapshot_before_anything_else() -> None:
    first: dict[str, str] = {}
    for said in loaded(seconds_of(5, 100)):
        first.setdefault(said["login"], said["type"])
    assert first == {str(261_600_001 + index): "account" for index in range(100)}


def test_all_four_types_come_and_most_of_them_are_updates() -> None:
    kinds = Counter(said["type"] for said in loaded(seconds_of(120, speed=30.0)))
    assert set(kinds) == {"account", "update", "positions", "orders"}
    assert kinds.most_common(1)[0][0] == "update"


def test_the_natural_cadence_is_that_of_a_contest() -> None:
    said = len(seconds_of(60, 100))
    assert 10 * 60 <= said <= 60 * 60


def test_a_rate_is_kept_to_the_object_whatever_the_traders_do() -> None:
    for rate in (3.0, 250.0, 4_000.0):
        dues = [report.due for report in islice(reports(rate=rate), 400)]
        assert dues == [number / rate for number in range(400)]


def test_reports_come_in_the_order_of_their_due_times() -> None:
    for rate in (None, 700.0):
        dues = [report.due for report in islice(reports(rate=rate), 2_000)]
        assert all(before <= after for before, after in pairwise(dues))


def test_an_account_never_has_the_same_timestamp_twice_and_never_goes_back() -> None:
    stamps = defaultdict(list)
    for said in loaded(list(islice(reports(10, rate=3_000.0), 5_000))):
        stamps[said["login"]].append(said["timestamp"])
    assert all(before < after for each in stamps.values() for before, after in pairwise(each))


def test_timestamps_are_the_time_at_which_a_report_is_due_however_fast_the_market_runs() -> None:
    for report in islice(reports(speed=500.0), 1_000):
        stamp = datetime.fromisoformat(json.loads(report.body)["timestamp"])
        assert (
            timedelta(0)
            <= stamp - (START + timedelta(seconds=math.floor(report.due * 1000) / 1000))
            <= timedelta(milliseconds=20)
        )


def test_what_is_said_adds_up() -> None:
    state: dict[str, dict[str, Any]] = defaultdict(dict)
    for said in loaded(seconds_of(120, speed=200.0)):
        now = state[said["login"]]
        now |= said
        assert now["freeMargin"] == now["equity"] - now["margin"]
        assert now["equity"] == now["balance"] + now["credit"] + now["profit"]
        if said["type"] == "account":
            held = said["positions"]
            assert said["profit"] == sum((each["profit"] + each["swap"] for each in held), D(0))


def test_no_two_positions_or_orders_share_a_ticket_and_tickets_need_more_than_32_bits() -> None:
    owners: dict[int, str] = {}
    for said in loaded(seconds_of(120, speed=200.0)):
        for each in said.get("positions", []) + said.get("orders", []):
            assert owners.setdefault(each["ticket"], said["login"]) == said["login"]
            assert each["ticket"] > 2**32
    assert len(owners) > 40


def test_the_worker_understands_every_word() -> None:
    later = micros(START + timedelta(days=1))
    for report in seconds_of(60, speed=100.0):
        [understood], rejected = parse(report.body, later, later)
        assert rejected == []
        assert understood.login == Login(json.loads(report.body)["login"])


def test_a_hundred_accounts_have_all_styles_in_their_shares() -> None:
    fleet = Fleet(plan(100, warm_up=0.0))
    styles = Counter(terminal._style.name for terminal in fleet._terminals)
    assert styles == {style.name: style.share for style in STYLES}


def test_an_account_starts_with_the_deposit_that_it_is_given() -> None:
    fleet = [Member(Login(f"7{number}"), D("12345.00")) for number in range(30)]
    first = loaded(list(islice(reports(members=fleet, warm_up=0.0), 30)))
    assert {said["balance"] for said in first} <= {D("12345.00"), D("154.31")}  # or is blown


def test_most_accounts_are_kept_in_dollars_and_some_in_euros() -> None:
    currencies = Counter(said["currency"] for said in loaded(list(islice(reports(80), 80))))
    assert set(currencies) == {"USD", "EUR"}
    assert currencies["USD"] > currencies["EUR"]


def test_a_fleet_has_traded_before_its_first_word() -> None:
    first = loaded(list(islice(reports(100), 100)))
    assert sum(1 for said in first if said["positions"]) > 20
    opened = [each["openTime"] for said in first for each in said["positions"]]
    assert min(opened) < "2025-11-14T08"


def test_swaps_are_booked_when_the_market_sleeps() -> None:
    swaps = [each["swap"] for said in loaded(seconds_of(60, speed=5_000.0)) for each in said.get("positions", [])]
    assert any(swaps)


@pytest.mark.parametrize("count", [1, 7])
def test_a_small_fleet_reports_too(count: int) -> None:
    assert {said["login"] for said in loaded(seconds_of(31, count))} == {
        str(261_600_001 + index) for index in range(count)
    }
