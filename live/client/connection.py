"""A connection that comes back: token, states, silence, back-off, requests and replies. It knows nothing of boards.

In the flow: line.py (one socket) -> here -> client.py, which hands frames to the subscriptions. `MarathonLive` runs
`run` as its one task; all else here is called on the same event loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import msgspec

from live.client import frames
from live.client.backoff import Backoff, Verdict
from live.client.errors import Failure
from live.client.frames import Frame, Hello
from live.client.line import Line, LineError, broken, opened

REPLIES = frozenset({"subscribed", "unsubscribed", "authenticated", "pong", "error"})
CONNECT_SECONDS = 15.0
STEADY_SECONDS = 10.0
"""A connection that held this long was a good one: the back-off starts anew."""
SILENT_HEARTBEATS = 2.5
"""Heartbeats that may fail to come before a connection counts as dead."""
DISCONNECTED = Failure("disconnected", "the connection was lost")

log = logging.getLogger("live.client")

GetToken: TypeAlias = Callable[[], Awaitable[str]]
Answered: TypeAlias = Callable[[Failure | None], None]


class State(StrEnum):
    """closed: nothing happens, at first and after the end. waiting: lost, the next attempt is due after a delay."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"


NEXT: dict[State, set[State]] = {
    State.CLOSED: {State.CONNECTING},
    State.CONNECTING: {State.OPEN, State.WAITING, State.CLOSED},
    State.OPEN: {State.WAITING, State.CLOSED},
    State.WAITING: {State.CONNECTING, State.CLOSED},
}


@dataclass(slots=True)
class Way:
    """How to get there. It may be changed at any time: the next attempt goes by it.

    `get_token` is asked at every connection; where it is `renewable`, also for another token when one runs out.
    `clock` gives seconds that only grow.
    """

    url: str
    get_token: GetToken
    renewable: bool
    compression: bool
    backoff: Backoff
    random: Callable[[], float]
    clock: Callable[[], float]


class Handlers(Protocol):
    """Who listens to a connection."""

    def opened(self, hello: Hello) -> None: ...
    def heard(self, frame: Frame) -> None: ...
    def failed(self, failure: Failure) -> None: ...
    def changed(self, state: State, failure: Failure | None, retry_in: float | None) -> None: ...


class Connection:
    """Keeps one line open for as long as that makes sense."""

    def __init__(self, way: Way, handlers: Handlers) -> None:
        self.way = way
        self.state = State.CLOSED
        self.ended: Failure | None = None
        """Why it is over for good."""
        self._handlers = handlers
        self._line: Line | None = None
        self._dropped: Failure | None = None
        self._hurry = asyncio.Event()
        self._attempts = 0
        self._refusals = 0
        self._opened_at = 0.0
        self._silence = CONNECT_SECONDS
        self._last_id = 0
        self._requests: dict[int | str, Answered] = {}
        self._last_error: Failure | None = None
        """The server's last words, which say more than the close code that follows."""
        self._retry_after: float | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Connect, and come back, until the server wants no more of it or the task is cancelled."""
        self.ended = None
        reason = Failure("internal", "the client failed")
        try:
            while True:
                ended = await self._attempt()
                if self._is_final(ended.verdict):
                    reason = ended.failure
                    return
                await self._wait(ended.failure)
        except asyncio.CancelledError:
            reason = Failure("closed", "closed by the caller")
            raise
        finally:
            self.ended = reason
            self._leave(State.CLOSED, reason)

    def drop(self, failure: Failure) -> None:
        """Give this connection up for a new one; where it waits for its next attempt, that is due now."""
        self._hurry.set()
        if self._line:
            self._dropped = failure
            self._line.cut()

    def request(self, event: str, data: dict[str, Any], answered: Answered) -> None:
        """Send a request soon; `answered` hears "disconnected" where there is no connection, or it is lost first."""
        if self.state is not State.OPEN or not self._line:
            answered(DISCONNECTED)
            return
        self._last_id += 1
        self._requests[self._last_id] = answered
        self._line.send(frames.request(event, data, self._last_id))

    def authenticate(self, token: str) -> None:
        """Renew the token of this connection; a refusal is told to the handlers."""
        self.request("authenticate", {"token": token}, self._renewed)

    def _enter(self, state: State) -> None:
        if state not in NEXT[self.state]:
            raise RuntimeError(f"impossible: from {self.state} to {state}")
        self.state = state

    async def _attempt(self) -> LineError:
        """Connect once and follow that connection to its end."""
        self._enter(State.CONNECTING)
        self._last_error = self._retry_after = self._dropped = None
        self._silence = CONNECT_SECONDS
        self._handlers.changed(State.CONNECTING, None, None)
        try:
            async with asyncio.timeout(CONNECT_SECONDS) as patience:
                return await self._converse(patience)
        except TimeoutError:
            code = "silence" if self.state is State.OPEN else "timeout"
            return LineError(Failure(code, f"nothing heard for {self._silence} s"), Verdict.BACK)

    async def _converse(self, patience: asyncio.Timeout) -> LineError:
        try:
            async with opened(self.way.url, await self._token(), compression=self.way.compression) as line:
                self._line = line
                while not self._dropped:
                    self._heard(await line.receive())
                    if self.state is State.OPEN:
                        patience.reschedule(asyncio.get_running_loop().time() + self._silence)
        except msgspec.MsgspecError as error:
            return broken(error)
        except LineError as ended:
            if not self._dropped:
                return LineError(self._last_error or ended.failure, ended.verdict)
        finally:
            self._line = None
            await self._stop_renewal()
        return LineError(self._dropped or DISCONNECTED, Verdict.BACK)

    async def _token(self) -> str:
        """Return a token; LineError where there is none now."""
        try:
            return await self.way.get_token()
        except Exception as error:
            log.warning("no token can be had now", exc_info=True)
            raise LineError(Failure("no_token", str(error)), Verdict.BACK) from error

    def _heard(self, frame: Frame) -> None:
        if frame.event != "heartbeat":
            self._last_error = _failure(frame) if frame.event == "error" else None
        if frame.event == "connected":
            self._opened(frames.read_hello(frame.data))
            return
        if frame.event == "bye":
            self._retry_after = frames.read_bye(frame.data).retry_after_ms
        elif frame.event == "token_expiring" and self.way.renewable:
            self._renewal = asyncio.create_task(self._renew())
        if frame.id is not None and frame.event in REPLIES:
            self._answer(frame.id)
        elif frame.event == "error" and self._last_error:
            self._troubled(self._last_error)
        else:
            self._handlers.heard(frame)

    def _opened(self, hello: Hello) -> None:
        self._enter(State.OPEN)
        self._opened_at = self.way.clock()
        self._refusals = 0
        self._silence = SILENT_HEARTBEATS * hello.heartbeat_ms / 1000
        self._handlers.opened(hello)

    def _answer(self, request_id: int | str) -> None:
        if answered := self._requests.pop(request_id, None):
            answered(self._last_error)

    def _troubled(self, failure: Failure) -> None:
        """Take in an error that names no request. Over the rate a server reads no ids: what is unanswered failed."""
        if failure.code == "rate_limited":
            self._answer_all(failure)
        self._handlers.failed(failure)

    def _answer_all(self, failure: Failure) -> None:
        unanswered = list(self._requests.values())
        self._requests.clear()
        for answered in unanswered:
            answered(failure)

    async def _renew(self) -> None:
        """Renew the token. Failing is told and no more: the server closes with 4005, and coming back asks again."""
        try:
            self.authenticate(await self._token())
        except LineError as error:
            self._handlers.failed(error.failure)

    def _renewed(self, failure: Failure | None) -> None:
        if failure and failure is not DISCONNECTED:
            self._handlers.failed(failure)

    async def _stop_renewal(self) -> None:
        if self._renewal:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])
            self._renewal = None

    def _is_final(self, verdict: Verdict) -> bool:
        if verdict is Verdict.TOKEN:
            self._refusals += 1
            return not self.way.renewable or self._refusals > 1
        return verdict is Verdict.STAY

    async def _wait(self, failure: Failure) -> None:
        delay = self._delay()
        self._hurry.clear()
        self._leave(State.WAITING, failure, delay)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._hurry.wait()

    def _delay(self) -> float:
        """Return the seconds until the next attempt: what the server said, or the back-off's."""
        if self.state is State.OPEN and self.way.clock() - self._opened_at >= STEADY_SECONDS:
            self._attempts = 0
        if self._retry_after is not None:
            return self._retry_after / 1000
        self._attempts += 1
        return self.way.backoff.delay(self._attempts - 1, self.way.random)

    def _leave(self, state: State, failure: Failure, retry_in: float | None = None) -> None:
        self._enter(state)
        self._handlers.changed(state, failure, retry_in)
        self._answer_all(DISCONNECTED)


def _failure(frame: Frame) -> Failure:
    fault = frames.read_fault(frame.data)
    return Failure(fault.code, fault.message, fault.event, fault.retry_after_ms)
