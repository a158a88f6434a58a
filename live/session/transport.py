"""What a session needs of the connection that carries it. Each door has one; tests have one that is a list."""

from typing import Protocol

from live.wire.frames import Frame


class Transport(Protocol):
    """Sending waits while the peer does not read; that wait is the back-pressure which merges frames."""

    @property
    def address(self) -> str:
        """The peer's address, for limits."""

    def ready(self) -> bool:
        """Whether `write` may be called now: nothing is in its way, and the peer reads what it gets."""

    def write(self, frame: Frame) -> None:
        """Hand over one message without waiting. Only when `ready`."""

    async def send(self, frame: Frame) -> None:
        """Hand over one message. Raises OSError when the peer is gone."""

    async def close(self, code: int) -> None:
        """Close with a code of the protocol's table."""

    def abort(self) -> None:
        """Drop the connection without asking a peer that does not read."""
