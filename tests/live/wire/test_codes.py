import pytest

from live.wire.codes import CloseCode, ErrorCode, Retry


def test_every_error_code_has_the_message_existing_clients_match_on() -> None:
    assert ErrorCode.AUTHENTICATION_REQUIRED.message == "Authentication required"
    assert ErrorCode.AUTHENTICATION_FAILED.message == "Authentication failed"
    assert all(code.message for code in ErrorCode)


@pytest.mark.parametrize(
    ("code", "close"),
    [
        ("authentication_required", 4501),
        ("authentication_failed", 4500),
        ("token_expired", 4005),
        ("bad_request", 4510),
        ("marathon_not_found", None),
        ("account_not_found", None),
        ("subscription_limit", None),
        ("rate_limited", 4013),
        ("message_too_large", 4509),
        ("binary_not_supported", 4503),
        ("internal", None),
    ],
)
def test_an_error_closes_with_the_code_of_the_protocol(code: str, close: int | None) -> None:
    assert {error.value: error.close for error in ErrorCode}[code] == close


def test_the_table_of_errors_is_complete() -> None:
    assert len(ErrorCode) == 11


def test_only_repetition_closes_after_a_bad_request_or_too_high_a_rate() -> None:
    patient = {code for code in ErrorCode if code.close and not code.closes_at_once}
    assert patient == {ErrorCode.BAD_REQUEST, ErrorCode.RATE_LIMITED}


def test_codes_of_forty_hundreds_ask_to_come_back_and_others_do_not() -> None:
    assert {code for code in CloseCode if code.reconnect} == {4001, 4005, 4008, 4012, 4013}
    assert {code for code in CloseCode if not code.reconnect} == {1000, 4500, 4501, 4503, 4504, 4507, 4509, 4510}


def test_only_codes_that_every_server_can_send_are_used() -> None:
    assert all(code == 1000 or 4000 <= code <= 4999 for code in CloseCode)


def test_every_close_code_says_what_it_means() -> None:
    assert all(code.meaning for code in CloseCode)


def test_what_may_be_tried_again_is_what_was_not_the_requests_fault() -> None:
    assert {code for code in ErrorCode if code.retry is Retry.LATER} == {ErrorCode.RATE_LIMITED, ErrorCode.INTERNAL}
