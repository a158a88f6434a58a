"""What is read at one look is what the library reads; what the library refuses is never taken for usual."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from live.doors.handshake import Handshake, usual_handshake, usual_pong, usual_text

BROWSER = [
    "Host: live.example",
    "Connection: keep-alive, Upgrade",
    "Pragma: no-cache",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0)",
    "Upgrade: websocket",
    "Origin: https://live.example",
    "Sec-WebSocket-Version: 13",
    "Accept-Language: en-US,en;q=0.5",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    "Sec-WebSocket-Protocol: marathon-live.v1, bearer.a.b-c_d",
]
UNUSUAL = [
    "Upgrade: h2c",
    "Connection: close",
    "Sec-WebSocket-Version: 8",
    "Sec-WebSocket-Key: c2hvcnQ=",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ",
    "Sec-WebSocket-Protocol: a b",
    "Sec-WebSocket-Protocol: ",
    "Content-Length: 4",
    "Transfer-Encoding: chunked",
    " folded: line",
    "No colon",
    "Name : space",
    "Sec-WebSocket-Key: caf\u00e9",
    "X: a\x00b",
    "X: ",
]


def request(lines: list[str], line: str = "GET /marathon-live?token=a%20b HTTP/1.1") -> bytes:
    return "".join(f"{text}\r\n" for text in [line, *lines, ""]).encode("latin-1")


def by_the_library(data: bytes) -> tuple[Request, Response] | None:
    """The request and the answer of the library; None where it has none."""
    conn = ServerProtocol()
    conn.receive_data(data)
    events = conn.events_received()
    if len(events) != 1 or not isinstance(events[0], Request):
        return None
    return events[0], conn.accept(events[0])


def agrees(read: Handshake, data: bytes) -> bool:
    told = by_the_library(data)
    assert told is not None
    asked, answer = told
    headers = [(name.lower(), value) for name, value in asked.headers.raw_items()]
    return (
        answer.status_code == 101
        and answer.headers["Sec-WebSocket-Accept"].encode() == read.accept
        and asked.path == read.target
        and headers == [(name.decode(), value.decode("latin-1")) for name, value in read.headers]
    )


def test_what_a_browser_sends_is_usual_and_read_as_the_library_does() -> None:
    read = usual_handshake(request(BROWSER))
    assert read is not None
    assert read.accept == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the example of RFC 6455, 1.3"
    assert read.subprotocols == ["marathon-live.v1", "bearer.a.b-c_d"]
    assert agrees(read, request(BROWSER))


@pytest.mark.parametrize("line", UNUSUAL)
def test_an_unusual_header_is_left_to_the_server(line: str) -> None:
    name = line.partition(":")[0]
    assert usual_handshake(request([*(one for one in BROWSER if not one.startswith(f"{name}:")), line])) is None


@pytest.mark.parametrize("index", [1, 4, 6, 8])
def test_a_header_that_is_missing_or_there_twice_is_left_to_the_server(index: int) -> None:
    assert usual_handshake(request(BROWSER[:index] + BROWSER[index + 1 :])) is None
    assert usual_handshake(request([*BROWSER, BROWSER[index]])) is None


@pytest.mark.parametrize(
    "line",
    [
        "POST / HTTP/1.1",
        "GET / HTTP/1.0",
        "GET http://live.example/ HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\u00e4 HTTP/1.1",
        f"GET /{'x' * 9000} HTTP/1.1",
    ],
)
def test_another_first_line_is_left_to_the_server(line: str) -> None:
    assert usual_handshake(request(BROWSER, line)) is None


def test_a_part_of_a_request_is_left_to_the_server_and_so_is_more_than_one() -> None:
    data = request(BROWSER)
    assert all(usual_handshake(data[:length]) is None for length in range(len(data)))
    assert usual_handshake(data + b"\x81\x80abcd") is None


_value = st.text(string.printable + "\u00e9", max_size=12)
_line = st.one_of(st.sampled_from(BROWSER + UNUSUAL), st.builds("{}: {}".format, _value, _value), _value)


@given(st.lists(_line, max_size=3), st.sets(st.integers(0, len(BROWSER) - 1), max_size=2))
def test_whatever_is_taken_for_usual_the_library_accepts_and_reads_alike(more: list[str], without: set[int]) -> None:
    data = request([line for index, line in enumerate(BROWSER) if index not in without] + more)
    read = usual_handshake(data)
    assert read is None or agrees(read, data)


def framed(opcode: Opcode, payload: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=mask)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535])
def test_a_message_is_read_whole_or_not_at_all(length: int) -> None:
    text = "\u00e9" * (length // 2) + "x" * (length % 2)
    data = framed(Opcode.TEXT, text.encode())
    assert usual_text(data) == text
    assert usual_text(data[:-1]) is None
    assert usual_text(data + b"\x81") is None


@pytest.mark.parametrize(
    "data",
    [
        framed(Opcode.TEXT, b"a", mask=False),
        framed(Opcode.TEXT, b"a", fin=False),
        framed(Opcode.BINARY, b"a"),
        framed(Opcode.PING, b"a"),
        framed(Opcode.CLOSE, b""),
        framed(Opcode.TEXT, b"\xff"),
        framed(Opcode.TEXT, b"x" * 65_536),
        bytes([0xC1]) + framed(Opcode.TEXT, b"a")[1:],
        b"",
        b"\x81\x80",
    ],
)
def test_another_frame_is_left_to_the_library(data: bytes) -> None:
    assert usual_text(data) is None


@given(st.binary(max_size=300) | st.text(max_size=70).map(lambda text: framed(Opcode.TEXT, text.encode())[1:]))
def test_what_is_read_of_any_bytes_is_what_the_library_reads(data: bytes) -> None:
    for frame, read in ((b"\x81" + data, usual_text), (b"\x8a" + data, usual_pong)):
        said = read(frame)
        if said is not None:
            conn = ServerProtocol(state=State.OPEN)
            conn.receive_data(frame)
            (event,) = conn.events_received()
            assert isinstance(event, Frame)
            assert bytes(event.data) == (said.encode() if isinstance(said, str) else said)


def test_a_pong_is_read_whole_or_not_at_all() -> None:
    data = framed(Opcode.PONG, b"1234")
    assert usual_pong(data) == b"1234"
    assert usual_pong(data[:-1]) is None
    assert usual_pong(data + data) is None
    assert usual_pong(framed(Opcode.PONG, b"1234", mask=False)) is None
    assert usual_pong(framed(Opcode.TEXT, b"1234")) is None
    assert base64.b64encode(usual_pong(framed(Opcode.PONG, b"")) or b"") == b""
