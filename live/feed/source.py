"""What the pipeline takes its messages from: RabbitMQ (consumer.py), or the simulated feed in the same process."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from live.feed.objects import Micros, Rejected


class Condition(StrEnum):
    """How a source is. Only an ACTIVE one delivers."""

    CONNECTING = "connecting"
    STANDBY = "standby"
    ACTIVE = "active"
    CLOSED = "closed"


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """One body as it came. `stamp` is the time of receipt, or what a header says for the objects in it.

    `again`: the broker has delivered it before, to us or to somebody else.
    """

    tag: int
    body: bytes
    stamp: Micros
    exchange: str
    routing_key: str
    again: bool


class Batch(msgspec.Struct, frozen=True):
    """All that was there, in order. `tenure` counts how often the source became active: tags hold in one only."""

    source: str
    tenure: int
    deliveries: Sequence[Delivery]


class DeadLetter(msgspec.Struct, frozen=True):
    """A rejected object and where it came from."""

    rejected: Rejected
    delivery: Delivery


class LostError(Exception):
    """The deliveries of a batch are not ours any more; the broker delivers them again."""


class Source(Protocol):
    """One input. Run `run()` as a task; use the other methods from the same loop, and settle batches as they came."""

    @property
    def name(self) -> str:
        """The queue, or what stands for one."""

    @property
    def condition(self) -> Condition:
        """How it is now."""

    @property
    def tenure(self) -> int:
        """How often it has become active."""

    @property
    def drained(self) -> bool:
        """Whether nothing waits here to be taken."""

    async def run(self) -> None:
        """Connect, stay connected, come back after every failure; ends with `close`."""

    async def batch(self) -> Batch:
        """Return all that is there, up to a limit; wait while there is nothing."""

    async def settle(self, batch: Batch, dead: Sequence[DeadLetter]) -> None:
        """Store the dead letters and give the batch back as done, both or neither. Raises LostError."""

    async def step_back(self) -> None:
        """Give the input up, then ask for it again: somebody else holds it by the database's word."""

    async def close(self) -> None:
        """Say good-bye in order; what is not settled is delivered again to the next one."""
