"""Where a connection's token and subprotocol come from: the first place that has one."""

from typing import Any

import pytest

from live.auth import JWTAuthMiddleware, subprotocol_of, token_of


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
