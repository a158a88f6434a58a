"""No secret gets into a log line, whoever writes it and however it looks."""

import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from marathon_site.logs import MASK, logging_config, masked, masked_text

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GET /marathon-live?token=abc&x=1", "GET /marathon-live?token=***&x=1"),
        (
            '"WebSocket /marathon-live?x=1&token=abc.d-e_f" [accepted]',
            '"WebSocket /marathon-live?x=1&token=***" [accepted]',
        ),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("subprotocols ['marathon-live.v1', 'bearer.abc']", "subprotocols ['marathon-live.v1', 'bearer.***']"),
        ('{"event": "authenticate", "data": {"token": "abc"}}', '{"event": "authenticate", "data": {"token": "***"}}'),
        ("{'password': 'p w', 'refresh': 'abc'}", "{'password': '***', 'refresh': '***'}"),
        (f"stray {JWT}, here", "stray ***, here"),
        ("amqp://guest:guest@localhost:5672/", "amqp://guest:***@localhost:5672/"),
        ("redis://:pass@host/0", "redis://:***@host/0"),
        ("accounts of the marathon: 12", "accounts of the marathon: 12"),
        ("token_expiring, token refreshed", "token_expiring, token refreshed"),
    ],
)
def test_a_secret_in_a_text_is_masked(text: str, expected: str) -> None:
    assert masked_text(text) == expected


def test_a_secret_under_a_telling_key_is_masked_at_any_depth() -> None:
    event = {
        "headers": {"Authorization": "x", "Accept": "y"},
        "users": [{"password": "x"}],
        "access": b"x",
        "tokens": 3,
    }
    expected = {
        "headers": {"Authorization": MASK, "Accept": "y"},
        "users": [{"password": MASK}],
        "access": MASK,
        "tokens": 3,
    }
    assert masked(event) == expected


@given(
    st.text(alphabet="abcXYZ019-_.", min_size=8),
    st.sampled_from(["?token={}", "Bearer {}", '"token": "{}"', "x&access={}"]),
)
def test_no_shape_of_a_token_gets_through(token: str, shape: str) -> None:
    assert token not in masked_text(shape.format(token))


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """The JSON lines that were logged, with the process' real configuration written to this test's stderr."""
    logging.config.dictConfig(logging_config("json", "INFO"))
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.config.dictConfig(settings.LOGGING)


def test_a_structlog_line_is_json_with_its_time_and_name(lines: Any) -> None:
    structlog.get_logger("live.feed").info("batch taken", size=12, token="abc")
    (line,) = lines()
    assert (line["event"], line["size"], line["logger"], line["level"]) == ("batch taken", 12, "live.feed", "info")
    assert line["token"] == MASK
    assert line["timestamp"].endswith("Z")


def test_a_library_that_logs_a_token_is_masked_too(lines: Any) -> None:
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" 403', "::1", f"/marathon-live?token={JWT}")
    (line,) = lines()
    assert line["event"] == '::1 - "WebSocket /marathon-live?token=***" 403'


def test_sockets_that_come_and_go_leave_no_lines(lines: Any) -> None:
    server = logging.getLogger("uvicorn.error")
    server.info('%s - "WebSocket %s" [accepted]', "::1", "/marathon-live")
    server.info("connection open")
    server.info("connection closed")
    server.info("Application startup complete.")
    assert [line["event"] for line in lines()] == ["Application startup complete."]


def test_a_line_has_no_second_text_for_terminals(lines: Any) -> None:
    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "\x1b[36mStarted\x1b[0m"})
    (line,) = lines()
    assert line["event"] == "Started"
    assert "color_message" not in line


def test_a_traceback_is_masked_too(lines: Any) -> None:
    try:
        raise ValueError(f"cannot read Bearer {JWT}")
    except ValueError:
        structlog.get_logger("live").exception("failed")
    (line,) = lines()
    assert "ValueError: cannot read Bearer ***" in line["exception"]


def test_a_console_line_shows_a_traceback_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(logging_config("console", "INFO"))
    try:
        raise ValueError("token=abc123")
    except ValueError:
        logging.getLogger("live").exception("failed with token=abc123")
    finally:
        logging.config.dictConfig(settings.LOGGING)
    printed = capsys.readouterr().err
    assert "ValueError" in printed
    assert "abc123" not in printed
