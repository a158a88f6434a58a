"""AMQP's usual delivery read at one look: its frames are Basic.Deliver, a header, and one body that holds all of it.

Of anything else only that it is not of that kind is read here; that is the library's (connection.py), at many times the
cost. In doubt it is not usual.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any, NamedTuple

import msgspec

Headers = Mapping[str, Any] | None
DecodeHeaders = Callable[[bytes], Headers]
"""Reads a message's properties, flags and all, for its headers. ValueError where they are not what they should be."""

# type, channel, size, then what the type says, then the end mark
_METHOD, _HEADER, _BODY, _END = b"\x01", b"\x02", b"\x03", b"\xce"
_AROUND = 8
_BASIC_DELIVER = b"\x00\x3c\x00\x3c"
_BASIC = b"\x00\x3c\x00\x00"
_START = Struct(">s2sI4sB")
# These two begin with the end mark of the frame before.
_HEADER_FRAME = Struct(">4sI4sQ")
_BODY_FRAME = Struct(">4sI")
_LEAST_HEADER = 14
_HAS_HEADERS = 0x20
_WAYS, _OTHERS = 4_096, 256

Way = tuple[bool, str, str]

LACKING = 0
UNUSUAL = -1


class Message(msgspec.Struct, frozen=True, gc=False):
    """One delivery as it came. `again`: the broker has delivered it before, to us or to somebody else."""

    tag: int
    again: bool
    exchange: str
    routing_key: str
    headers: Headers
    body: bytes


class Addressee(NamedTuple):
    """Whom a delivery is for: a channel's number, and the name of a consumer on it."""

    channel: int
    consumer: bytes


def addressee(data: bytes) -> Addressee | None:
    """Whom the delivery is for that begins here; None: none does, or not yet so much of it that one could tell."""
    if len(data) < _START.size:
        return None
    kind, channel, size, method, length = _START.unpack_from(data)
    # its tag, whether it comes again, and the lengths of two names
    least = 4 + 1 + length + 8 + 1 + 2
    if kind != _METHOD or method != _BASIC_DELIVER or not least <= size <= least + 2 * 255:
        return None
    consumer = data[_START.size : _START.size + length]
    return Addressee(int.from_bytes(channel, "big"), consumer) if len(consumer) == length else None


class Reader:
    """Reads what is for one addressee. `most` is the size of the longest frame of the connection, in bytes."""

    def __init__(self, to: Addressee, most: int, decode: DecodeHeaders) -> None:
        number = to.channel.to_bytes(2, "big")
        self._start = _METHOD + number
        self._name = _BASIC_DELIVER + bytes([len(to.consumer)]) + to.consumer
        self._deliver = Struct(f">3sI{len(self._name)}sQ")
        self._header_start = _END + _HEADER + number
        self._body_start = _END + _BODY + number
        self._most = most - _AROUND
        self._decode = decode
        # What has no headers is mostly the same in every message.
        self._decode_others = lru_cache(_OTHERS)(decode)

    def read(self, data: bytes) -> tuple[list[Message], int]:
        """Return the usual deliveries for our addressee that these bytes begin with, and where the last of them ends.

        Without any the number is LACKING, if all that is there is of a usual one whose rest has not come, or UNUSUAL.
        """
        messages: list[Message] = []
        end, after = 0, self._next(data, 0, messages)
        while after > 0:
            end, after = after, self._next(data, after, messages)
        return messages, end or after

    def _next(self, data: bytes, at: int, messages: list[Message]) -> int:
        """Take the delivery that begins here; return where it ends."""
        start = at + self._deliver.size
        if len(data) < start:
            return LACKING
        kind, size, name, tag = self._deliver.unpack_from(data, at)
        end = at + 7 + size
        if kind != self._start or name != self._name:
            return UNUSUAL
        if len(data) <= end:
            return LACKING
        way = _way(data[start:end])
        if way is None:
            return UNUSUAL
        if len(data) < end + _HEADER_FRAME.size:
            return _begun(data[end:], self._header_start, _LEAST_HEADER)
        return self._content(data, end, tag, way, messages)

    def _content(self, data: bytes, at: int, tag: int, way: Way, messages: list[Message]) -> int:
        start, size, basic, length = _HEADER_FRAME.unpack_from(data, at)
        end = at + _AROUND + size
        if start != self._header_start or basic != _BASIC or not _LEAST_HEADER <= size <= self._most >= length:
            return UNUSUAL
        if len(data) <= end:
            return LACKING
        properties = data[at + _HEADER_FRAME.size : end]
        try:
            headers = (self._decode if properties[0] & _HAS_HEADERS else self._decode_others)(properties)
        except ValueError:
            return UNUSUAL
        last = self._last(data, end, length)
        if last <= 0:
            return last
        messages.append(Message(tag, *way, headers, data[end + _AROUND : last]))
        return last + 1

    def _last(self, data: bytes, at: int, length: int) -> int:
        """Where the end mark is after a body of this length, of which nothing is sent if it is empty."""
        last = at
        if length:
            if len(data) < at + _BODY_FRAME.size:
                return _begun(data[at:], self._body_start, 0)
            start, size = _BODY_FRAME.unpack_from(data, at)
            if start != self._body_start or size != length:
                return UNUSUAL
            last += _AROUND + length
        if len(data) <= last:
            return LACKING
        return last if data[last] == _END[0] else UNUSUAL


def _begun(data: bytes, start: bytes, least: int) -> int:
    """What it is that has not come far enough to be read: one of these beginnings of a frame, at least so long?"""
    size = data[4:8]
    is_one = start.startswith(data[:4]) and (len(size) < 4 or int.from_bytes(size, "big") >= least)
    return LACKING if is_one else UNUSUAL


@lru_cache(_WAYS)
def _way(data: bytes) -> Way | None:
    """Read what stands behind the tag in a Deliver: whether it comes again, the exchange, the routing key."""
    if len(data) < 3 or data[0] > 1:
        return None
    key = 2 + data[1]
    if key >= len(data) or len(data) != key + 1 + data[key]:
        return None
    try:
        return data[0] == 1, data[2:key].decode(), data[key + 1 :].decode()
    except UnicodeDecodeError:
        return None
