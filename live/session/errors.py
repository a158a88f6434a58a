"""The one error of commands."""

from live.wire.codes import ErrorCode


class RefusedError(Exception):
    """A command that cannot be carried out; the client is told the code and the message, and the connection stays."""

    def __init__(self, code: ErrorCode, message: str | None = None) -> None:
        super().__init__(message or code)
        self.code, self.message = code, message
