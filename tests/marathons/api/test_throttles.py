"""Rate limits: the arithmetic, whom they count, and how they are told."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from marathons.api.throttles import Rate, network, parse_rate, spend
from marathons.models import User
from tests.marathons.api.caller import Caller
from tests.marathons.api.conftest import calling


def limit(settings: Settings, **rates: str) -> None:
    given_ = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {**given_, **rates}}


def test_a_period_s_worth_passes_at_once_and_then_one_an_interval() -> None:
    rate, on_time = Rate(3, 60), 0.0
    for _ in range(3):
        verdict = spend(rate, on_time, now=1000)
        assert verdict.wait == 0
        on_time = verdict.on_time
    assert spend(rate, on_time, now=1000).wait == 20
    assert spend(rate, on_time, now=1020).wait == 0


@given(st.lists(st.floats(0, 100), max_size=200), st.integers(1, 20), st.sampled_from([1, 60]))
def test_no_period_lets_twice_the_rate_through(gaps: list[float], requests: int, seconds: int) -> None:
    rate, now, on_time, passed = Rate(requests, seconds), 0.0, 0.0, list[float]()
    for gap in gaps:
        now += gap
        verdict = spend(rate, on_time, now)
        on_time = verdict.on_time
        if verdict.wait == 0:
            passed.append(now)
    for start in passed:
        assert sum(start <= moment < start + seconds for moment in passed) <= 2 * requests


@pytest.mark.parametrize("text", ["", "off", None])
def test_there_may_be_no_limit(text: str | None) -> None:
    assert parse_rate(text) is None


@pytest.mark.parametrize("text", ["many", "5", "5/", "0/min", "-1/s", "5/fortnight", "/min", "1.5/s"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="1200/min"):
        parse_rate(text)


def test_a_host_cannot_escape_through_its_other_addresses() -> None:
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") == "2001:0db8:0001:0002"
    assert network("2001:db8:1:3::9") != network("2001:db8:1:2::9")
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("no address") == "no address"


def test_too_many_requests_are_told_when_to_come_back(anybody: Caller, settings: Settings) -> None:
    limit(settings, anon="2/min")
    assert [anybody.get("marathons").status_code for _ in range(3)] == [200, 200, 429]
    answer = anybody.get("marathons")
    assert list(answer.json()) == ["detail"]
    assert 1 <= int(answer["Retry-After"]) <= 30


def test_users_are_counted_apart_from_each_other_and_from_visitors(
    anybody: Caller, as_alice: Caller, as_bob: Caller, settings: Settings
) -> None:
    limit(settings, anon="1/min", user="2/min")
    assert [as_alice.get("marathons").status_code for _ in range(3)] == [200, 200, 429]
    assert as_bob.get("marathons").status_code == 200
    assert anybody.get("marathons").status_code == 200


def test_being_refused_counts_too(as_charlie: Caller, settings: Settings) -> None:
    limit(settings, user="1/min")
    assert [as_charlie.post("marathons", {}).status_code for _ in range(2)] == [403, 429]


def test_logins_have_a_limit_of_their_own(anybody: Caller, alice: User, settings: Settings) -> None:
    limit(settings, login="1/min")
    credentials = {"email": alice.email, "password": "guess"}
    assert [anybody.post("auth/token", credentials).status_code for _ in range(2)] == [401, 429]
    assert calling(alice).get("marathons").status_code == 200


def test_an_address_that_only_the_client_tells_does_not_count(anybody: Caller, settings: Settings) -> None:
    limit(settings, anon="1/min")
    statuses = [anybody.send("GET", "marathons", **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(2)]
    assert statuses == [200, 429]
