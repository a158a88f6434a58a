"""What all sessions of a process share. Built once, see live/process.py; handed to each door."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from live.auth import Authenticator
from live.hub.hub import Hub
from live.limits import Limits, Places

if TYPE_CHECKING:
    from live.session.session import Session

# Clients of a server that goes away come back within this time, spread evenly: joining costs more than staying.
RETURN_WITHIN_MS = (500, 5_000)


@dataclass(slots=True)
class SessionFigures:
    """What metrics show of sessions.

    `bytes` are those of the data of events, before any compression; `errors` are by code, `closed` by close code.
    """

    frames: int = 0
    bytes: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
    closed_slow: int = 0


@dataclass(slots=True)
class Doorkeeper:
    """The places one connection holds: in the process, of its address, of its user."""

    places: Places
    limits: Limits
    address: str
    held: list[object] = field(default_factory=list)

    def enter_by_address(self) -> bool:
        return self._take("all", self.limits.connections) and self._take(
            ("address", self.address), self.limits.connections_per_address
        )

    def enter_as(self, user_id: UUID) -> bool:
        return self._take(("user", user_id), self.limits.connections_per_user)

    def leave(self) -> None:
        while self.held:
            self.places.give_back(self.held.pop())

    def _take(self, key: object, most: int) -> bool:
        taken = self.places.take(key, most)
        if taken:
            self.held.append(key)
        return taken


@dataclass(slots=True)
class Services:
    hub: Hub
    authenticator: Authenticator
    limits: Limits
    tick: timedelta
    now: Callable[[], datetime]
    random: random.Random
    places: Places = field(default_factory=Places)
    sessions: "set[Session]" = field(default_factory=set)
    figures: SessionFigures = field(default_factory=SessionFigures)
    draining: bool = False

    def doorkeeper(self, address: str) -> Doorkeeper:
        return Doorkeeper(self.places, self.limits, address)

    def retry_after_ms(self) -> int:
        """When one client of a server that goes away shall come back."""
        return self.random.randint(*RETURN_WITHIN_MS)
