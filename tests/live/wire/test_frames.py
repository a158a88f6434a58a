import json
import zlib

import pytest
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from live.wire.frames import BINARY, PACK_OVER, TEXT, Frame, deflate, websocket_frame

DATA = b'{"name":"\xc3\x89milie"}'


def unpacked(content: bytes) -> bytes:
    return zlib.decompress(content, -zlib.MAX_WBITS)


def test_a_frame_is_an_event_with_its_data() -> None:
    assert Frame("hello", DATA).text == '{"event":"hello","data":{"name":"Émilie"}}'


@pytest.mark.parametrize(("request_id", "written"), [(7, "7"), ("seven", '"seven"'), ("", '""'), ('"', '"\\""')])
def test_the_reply_to_a_request_carries_its_id(request_id: int | str, written: str) -> None:
    assert Frame("hello", b"{}", request_id).text == '{"event":"hello","data":{},"id":' + written + "}"


def test_a_shared_frame_can_answer_one_client() -> None:
    shared = Frame("hello", DATA)
    assert json.loads(shared.answering(7).text) == {**json.loads(shared.text), "id": 7}
    assert shared.answering(None) is shared


def test_each_form_is_made_once() -> None:
    frame = Frame("hello", b'"' + b"x" * PACK_OVER + b'"')
    assert frame.text is frame.text
    assert frame.packed is frame.packed


def test_a_long_frame_is_packed_as_raw_deflate() -> None:
    frame = Frame("hello", b'"' + b"x" * PACK_OVER + b'"')
    assert frame.packed is not None
    assert unpacked(frame.packed) == frame.encoded


def test_a_short_frame_is_not_packed() -> None:
    start = len(Frame("hello", b"").encoded)
    assert Frame("hello", b"x" * (PACK_OVER - start)).packed is None
    assert Frame("hello", b"x" * (PACK_OVER - start + 1)).packed is not None


@pytest.mark.parametrize("size", [0, 1000, 100_000])
def test_what_is_deflated_comes_out_as_it_went_in(size: int) -> None:
    assert unpacked(deflate(b"ab" * size)) == b"ab" * size


def test_a_server_sent_event_holds_the_data_alone() -> None:
    expected = b'event: delta\nid: a1b2c3d4:7\ndata: {"name":"\xc3\x89milie"}\n\n'
    assert Frame("marathon_delta", DATA).event_stream("delta", "a1b2c3d4:7") == expected


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_websocket_frame_is_read_as_the_standard_says(opcode: int, length: int) -> None:
    payload = b"x" * length
    reader = StreamReader()
    reader.feed_data(websocket_frame(opcode, payload))
    reader.feed_eof()
    parser = WebSocketFrame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parser)
    assert parsed.value.value == WebSocketFrame(Opcode(opcode), payload)
    assert reader.buffer == b""


def test_frames_for_the_wire_hold_what_the_server_would_have_sent() -> None:
    short, long = Frame("pong", b"{}"), Frame("pong", b'"%b"' % (b"x" * PACK_OVER))
    assert short.framed == websocket_frame(TEXT, short.encoded)
    assert short.framed_packed == short.framed
    assert long.packed is not None
    assert long.framed_packed == websocket_frame(BINARY, long.packed)
