"""Handshakes and messages of the usual kind, read at one look; of anything else only that it is not of that kind.

What is read here is what browsers and libraries send. The rest, and with it every refusal, is the server's own: it
reads all there is, at ten times the cost.
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from hashlib import sha1
from typing import NamedTuple

from websockets.utils import apply_mask

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_FINAL_TEXT, _PONG, _MASKED = 0x81, 0x8A, 0x80
_IN_TWO_BYTES, _IN_EIGHT_BYTES = 126, 127

Header = tuple[bytes, bytes]

# What is longer is not usual, and meets the server's own limits.
LONGEST = 8_000
_TOKEN = rb"[!#-'*+\-.0-9A-Z^-z|~]+"
_HEAD = re.compile(rb"GET (/[!-~]*) HTTP/1\.1\r\n((?:%b: [!-~][ -~]*\r\n)+)\r\n" % _TOKEN)
_SUBPROTOCOLS = re.compile(rb"%b(?:, ?%b)*" % (_TOKEN, _TOKEN))
_HAS_BODY = (b"content-length", b"transfer-encoding", b"expect")


class Handshake(NamedTuple):
    """A request for a WebSocket that can be accepted as it is. Names of headers are in lower case.

    `accept` is the value of `Sec-WebSocket-Accept` that belongs to its key.
    """

    target: str
    headers: list[Header]
    subprotocols: list[str]
    accept: bytes


def usual_handshake(request: bytes) -> Handshake | None:
    """The request, if these bytes are all of it and nothing is unusual: each header once, version 13, a right key.

    Extensions that it offers are not looked at, so it is for servers that take none.
    """
    if len(request) > LONGEST or (head := _HEAD.fullmatch(request)) is None:
        return None
    headers = [_header(line) for line in head[2].split(b"\r\n")[:-1]]
    found = dict(headers)
    if len(found) != len(headers) or not _asks_for_a_socket(found):
        return None
    offered = found.get(b"sec-websocket-protocol")
    subprotocols = [] if offered is None else [name.strip() for name in offered.decode("ascii").split(",")]
    return Handshake(head[1].decode("ascii"), headers, subprotocols, accept_of(found[b"sec-websocket-key"]))


def _header(line: bytes) -> Header:
    name, _, value = line.partition(b": ")
    return name.lower(), value.rstrip(b" ")


def _asks_for_a_socket(found: dict[bytes, bytes]) -> bool:
    return (
        b"host" in found
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and b"upgrade" in found.get(b"connection", b"").lower().replace(b" ", b"").split(b",")
        and found.get(b"sec-websocket-version") == b"13"
        and _SUBPROTOCOLS.fullmatch(found.get(b"sec-websocket-protocol", b"none")) is not None
        and _is_key(found.get(b"sec-websocket-key", b""))
        and not any(name in found for name in _HAS_BODY)
    )


def _is_key(key: bytes) -> bool:
    try:
        return len(a2b_base64(key, strict_mode=True)) == _KEY_BYTES
    except Error:
        return False


def accept_of(key: bytes) -> bytes:
    """What proves that the server has understood the handshake (RFC 6455, 4.2.2)."""
    return b64encode(sha1(key + _GUID, usedforsecurity=False).digest())


def usual_text(data: bytes) -> str | None:
    """The text, if these bytes are exactly one whole message of less than 64 kB, as clients frame it; else None."""
    if len(data) < 6 or data[0] != _FINAL_TEXT or not data[1] & _MASKED:
        return None
    length, start = data[1] & 0x7F, 2
    if length == _IN_EIGHT_BYTES:
        return None
    if length == _IN_TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 4
    if len(data) != start + 4 + length:
        return None
    try:
        return apply_mask(data[start + 4 :], data[start : start + 4]).decode()
    except UnicodeDecodeError:
        return None


def usual_pong(data: bytes) -> bytes | None:
    """The payload, if these bytes are exactly one pong of a client; else None."""
    is_one = len(data) >= 6 and data[0] == _PONG and data[1] & _MASKED and len(data) == 6 + (data[1] & 0x7F)
    return apply_mask(data[6:], data[2:6]) if is_one else None
