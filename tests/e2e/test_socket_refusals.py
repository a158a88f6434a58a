"""What a socket answers to bad input: a clear error each, nobody else affected."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.cluster import Cluster, Running, create_marathon, token_of
from tests.e2e.viewer import Viewer

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_redis, pytest.mark.needs_rabbitmq, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Stage:
    """One web process of either server, without a worker: refusals need none."""

    web: Running
    staff: httpx.Client

    def marathon(self) -> dict[str, Any]:
        return create_marathon(self.staff, players=1)

    def user(self) -> str:
        return str(self.marathon()["players"][0]["userId"])

    async def viewer(self, token: str | None = None, **options: Any) -> Viewer:
        return await Viewer.open(self.web.socket_url, token, **options)


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def stage(request: pytest.FixtureRequest, shared: Cluster) -> Iterator[Stage]:
    web = shared.start_web(request.param)
    with shared.staff(web) as staff:
        yield Stage(web, staff)


async def test_bad_tokens_are_told_and_closed(stage: Stage) -> None:
    marathon = stage.marathon()
    user = marathon["players"][0]["userId"]
    bad = {
        "expired": token_of(user, exp=int(time.time()) - 5),
        "forged": token_of(user) + "x",
        "refresh": token_of(user, type="refresh"),
        "no type": token_of(user, type=None),
        "stranger": token_of(str(uuid.uuid4())),
        "no uuid": token_of("admin"),
        "garbage": "a.b.c",
    }
    for what, token in bad.items():
        viewer = await stage.viewer(token)
        error = await viewer.expect("error")
        assert (error["code"], error["message"]) == ("authentication_failed", "Authentication failed"), what
        assert await viewer.close_code() == 4500, what


async def test_without_a_token_the_first_message_must_bring_one(stage: Stage) -> None:
    marathon = stage.marathon()
    viewer = await stage.viewer()
    await viewer.send("subscribe_marathon", {"marathonId": marathon["id"]})
    error = await viewer.expect("error")
    assert (error["code"], error["message"]) == ("authentication_required", "Authentication required")
    assert await viewer.close_code() == 4501
    viewer = await stage.viewer()
    await viewer.send("authenticate", {"token": token_of(marathon["players"][0]["userId"])}, id=1)
    assert (await viewer.receive())["event"] == "connected"
    assert (await viewer.receive())["id"] == 1
    await viewer.close()


async def test_every_way_to_bring_a_token_works(stage: Stage) -> None:
    user = stage.user()
    token = token_of(user)
    ways: list[dict[str, Any]] = [
        {"additional_headers": {"Authorization": f"Bearer {token}"}},
        {"subprotocols": ["marathon-live.v1", f"bearer.{token}"]},
    ]
    for options in ways:
        viewer = await stage.viewer(**options)
        assert (await viewer.expect("connected"))["userId"] == user
        await viewer.close()
    viewer = await Viewer.open(f"{stage.web.socket_url}/", token)
    connected = await viewer.expect("connected")
    assert connected["limits"] == {"subscriptions": 32, "messageBytes": 16384, "messagesPer10s": 60}
    await viewer.close()


async def test_bad_messages_are_answered_and_the_connection_stays(stage: Stage) -> None:
    marathon = stage.marathon()
    viewer = await stage.viewer(token_of(marathon["players"][0]["userId"]))
    await viewer.expect("connected")
    answers = {
        "{": "bad_request",
        "[]": "bad_request",
        '{"event": "nonsense"}': "bad_request",
        '{"event": "subscribe_marathon", "data": {}}': "bad_request",
        '{"event": "subscribe_account", "data": {}}': "bad_request",
        '{"event": "subscribe_marathon", "data": {"marathonId": 5}}': "bad_request",
        f'{{"event": "subscribe_marathon", "data": {{"marathonId": "{uuid.uuid4()}"}}}}': "marathon_not_found",
        '{"event": "subscribe_account", "data": {"accountLogin": "nobody"}}': "account_not_found",
    }
    for message, code in answers.items():
        await viewer.socket.send(message)
        error = await viewer.expect("error")
        assert error["code"] == code, message
    assert (await viewer.subscribe(marathon["id"]))["type"] == "marathon"
    await viewer.socket.send(b"binary")
    assert (await viewer.expect("error"))["code"] == "binary_not_supported"
    assert await viewer.close_code() == 4503


async def test_the_required_fields_are_named_as_existing_clients_expect(stage: Stage) -> None:
    user = stage.user()
    viewer = await stage.viewer(token_of(user))
    for event, message in (
        ("subscribe_marathon", "marathonId is required"),
        ("subscribe_account", "accountLogin is required"),
    ):
        await viewer.send(event, {}, id="mine")
        while (answer := await viewer.receive())["event"] != "error":
            pass
        assert (answer["data"]["message"], answer["id"]) == (message, "mine")
    await viewer.close()


async def test_ten_bad_messages_in_a_row_and_too_large_ones_close(stage: Stage) -> None:
    user = stage.user()
    viewer = await stage.viewer(token_of(user))
    for _ in range(10):
        await viewer.socket.send("{")
    assert await _closed_with(viewer) == 4510
    viewer = await stage.viewer(token_of(user))
    await viewer.socket.send('{"event":"ping","data":"' + "x" * 20_000 + '"}')
    assert (await viewer.expect("error"))["code"] == "message_too_large"
    assert await viewer.close_code() == 4509


async def _closed_with(viewer: Viewer) -> int:
    try:
        while True:
            await viewer.receive()
    except ConnectionClosed:
        return await viewer.close_code()


async def test_tokens_reach_no_log(stage: Stage) -> None:
    user = stage.user()
    good, bad = token_of(user), token_of(user) + "forged"
    for token in (good, bad):
        viewer = await stage.viewer(token)
        await viewer.receive()
        await viewer.close()
    logs = stage.web.said()
    assert good not in logs
    assert good.rsplit(".", 1)[1] not in logs, "not even the signature"
