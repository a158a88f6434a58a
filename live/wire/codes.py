"""The error codes and close codes of protocol version 1: what each means, and whether coming back makes sense.

These two tables are the only place that knows them; docs/PROTOCOL.md is held against them by a test.
"""

from enum import IntEnum, StrEnum

BAD_REQUESTS_IN_A_ROW = 10
"""So many bad requests without a good one in between close the connection."""


class CloseCode(IntEnum):
    """Why a connection was closed. 40xx: come back; 45xx: do not come back without a change."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> "CloseCode":
        code = int.__new__(cls, number)
        code._value_ = number
        code.meaning = meaning
        return code

    NORMAL = 1000, "done, nothing is wrong"
    GOING_AWAY = 4001, "server is going away; `bye` said when to come back"
    TOKEN_EXPIRED = 4005, "token expired and was not renewed"
    TOO_SLOW = 4008, "client does not read what it is sent"
    NO_PONG = 4012, "no answer to pings"
    RATE = 4013, "too many messages, in spite of warnings"
    BAD_TOKEN = 4500, "token is not valid"
    NO_TOKEN = 4501, "no token"
    BINARY = 4503, "binary message"
    TOO_MANY_CONNECTIONS = 4504, "too many connections"
    NOT_ALLOWED = 4507, "not allowed any more"
    TOO_LARGE = 4509, "message too large"
    TOO_MANY_ERRORS = 4510, "too many bad requests"

    @property
    def reconnect(self) -> bool:
        """Whether a client should connect again by itself, after a random wait."""
        return 4000 <= self < 4500


class Retry(StrEnum):
    """What a client can do about an error."""

    CHANGED = "only with another request or token"
    NEW_TOKEN = "with a new token"  # noqa: S105 - an advice, not a token
    LATER = "the same again, later"


class ErrorCode(StrEnum):
    """What went wrong, as `code` of an `error`.

    `message` is the default text; existing clients match on some of them. `close` is the close code that belongs to it:
    sent right after the error where `closes_at_once`, else only when the error goes on.
    """

    message: str
    retry: Retry
    close: CloseCode | None
    closes_at_once: bool

    def __new__(
        cls, code: str, message: str, retry: Retry, close: CloseCode | None = None, closes_at_once: bool = False
    ) -> "ErrorCode":
        error = str.__new__(cls, code)
        error._value_ = code
        error.message, error.retry, error.close, error.closes_at_once = message, retry, close, closes_at_once
        return error

    AUTHENTICATION_REQUIRED = (
        "authentication_required", "Authentication required", Retry.NEW_TOKEN, CloseCode.NO_TOKEN, True,
    )  # fmt: skip
    AUTHENTICATION_FAILED = "authentication_failed", "Authentication failed", Retry.NEW_TOKEN, CloseCode.BAD_TOKEN, True
    TOKEN_EXPIRED = "token_expired", "Token expired", Retry.NEW_TOKEN, CloseCode.TOKEN_EXPIRED, True
    BAD_REQUEST = "bad_request", "Bad request", Retry.CHANGED, CloseCode.TOO_MANY_ERRORS
    MARATHON_NOT_FOUND = "marathon_not_found", "Marathon not found", Retry.CHANGED
    ACCOUNT_NOT_FOUND = "account_not_found", "Account not found", Retry.CHANGED
    SUBSCRIPTION_LIMIT = "subscription_limit", "Too many subscriptions", Retry.CHANGED
    RATE_LIMITED = "rate_limited", "Too many messages", Retry.LATER, CloseCode.RATE
    MESSAGE_TOO_LARGE = "message_too_large", "Message too large", Retry.CHANGED, CloseCode.TOO_LARGE, True
    BINARY_NOT_SUPPORTED = (
        "binary_not_supported", "Binary messages are not supported", Retry.CHANGED, CloseCode.BINARY, True,
    )  # fmt: skip
    INTERNAL = "internal", "Something went wrong on the server", Retry.LATER


FAILED_TO_SUBSCRIBE = {
    "subscribe_marathon": "Failed to subscribe to marathon",
    "subscribe_account": "Failed to subscribe to account",
}
"""Message of an INTERNAL error by the event that failed; existing clients match on it."""
