"""A message on its way out, encoded once for everybody and every door.

The data of an event is encoded to JSON bytes; a frame is those bytes with the event's name and, on a reply, the
client's `id`. WebSocket doors send `text` (or `packed`, where the client takes compressed frames), or the same already
`framed` for the wire; server-sent events `event_stream`, Socket.IO `event` and `data`.
"""

from functools import cached_property
from struct import pack
from zlib import DEFLATED, MAX_WBITS, compressobj

import msgspec

from live.wire.commands import RequestId

PACK_OVER = 512
"""Frames of more bytes than this are compressed for clients that can take it."""

TEXT, BINARY = 1, 2
"""Opcodes of WebSocket messages."""
_FINAL = 0x80

_LEVEL = 6
_LEVEL_OF_LARGE = 1
_LARGE = 65_536
"""Measured: a delta of 50 rows (7.4 kB) comes to 1.9 kB in 0.15 ms at level 6, at level 1 to 2.4 kB in 0.06 ms. A board
of 1,000 rows (504 kB) comes to 110 kB in 12 ms at level 6, at level 1 to 128 kB in 5 ms while all others wait."""


class Frame:
    """One event with its encoded data. Its forms are made when first asked for and kept, so share frames, not forms."""

    def __init__(self, event: str, data: bytes, request_id: RequestId = None) -> None:
        self.event = event
        self.data = data
        self.request_id = request_id

    def answering(self, request_id: RequestId) -> "Frame":
        """Return this frame as the reply to one client's request."""
        return self if request_id is None else Frame(self.event, self.data, request_id)

    @cached_property
    def encoded(self) -> bytes:
        """The whole message as UTF-8 JSON: `{"event": …, "data": …}`, with `id` on a reply."""
        if self.request_id is None:
            return b'{"event":"%b","data":%b}' % (self.event.encode(), self.data)
        return b'{"event":"%b","data":%b,"id":%b}' % (
            self.event.encode(),
            self.data,
            msgspec.json.encode(self.request_id),
        )

    @cached_property
    def text(self) -> str:
        """The whole message, for doors that send text."""
        return self.encoded.decode()

    @cached_property
    def packed(self) -> bytes | None:
        """The whole message as raw DEFLATE, None if it is too short to be worth it (send `text` then)."""
        if len(self.encoded) <= PACK_OVER:
            return None
        return deflate(self.encoded)

    @cached_property
    def framed(self) -> bytes:
        """`text` as it goes over the wire: header and payload."""
        return websocket_frame(TEXT, self.encoded)

    @cached_property
    def framed_packed(self) -> bytes:
        """`packed` as it goes over the wire, or `text` where that is too short to be packed."""
        return self.framed if self.packed is None else websocket_frame(BINARY, self.packed)

    def event_stream(self, name: str, event_id: str) -> bytes:
        """Return the data as one server-sent event; JSON has no line breaks, so it is one line."""
        return b"event: %b\nid: %b\ndata: %b\n\n" % (name.encode(), event_id.encode(), self.data)


def websocket_frame(opcode: int, payload: bytes) -> bytes:
    """Return a whole message of a server as one WebSocket frame: final, not masked (RFC 6455, 5.2)."""
    length = len(payload)
    if length < 126:
        head = pack("!BB", _FINAL | opcode, length)
    elif length < 65_536:
        head = pack("!BBH", _FINAL | opcode, 126, length)
    else:
        head = pack("!BBQ", _FINAL | opcode, 127, length)
    return head + payload


def deflate(content: bytes) -> bytes:
    """Return content as a complete raw DEFLATE stream, which browsers read as "deflate-raw"."""
    packer = compressobj(_LEVEL if len(content) < _LARGE else _LEVEL_OF_LARGE, DEFLATED, -MAX_WBITS)
    return packer.compress(content) + packer.flush()
