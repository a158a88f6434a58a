"""What every subscription does: ask the server, learn the answer, ask again later, end; and wake who waits for it.

In the flow: client.py -> marathon.py and account.py, which are made of this -> whoever waits or iterates.
"""

import asyncio
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, Generic, Protocol, Self, TypeVar

from live.client.connection import DISCONNECTED, Connection
from live.client.errors import EndedError, Failure, RefusedError

FINAL = frozenset({"marathon_not_found", "account_not_found", "bad_request", "subscription_limit"})
"""Errors that asking again does not mend."""
RETRY_ATTEMPT = 2
"""Which ceiling of the back-off spreads the clients that ask again, where the server does not say when."""

Told = TypeVar("Told")


class Standing(StrEnum):
    """Where a subscription stands.

    pending: asked for, or to be asked for on the next connection. live: in step. refused: the server said no and is
    not asked again. ended: unsubscribed.
    """

    PENDING = "pending"
    LIVE = "live"
    REFUSED = "refused"
    ENDED = "ended"


class Owner(Protocol):
    """What a subscription needs of its client."""

    @property
    def connection(self) -> Connection: ...
    @property
    def user_id(self) -> str | None: ...
    def forget(self, subscription: "Subscription[Any]") -> None: ...


class Subscription(ABC, Generic[Told]):
    """What is told can be iterated over by one task; it ends with the subscription, or raises as `settled` does."""

    def __init__(self, owner: Owner, kind: str, name: dict[str, str]) -> None:
        self.standing = Standing.PENDING
        self._owner = owner
        self._kind = kind
        self._name = name
        self._failure = DISCONNECTED
        self._asked = 0
        self._retry: asyncio.TimerHandle | None = None
        self._bell = asyncio.Event()

    async def settled(self) -> None:
        """Wait until it is live. RefusedError if the server says no, EndedError if the connection is over first."""
        while self.standing is not Standing.LIVE:
            self.check()
            await self._bell.wait()

    async def unsubscribe(self) -> None:
        """End it, and wait until the server has confirmed that, or is gone."""
        await self.abandon().wait()

    def abandon(self) -> asyncio.Event:
        """End it without waiting; the event is set when the server has confirmed that, or is gone."""
        confirmed = asyncio.Event()
        if self.standing in {Standing.ENDED, Standing.REFUSED}:
            confirmed.set()
        else:
            self._leave(Standing.ENDED)
            self._owner.connection.request(f"unsubscribe_{self._kind}", self._name, lambda _failure: confirmed.set())
        return confirmed

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Told:
        while (told := self._take()) is None:
            if self.standing is Standing.ENDED or self._is_closed():
                raise StopAsyncIteration
            self.check()
            await self._bell.wait()
        return told

    def begin(self) -> None:
        """Ask on a connection that is new."""
        self.ask({})

    def interrupted(self) -> None:
        """Stop what is under way: the connection is lost, or another question replaces it."""
        self.standing = Standing.PENDING
        if self._retry:
            self._retry.cancel()
            self._retry = None

    def ring(self) -> None:
        """Wake all who wait, so that they look again."""
        self._bell.set()
        self._bell.clear()

    def ask(self, options: dict[str, Any]) -> None:
        """Ask the server for it; only the answer to the last question counts."""
        self.interrupted()
        self._asked += 1
        asked = self._asked

        def answered(failure: Failure | None) -> None:
            if asked == self._asked and self.standing is Standing.PENDING:
                self._answered(failure)

        self._owner.connection.request(f"subscribe_{self._kind}", self._name | options, answered)

    def check(self) -> None:
        """Raise what keeps it from ever being live: RefusedError, EndedError."""
        if self.standing in {Standing.REFUSED, Standing.ENDED}:
            raise RefusedError(self._failure)
        if ended := self._owner.connection.ended:
            raise EndedError(ended)

    @abstractmethod
    def _take(self) -> Told | None:
        """What has been told since the last time, and forget it."""

    def _is_closed(self) -> bool:
        ended = self._owner.connection.ended
        return ended is not None and ended.code == "closed"

    def _answered(self, failure: Failure | None) -> None:
        if not failure:
            self.standing = Standing.LIVE
        elif failure.code in FINAL:
            self._failure = failure
            self._leave(Standing.REFUSED)
        elif failure is not DISCONNECTED:
            self._later(failure)
        self.ring()

    def _later(self, failure: Failure) -> None:
        way = self._owner.connection.way
        retry_after = failure.retry_after_ms
        delay = way.backoff.delay(RETRY_ATTEMPT, way.random) if retry_after is None else retry_after / 1000
        self._retry = asyncio.get_running_loop().call_later(delay, self.begin)

    def _leave(self, standing: Standing) -> None:
        self.interrupted()
        self.standing = standing
        self._owner.forget(self)
        self.ring()
