import json
import zlib

import pytest

from live.wire.frames import PACK_OVER, Frame, deflate

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
