"""Who is on the other end of a connection: where the token comes from, what it says, and whether its user is active.

The middleware only finds and checks the token; the session answers, so that a browser can read why it was refused.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.db.models import QuerySet

from live.hub.threads import Threads
from marathons.access import Viewer
from marathons.models import User
from marathons.tokens import Claims, TokenError, verify_access

SUBPROTOCOL = "marathon-live.v1"
DEFLATE_SUBPROTOCOL = "marathon-live.v1+deflate"
_BEARER = "bearer."
# Seconds between the queries for users who come while another query is under way.
CROWD_WAITS = 0.01


class AuthenticationFailedError(Exception):
    """The token does not open a connection. Why is for the log; the client is told only that it failed."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated viewer, until when, and `user_id` also of guests (theirs is made up for the token)."""

    viewer: Viewer
    user_id: UUID
    expires_at: datetime


def token_of(scope: Mapping[str, Any]) -> str | None:
    """The access token a connection brings: Authorization header, subprotocol, then query; None if it brings none."""
    headers = {name.lower(): value for name, value in scope.get("headers", ())}
    kind, _, token = bytes(headers.get(b"authorization", b"")).decode("latin-1").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return str(token.strip())
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(_BEARER) and len(offered) > len(_BEARER):
            return str(offered[len(_BEARER) :])
    query = scope.get("query_string", b"")
    given = parse_qs(query.decode("latin-1")).get("token") if query else None
    return str(given[0]) if given else None


def subprotocol_of(offered: Iterable[str]) -> str | None:
    """The subprotocol the server answers with: the first of ours that the client offers."""
    return next((name for name in offered if name in (SUBPROTOCOL, DEFLATE_SUBPROTOCOL)), None)


class Authenticator:
    """Turns tokens into principals; asks the database for all users of one moment in one query.

    A crowd that reconnects after a failure is thousands of users in a few seconds: one query each would be the slowest
    part of joining.
    """

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._asked: dict[UUID, list[asyncio.Future[Viewer | None]]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def principal(self, token: str) -> Principal:
        """Raises AuthenticationFailedError."""
        try:
            claims = verify_access(token)
        except TokenError as error:
            raise AuthenticationFailedError(str(error)) from error
        viewer = _guest(claims) or await self._viewer(claims.user_id)
        if viewer is None:
            raise AuthenticationFailedError("the user is unknown or not active")
        return Principal(viewer, claims.user_id, claims.expires_at)

    async def active(self, user_ids: Iterable[UUID]) -> Mapping[UUID, Viewer]:
        """Those of the users who exist and are active."""
        return await self._threads.run(_viewers, list(user_ids))

    async def _viewer(self, user_id: UUID) -> Viewer | None:
        answer: asyncio.Future[Viewer | None] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(user_id, []).append(answer)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="look up users")
        return await answer

    async def _ask(self) -> None:
        """While one query runs, whoever comes waits for the next one."""
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                await self._answer(asked)
                if self._asked:
                    # A crowd: let more of it come, so that fewer queries do.
                    await asyncio.sleep(CROWD_WAITS)
        finally:
            self._asking = None

    async def _answer(self, asked: Mapping[UUID, Iterable[asyncio.Future[Viewer | None]]]) -> None:
        try:
            found = await self.active(asked)
        except Exception as error:  # noqa: BLE001 - each waiter raises it
            for answer in _open(asked.values()):
                answer.set_exception(error)
            return
        for user_id, answers in asked.items():
            for answer in _open([answers]):
                answer.set_result(found.get(user_id))


def _open(answers: Iterable[Iterable[asyncio.Future[Any]]]) -> list[asyncio.Future[Any]]:
    """Those that are still waited for."""
    return [answer for some in answers for answer in some if not answer.done()]


def _guest(claims: Claims) -> Viewer | None:
    return Viewer(guest_of=claims.guest_of) if claims.guest_of is not None else None


def _viewers(user_ids: list[UUID]) -> dict[UUID, Viewer]:
    users: QuerySet[User] = User.objects.filter(pk__in=user_ids, is_active=True)
    return {pk: Viewer(user_id=pk, is_staff=is_staff) for pk, is_staff in users.values_list("pk", "is_staff")}


class JWTAuthMiddleware:
    """ASGI: puts the token that a connection brings into `scope["token"]` and wipes it from the query string.

    What comes after (servers' access logs excepted) finds no token in the URL to write into a log.
    """

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.inner({**scope, "token": token_of(scope), "query_string": b""}, receive, send)
