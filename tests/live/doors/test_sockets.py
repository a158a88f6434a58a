"""uvicorn as we start it: what is usual goes the short way, all else uvicorn's, and nobody can tell which."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode

from live.doors.handshake import LONGEST
from live.doors.sockets import MOST_WAITING, Sockets
from live.doors.wires import SocketsWire
from tests.live.doors.line import Line


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = await Line().opened()
    yield made
    await made.end()


def text(content: str) -> bytes:
    return Frame(Opcode.TEXT, content.encode()).serialize(mask=True)


async def test_a_usual_handshake_is_answered_as_the_library_wants_it(line: Line) -> None:
    assert type(line.protocol) is Sockets
    head = line.pipe.written.lower()
    assert b"date: today" in head
    assert line.protocol.scope["client"] == ("192.0.2.1", 5)
    assert (line.protocol.scope["path"], line.protocol.scope["query_string"]) == ("/path", b"a=b")


async def test_the_subprotocol_that_was_chosen_is_told() -> None:
    line = Line()
    line.client.available_subprotocols = ["marathon-live.v1"]  # type: ignore[list-item]
    await line.opened()
    assert line.client.subprotocol == "marathon-live.v1"
    await line.end()


async def test_the_application_may_refuse() -> None:
    line = Line()
    line.ask("/refused")
    assert (await line.hear())[0].status_code == 403
    assert line.pipe.closed
    await line.end()


async def test_messages_come_whole_wherever_the_network_cuts_them(line: Line) -> None:
    data = text("one")
    for cut in range(1, len(data)):
        line.say(data[:cut])
        line.say(data[cut:])
        assert await line.texts() == ["one"]
    line.say(text("two") + text("three"))
    line.say(text("four"))
    assert await line.texts() == ["two", "three", "four"]


async def test_what_is_cut_after_usual_messages_comes_whole() -> None:
    for cut in range(1, 9):
        line, data = await Line().opened(), text("one")
        line.say(text("usual"))
        line.say(data[:cut])
        line.say(data[cut:] + text("two"))
        assert await line.texts() == ["usual", "one", "two"]
        await line.end()


async def test_who_says_much_before_it_is_accepted_is_not_read_until_then() -> None:
    line, message = Line(), "x" * LONGEST
    line.ask()
    line.say(text(message))
    assert line.pipe.paused == 1
    assert await line.texts() == [message]
    assert line.pipe.paused == 0
    await line.end()


async def test_what_a_client_says_before_it_is_accepted_is_heard_after() -> None:
    line, data = Line(), text("early")
    line.ask()
    line.say(data[:3])
    line.say(data[3:])
    assert await line.texts() == ["early"]
    await line.end()


async def test_a_client_can_ping_and_close(line: Line) -> None:
    line.client.send_ping(b"hello")
    line.client.send_close(1000)
    line.say(b"".join(line.client.data_to_send()))
    pong, close = await line.hear()
    assert (pong.opcode, bytes(pong.data)) == (Opcode.PONG, b"hello")
    assert close.opcode is Opcode.CLOSE
    assert line.pipe.closed


async def test_pings_are_asked_and_their_answers_known(line: Line) -> None:
    line.protocol.ping_interval, line.protocol.ping_timeout = 1000, 1000
    line.protocol.send_keepalive_ping()
    (ping,) = await line.hear()
    assert (ping.opcode, len(ping.data)) == (Opcode.PING, 4)
    assert line.protocol.pong_timer is not None
    line.say(Frame(Opcode.PONG, b"1234").serialize(mask=True))
    assert line.protocol.pong_timer is not None, "not the answer to it"
    line.say(b"".join(line.client.data_to_send()))
    assert line.protocol.pong_timer is None
    assert line.protocol.ping_timer is not None


async def test_a_peer_that_does_not_answer_is_closed(line: Line) -> None:
    line.protocol.send_keepalive_ping()
    line.protocol.keepalive_timeout()
    assert (await line.hear())[-1].opcode is Opcode.CLOSE
    assert line.closed_with == 1011


async def test_too_large_a_message_is_refused() -> None:
    line = await Line(ws_max_size=10).opened()
    line.say(text("x" * 11))
    await line.hear()
    assert line.closed_with == 1009
    await line.end()


async def test_reading_pauses_while_the_application_is_behind(line: Line) -> None:
    for number in range(MOST_WAITING + 1):
        line.say(text(str(number)))
    assert line.pipe.paused == 1
    assert len(await line.texts()) == MOST_WAITING + 1
    assert line.pipe.paused == 0


async def test_the_end_of_the_server_is_told(line: Line) -> None:
    line.protocol.shutdown()
    await line.hear()
    assert line.closed_with == 1012


async def test_a_connection_that_never_said_anything_ends_with_the_server() -> None:
    line = Line()
    (connection,) = line.state.connections
    connection.shutdown()
    assert line.pipe.closed
    await line.end()


async def test_other_requests_are_uvicorns() -> None:
    line = Line()
    line.say(b"GET / HTTP/1.1\r\nHost: live.example\r\n")
    assert type(line.protocol) is HttpToolsProtocol
    assert line.state.connections == {line.protocol}


@pytest.mark.parametrize("options", [{"ws_per_message_deflate": True}, {"header": "Sec-WebSocket-Extensions"}])
async def test_a_handshake_in_two_pieces_and_one_that_may_compress_are_uvicorns(options: dict[str, Any]) -> None:
    cut = 30 if "header" in options else None
    line = Line(ws="websockets-sansio", **{name: value for name, value in options.items() if name != "header"})
    request = line.client.connect()
    data = request.serialize()
    line.say(data[:cut])
    if cut is not None:
        line.say(data[cut:])
    await line.hear()
    assert type(line.protocol) is WebSocketsSansIOProtocol
    await line.end()


async def test_it_has_whatever_uvicorns_own_has(line: Line) -> None:
    """An update of uvicorn that needs more must not go unnoticed."""
    own = WebSocketsSansIOProtocol(line.protocol.config, line.state, {})
    missing = [name for name in vars(own) if not hasattr(line.protocol, name)]
    assert missing == []


async def test_frames_are_written_past_it_while_nothing_is_in_the_way(line: Line) -> None:
    wire = SocketsWire(line.protocol)
    assert wire.ready()
    line.protocol.pause_writing()
    assert not wire.ready()
    line.protocol.resume_writing()
    assert wire.ready()
    assert "conn" not in vars(line.protocol), "the library was not needed"
    line.pipe.close()
    assert not wire.ready()


async def test_no_frame_is_written_before_the_handshake_or_after_the_end() -> None:
    line = Line()
    line.ask()
    wire = SocketsWire(line.protocol)
    line.protocol.resume_writing()
    assert not wire.ready()
    await line.hear()
    assert wire.ready()
    await line.protocol.send({"type": "websocket.close", "code": 4001})
    line.protocol.resume_writing()
    assert not wire.ready()
    await line.end()
    assert not wire.ready()
