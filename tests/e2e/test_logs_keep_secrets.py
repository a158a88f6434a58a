"""Whatever serves the site, a token that a client sends never stands in what the process prints."""

import contextlib

import httpx
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.e2e.cluster import SERVERS, Cluster, token_of, until

UNKNOWN_USER = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("server", SERVERS)
def test_a_token_is_never_printed(cluster: Cluster, server: str) -> None:
    web = cluster.start_web(server)
    token = token_of(UNKNOWN_USER)
    httpx.get(f"{web.url}/apiv1/marathons", params={"token": token, "limit": 1})
    httpx.get(f"{web.url}/apiv1/marathons", headers={"Authorization": f"Bearer {token}"})
    with contextlib.suppress(WebSocketException), connect(f"{web.socket_url}?token={token}") as socket:
        socket.recv(timeout=5)
    with (
        contextlib.suppress(WebSocketException),
        connect(
            web.socket_url,
            subprotocols=["marathon-live.v1", f"bearer.{token}"],  # type: ignore[list-item]
        ) as socket,
    ):
        socket.recv(timeout=5)
    until(lambda: "token=***" in web.said(), "the request is logged, its token masked")
    web.stop()
    assert token not in web.said()
    assert token.rsplit(".", maxsplit=1)[-1] not in web.said()
