"""How log lines look and what never appears in them.

settings.py asks for one dictConfig; every line of the process, ours and the libraries', goes through the same chain, so
that no server or client library can print a token behind our back.
"""

import logging
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
_TELLING = r"token|access|refresh|password|passwd|secret|jwt_secret|authorization|cookie|session_?id|csrf\w*"
_SECRET_KEY = re.compile(rf"(?:.*[_-])?(?:{_TELLING})", re.IGNORECASE)
# Each pattern keeps its first group, so that a line still says what kind of thing stood there.
_SECRET_TEXT = (
    re.compile(r"(\bbearer[ .]\s*)[\w\-.~+/]+=*", re.IGNORECASE),
    re.compile(rf"([?&;\s\"'](?:{_TELLING})=)[^&\s\"'#;]+", re.IGNORECASE),
    re.compile(rf"([\"'](?:{_TELLING})[\"']\s*:\s*[bu]?[\"'])[^\"']+", re.IGNORECASE),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+\.[\w-]*"),  # any JWT, wherever it came from
    re.compile(r"(\b[a-z][\w+.-]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE),  # passwords inside URLs
)


_CONNECTION_LINES = ('%s - "WebSocket %s" [accepted]', "connection open", "connection closed")


def masked_text(text: str) -> str:
    """`text` without the secrets that can be recognised in it."""
    for pattern in _SECRET_TEXT:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def masked(value: object) -> object:
    """The same shape as `value`, with secrets masked in every text and under every telling key."""
    match value:
        case str():
            return masked_text(value)
        case bytes():
            return masked_text(value.decode("utf-8", "replace"))
        case Mapping():
            return {key: MASK if _is_secret(key, item) else masked(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [masked(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return masked_text(str(value))


def _is_secret(key: object, value: object) -> bool:
    return isinstance(key, str) and isinstance(value, str | bytes) and _SECRET_KEY.fullmatch(key) is not None


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The structlog processor: the last one before the renderer, so that tracebacks are masked too."""
    return {key: MASK if _is_secret(key, item) else masked(item) for key, item in event.items()}


def drop_second_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """uvicorn brings each of its texts twice, once for terminals, with codes of colours."""
    event.pop("color_message", None)
    return event


class ConnectionLines(logging.Filter):
    """Leaves out what uvicorn says of every WebSocket that comes and goes; /metrics counts them.

    While thousands join after a restart these lines were a fifth of what joining cost, and buried everything else.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg not in _CONNECTION_LINES


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment: servers and test runners replace it after the configuration was read."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def mask_daphne_access_log() -> None:
    """Daphne writes its access log past the logging module, query strings as they came. Elsewhere nothing is done."""
    access = sys.modules.get("daphne.access")
    if access is None:
        return
    write_entry = access.AccessLogGenerator.write_entry

    def write_masked(self: object, host: str, date: datetime, request: str, **rest: object) -> None:
        write_entry(self, host, date, masked_text(request), **rest)

    access.AccessLogGenerator.write_entry = write_masked


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(log_format: str) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer()
    # In a file or a pipe colours are noise.
    colours = sys.stderr.isatty()
    return structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)


def configure_structlog() -> None:
    """Make structlog's loggers feed the standard library's, where the handlers below stand."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_config(log_format: str, level: str) -> dict[str, Any]:
    """The dictConfig of the process. `log_format` is "json" or "console"; `level` a name of the standard library."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": [*_shared_processors(), structlog.stdlib.ExtraAdder()],
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            drop_second_text,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            mask_secrets,
            _renderer(log_format),
        ],
    }
    ours = {"handlers": ["stderr"], "level": level, "propagate": False}
    quiet = {**ours, "level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "filters": {"connection_lines": {"()": ConnectionLines}},
        "handlers": {"stderr": {"()": StderrHandler, "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        # These bring handlers of their own, which print query strings as they are, tokens included.
        "loggers": {
            **{name: ours for name in ("django", "uvicorn", "daphne")},  # noqa: C420 - never changed
            "uvicorn.error": {**ours, "filters": ["connection_lines"]},
            # One line a request is written by django-structlog; the servers' own would double it.
            **{name: quiet for name in ("uvicorn.access", "django.server")},  # noqa: C420 - never changed
            # Four lines of errors for every attempt to connect; the worker says once that and why the feed is lost.
            "pika": {**ours, "level": "CRITICAL"},
        },
    }
