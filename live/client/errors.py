"""What goes wrong for who uses the client.

- LiveError
    - RefusedError: the server said no to one request
        - EndedError: the connection is over and does not come back by itself
    - OutOfStepError: a delta does not fit the board; subscriptions mend that alone, callers of `apply` see it
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something did not work, or a connection was lost.

    `code` is one of the protocol's, "close_<number>", "http_<status>", or the client's own: "closed", "no_token",
    "timeout", "silence", "unreachable", "out_of_step", "disconnected". `event` names the request that it answers.
    """

    code: str
    message: str
    event: str | None = None
    retry_after_ms: float | None = None


class LiveError(Exception):
    """The base of the errors below."""


class RefusedError(LiveError):
    """The server refused a request; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure


class EndedError(RefusedError):
    """The connection has ended for good; `failure` says why."""


class OutOfStepError(LiveError):
    """A delta applies to another state than the one at hand."""
