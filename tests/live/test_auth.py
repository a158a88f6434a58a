"""Where a token and a subprotocol come from: the first place that has one. Whose it is: a query for all who come."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, cast
from uuid import UUID

import jwt
import pytest
from django.conf import settings

from live.auth import AuthenticationFailedError, Authenticator, JWTAuthMiddleware, subprotocol_of, token_of
from live.hub.threads import Threads
from marathons.access import Viewer
from tests.live.session.stage import turn


def scope(authorization: str | None = None, subprotocols: tuple[str, ...] = (), query: str = "") -> dict[str, Any]:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    return {"headers": headers, "subprotocols": list(subprotocols), "query_string": query.encode()}


@pytest.mark.parametrize(
    ("brought", "token"),
    [
        (scope("Bearer header", ("marathon-live.v1", "bearer.sub"), "token=query"), "header"),
        (scope(None, ("marathon-live.v1", "bearer.sub"), "token=query"), "sub"),
        (scope(None, (), "a=b&token=query&token=second"), "query"),
        (scope("bearer header"), "header"),
        (scope("Basic dXNlcjpwYXNz", (), "token=query"), "query"),
        (scope("Token header"), None),
        (scope("Bearer ", ("bearer.",), "token="), None),
        (scope("Bearer"), None),
        (scope("Bearer \xff\xfe"), "\xff\xfe"),
        (scope(), None),
        ({}, None),
    ],
)
def test_the_first_place_that_has_a_token_counts(brought: dict[str, Any], token: str | None) -> None:
    assert token_of(brought) == token


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        (["marathon-live.v1", "bearer.t"], "marathon-live.v1"),
        (["bearer.t", "marathon-live.v1"], "marathon-live.v1"),
        (["marathon-live.v1+deflate", "marathon-live.v1", "bearer.t"], "marathon-live.v1+deflate"),
        (["marathon-live.v1", "marathon-live.v1+deflate"], "marathon-live.v1"),
        (["bearer.t"], None),
        (["chat", "marathon-live.v2"], None),
        ([], None),
    ],
)
def test_the_first_subprotocol_of_ours_is_chosen(offered: list[str], answer: str | None) -> None:
    assert subprotocol_of(offered) == answer


async def test_whatever_comes_after_finds_no_token_in_the_query() -> None:
    seen: dict[str, Any] = {}

    async def inner(scope: dict[str, Any], _receive: Any, _send: Any) -> None:
        seen.update(scope)

    await JWTAuthMiddleware(inner)(scope(None, (), "token=query"), None, None)
    assert (seen["token"], seen["query_string"]) == ("query", b"")


class Users:
    """In place of the threads that read the database. `asked` are the users of each query."""

    def __init__(self) -> None:
        self.asked: list[list[UUID]] = []
        self.fails = False
        self.answers = asyncio.Event()

    async def run(self, _call: Callable[..., Any], user_ids: Iterable[UUID]) -> dict[UUID, Viewer]:
        self.asked.append(list(user_ids))
        await self.answers.wait()
        if self.fails:
            raise ConnectionError("the database is away")
        return {user_id: Viewer(user_id=user_id) for user_id in self.asked[-1] if user_id.int < 100}


def token(number: int) -> str:
    claims = {"sub": str(UUID(int=number)), "type": "access", "exp": 2**33}
    return jwt.encode(claims, settings.JWT_SECRET, algorithm="HS256")


async def test_users_who_come_while_one_is_looked_up_are_looked_up_together() -> None:
    users = Users()
    authenticator = Authenticator(cast("Threads", users))
    first = asyncio.create_task(authenticator.principal(token(1)))
    await turn()
    others = [asyncio.create_task(authenticator.principal(token(number))) for number in (2, 3, 3, 100)]
    await turn()
    others[0].cancel()
    users.answers.set()
    assert (await first).user_id == UUID(int=1)
    found = await asyncio.gather(*others, return_exceptions=True)
    assert users.asked == [[UUID(int=1)], [UUID(int=2), UUID(int=3), UUID(int=100)]]
    assert [type(one).__name__ for one in found] == [
        "CancelledError",
        "Principal",
        "Principal",
        AuthenticationFailedError.__name__,
    ]


async def test_a_query_that_fails_fails_for_all_who_wait_for_it_and_for_nobody_else() -> None:
    users = Users()
    users.fails = True
    users.answers.set()
    authenticator = Authenticator(cast("Threads", users))
    waiting = [authenticator.principal(token(number)) for number in (1, 2)]
    assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [ConnectionError] * 2
    users.fails = False
    assert (await authenticator.principal(token(1))).user_id == UUID(int=1)
