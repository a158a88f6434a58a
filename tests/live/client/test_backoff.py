import pytest

from live.client.backoff import Backoff, Verdict, http_verdict, verdict


@pytest.mark.parametrize(("attempt", "ceiling"), [(0, 2), (1, 4), (3, 16), (4, 20), (100_000, 20)])
def test_each_attempt_doubles_the_ceiling_up_to_20_seconds(attempt: int, ceiling: float) -> None:
    assert Backoff().delay(attempt, lambda: 0.0) == 0.5
    assert Backoff().delay(attempt, lambda: 1.0) == ceiling


def test_a_delay_is_anywhere_between_its_ends() -> None:
    assert Backoff().delay(0, lambda: 0.5) == 1.25


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1012, 4001, 4008, 4012, 4013])
def test_codes_40xx_and_whatever_a_network_does_bring_a_client_back(code: int) -> None:
    assert verdict(code) is Verdict.BACK


@pytest.mark.parametrize("code", [4501, 4503, 4504, 4507, 4509, 4510])
def test_codes_45xx_keep_it_away(code: int) -> None:
    assert verdict(code) is Verdict.STAY


@pytest.mark.parametrize("code", [4005, 4500])
def test_an_expired_and_a_refused_token_ask_for_another_token(code: int) -> None:
    assert verdict(code) is Verdict.TOKEN


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_server_that_is_busy_or_ill_is_tried_again(status: int) -> None:
    assert http_verdict(status) is Verdict.BACK


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_handshake_that_is_refused_for_what_it_is_ends_it(status: int) -> None:
    assert http_verdict(status) is Verdict.STAY
