"""The Python client of a live marathon: one connection, any number of boards and accounts on it.

In the flow: the server's frames -> connection.py -> here, to the subscription that they name -> whoever watches it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from random import random
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

from live.client import frames
from live.client.account import AccountSubscription
from live.client.backoff import Backoff
from live.client.connection import Connection, GetToken, State, Way
from live.client.errors import EndedError, Failure, LiveError, RefusedError
from live.client.frames import Feed, Frame, Hello
from live.client.marathon import MarathonSubscription, view_of
from live.client.subscription import Subscription

Some = TypeVar("Some", bound=Subscription[Any])


def _always(token: str) -> GetToken:
    async def get_token() -> str:
        return token

    return get_token


class Observer:
    """Hears of everything as it happens, in the client's own task; takes what it wants by overriding it."""

    def frame(self, frame: Frame) -> None:
        """Every frame of an open connection that answers no request, before it is acted on."""

    def state(self, state: State, failure: Failure | None, retry_in: float | None) -> None:
        """The connection's state turned; `failure` says why it waits or is closed, `retry_in` for how many seconds."""

    def feed(self, feed: Feed) -> None:
        """The state of the server's feed turned."""

    def error(self, failure: Failure) -> None:
        """The server, or the renewal of a token, told of an error that answers no request of yours."""


class MarathonLive:
    """A client.

        async with MarathonLive("wss://host/marathon-live", token) as live:
            board = await live.subscribe(marathon_id, top=50)
            async for change in board:
                print(change.board.rows[0]["userName"], change.changed)

    The token is one, or an async function that is asked for one at every connection and every renewal. Entering waits
    for the first connection (put a timeout around it) and raises EndedError if the server wants none of it.
    """

    def __init__(
        self,
        url: str,
        token: str | GetToken,
        *,
        observer: Observer | None = None,
        compression: bool = False,
        backoff: Backoff = Backoff(),  # noqa: B008 - a frozen value
        random: Callable[[], float] = random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`compression` is worth it for whole boards of large marathons; the last three are for tests."""
        get_token = _always(token) if isinstance(token, str) else token
        self.way = Way(url, get_token, not isinstance(token, str), compression, backoff, random, clock)
        """How to get there; the next attempt goes by what it says then."""
        self.connection = Connection(self.way, self)
        self.hello: Hello | None = None
        """What the server said of this connection."""
        self.feed: Feed | None = None
        self._observer = observer or Observer()
        self._marathons: dict[str, MarathonSubscription] = {}
        self._accounts: dict[str, AccountSubscription] = {}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.connection.run())
        try:
            await self.reached(State.OPEN)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection and stay away; who iterates over a subscription comes to its end."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    @property
    def state(self) -> State:
        return self.connection.state

    @property
    def user_id(self) -> str | None:
        return self.hello.user_id if self.hello else None

    async def reached(self, state: State) -> None:
        """Wait until the connection is in this state. EndedError if it ends instead."""
        while self.state is not state:
            if self.connection.ended:
                raise EndedError(self.connection.ended)
            await self._bell.wait()

    def reconnect(self) -> None:
        """Lose the connection, as a network would; it comes back after its delay. Waiting, it tries again now."""
        self.connection.drop(Failure("dropped", "dropped by the caller"))

    async def subscribe(
        self,
        marathon_id: str | UUID,
        *,
        top: int | None = None,
        page: int | None = None,
        around: str | None = None,
        size: int | None = None,
        interval_ms: int | None = None,
        updates: str = "delta",
    ) -> MarathonSubscription:
        """Follow a marathon's board, or one part of it, and wait for the first snapshot.

        RefusedError if the server says no, EndedError if the connection ends first.
        """
        options: dict[str, Any] = {"view": view_of(top, page, around, size), "updates": updates}
        options |= {} if interval_ms is None else {"intervalMs": interval_ms}
        subscription = MarathonSubscription(self, str(marathon_id), options)
        return await self._begin(self._marathons, str(marathon_id), subscription)

    async def subscribe_account(self, login: str) -> AccountSubscription:
        """Follow a trading account in all its marathons; raises as `subscribe` does."""
        return await self._begin(self._accounts, login, AccountSubscription(self, login))

    async def authenticate(self, token: str) -> None:
        """Use another token, on this connection and, where none is asked for, on those to come.

        RefusedError if the server does not take it.
        """
        if not self.way.renewable:
            self.way.get_token = _always(token)
        await self._request("authenticate", {"token": token})

    async def ping(self) -> float:
        """Return the seconds that a message takes there and back. RefusedError without a connection."""
        sent_at = self.way.clock()
        await self._request("ping", {})
        return self.way.clock() - sent_at

    async def _request(self, event: str, data: dict[str, Any]) -> None:
        answer: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()
        self.connection.request(event, data, lambda failure: None if answer.done() else answer.set_result(failure))
        if failure := await answer:
            raise RefusedError(failure)

    async def _begin(self, known: dict[str, Some], key: str, subscription: Some) -> Some:
        if key in known:
            raise LiveError(f"already subscribed to {key}")
        known[key] = subscription
        subscription.begin()
        try:
            await subscription.settled()
        except BaseException:
            subscription.abandon()
            raise
        return subscription

    def forget(self, subscription: Subscription[Any]) -> None:
        """Called by a subscription that is over."""
        if isinstance(subscription, MarathonSubscription):
            self._marathons.pop(subscription.marathon_id, None)
        elif isinstance(subscription, AccountSubscription):
            self._accounts.pop(subscription.login, None)

    def opened(self, hello: Hello) -> None:
        """Called by the connection when the server has let it in."""
        self.hello = hello
        for subscription in self._all():
            subscription.begin()
        self._turned(State.OPEN, None, None)

    def changed(self, state: State, failure: Failure | None, retry_in: float | None) -> None:
        """Called by the connection when its state turned, but for `opened`."""
        for subscription in self._all():
            subscription.interrupted()
            subscription.ring()
        self._turned(state, failure, retry_in)

    def failed(self, failure: Failure) -> None:
        """Called by the connection for an error that answers no request."""
        self._observer.error(failure)
        # Something that was followed may not be seen any more. Which one is not said: asking for each again tells.
        kinds = {"marathon_not_found": MarathonSubscription, "account_not_found": AccountSubscription}
        for subscription in self._all():
            if isinstance(subscription, kinds.get(failure.code, ())):
                subscription.begin()

    def heard(self, frame: Frame) -> None:
        """Called by the connection for every other frame."""
        self._observer.frame(frame)
        if frame.event == "heartbeat":
            self._heartbeat(frames.read_heartbeat(frame.data))
        elif frame.event == "feed_status":
            self._fed(frames.read_feed(frame.data))
        else:
            self._hand_on(frame)

    def _hand_on(self, frame: Frame) -> None:
        """Give a frame to the subscription that it names, if there is one; it may have ended a moment ago."""
        message = frames.read_update(frame)
        if isinstance(message, dict):
            if account := self._accounts.get(message["accountLogin"]):
                account.heard(message)
        elif message and (marathon := self._marathons.get(message.marathon_id)):
            marathon.heard(message)

    def _all(self) -> list[Subscription[Any]]:
        return [*self._marathons.values(), *self._accounts.values()]

    def _turned(self, state: State, failure: Failure | None, retry_in: float | None) -> None:
        self._observer.state(state, failure, retry_in)
        self._bell.set()
        self._bell.clear()

    def _heartbeat(self, heartbeat: frames.Heartbeat) -> None:
        for marathon_id, seq in heartbeat.seq.items():
            if marathon := self._marathons.get(marathon_id):
                marathon.heartbeat(seq)
        if heartbeat.feed:
            self._fed(heartbeat.feed)

    def _fed(self, feed: Feed) -> None:
        turned = self.feed is None or self.feed.status != feed.status
        self.feed = feed
        if turned:
            self._observer.feed(feed)
