"""The load client, bench/load/wsload.c: thousands of WebSocket connections from one process, driven from here.

It parses nothing during a run. Of a few *sampled* connections it keeps every frame with the time of its last byte, for
afterwards; of the others it counts messages and bytes.
"""

import mmap
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench.harness.processes import Talker

_FRAME = struct.Struct("<QIIQ")
RESERVED_BIT_1, FINAL_BIT, OPCODE = 0x40, 0x80, 0x0F


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How a client gets to its stream. `{token}`, `{login}` and `{i}` stand for what the connection has of its own.

    `steps` are `("expect", part of a message)` and `("send", message)`; the last one must be something that comes once
    the subscription is active. `replies` answer a message each: Engine.IO's pings.
    """

    path: str
    steps: Sequence[tuple[str, str]]
    replies: Sequence[tuple[str, str]] = ()
    headers: Sequence[str] = ()

    def script(self) -> str:
        """In the load client's own words."""
        kinds = {"expect": "E", "send": "S", "sendbin": "B"}
        lines = [f"{kinds[kind]} {_hex(text)}" for kind, text in self.steps]
        lines += [f"R {_hex(heard)} {_hex(said)}" for heard, said in self.replies]
        return "".join(f"{line}\n" for line in [*lines, *(f"H {header}" for header in self.headers)])


def _hex(text: str) -> str:
    return text.encode().hex()


@dataclass(frozen=True, slots=True)
class Load:
    """How many connections, and how they behave. `stalled` ones read nothing once they are subscribed.

    `stamp` is the text before a time in nanoseconds of the monotonic clock, near the beginning of each message; the
    load client then knows the latency itself. `receive_buffer` and the longest `segment` are in bytes; 0 is the
    system's own.
    """

    connections: int
    sampled: int = 0
    stalled: int = 0
    at_once: int = 50
    receive_buffer: int = 0
    segment: int = 0
    stamp: str = ""
    setup_seconds: float = 60


class Totals(msgspec.Struct, frozen=True):
    """What the load client has counted so far. `counted`: connections that read.

    `setup_s`: from the first connection to the last one's subscription.
    """

    t_ns: int
    conns: int
    ready: int
    failed: int
    closed: int
    msgs: int
    frames: int
    bytes: int
    min_msgs: int
    max_msgs: int
    counted: int
    cpu_s: float
    max_loop_ms: float
    rec_overflow: int
    setup_s: float
    close_codes: dict[str, int]
    lat_n: int = 0
    lat_p50_us: float = 0
    lat_p95_us: float = 0
    lat_p99_us: float = 0
    lat_max_us: float = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as a sampled client got it. `t_ns`: when its last byte was read."""

    t_ns: int
    client: int
    first_byte: int
    payload: bytes


@dataclass
class LoadClient:
    """A running load client. `folder` is where it finds its script and leaves its record."""

    program: Path
    folder: Path
    port: int
    dialogue: Dialogue
    load: Load
    tokens: Sequence[str] = ()
    logins: Sequence[str] = ()
    talker: Talker = field(init=False)

    def __post_init__(self) -> None:
        texts = {"script": self.dialogue.script(), "tokens": _lines(self.tokens), "logins": _lines(self.logins)}
        for name, text in texts.items():
            (self.folder / name).write_text(text)
        self.talker = Talker([str(self.program), *self._options(list(texts))])

    def _options(self, files: list[str]) -> list[str]:
        load = self.load
        options: dict[str, object] = {
            "port": self.port,
            "path": self.dialogue.path,
            "conns": load.connections,
            "sample": load.sampled,
            "stall": load.stalled,
            "inflight": load.at_once,
            "rcvbuf": load.receive_buffer,
            "mss": load.segment,
            "setup-timeout": load.setup_seconds,
            "rec": self.record,
            **{name: self.folder / name for name in files},
            **({"stamp": load.stamp} if load.stamp else {}),
        }
        return [part for name, value in options.items() for part in (f"--{name}", str(value))]

    @property
    def record(self) -> Path:
        return self.folder / "record"

    def ready(self) -> Totals:
        """Wait until every connection is subscribed, or has failed."""
        return _totals(self.talker.answer(self.load.setup_seconds + 20))

    def mark(self, name: str) -> Totals:
        return _totals(self.talker.ask(f"mark {name}"))

    def reset(self) -> None:
        """Count from 0 again."""
        self.talker.ask("reset")

    def stop(self) -> Totals:
        """Close all connections and write the record."""
        final = _totals(self.talker.ask("stop"))
        self.talker.process.wait(60)
        return final

    def frames(self) -> Iterator[Frame]:
        """What the sampled clients got, in the order of arrival; after `stop`."""
        if not self.record.exists() or not self.record.stat().st_size:
            return
        with self.record.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as record:
            yield from _frames(record)


def _frames(record: mmap.mmap) -> Iterator[Frame]:
    position = 0
    while position + _FRAME.size <= len(record):
        t_ns, client, first_byte, length = _FRAME.unpack_from(record, position)
        position += _FRAME.size
        yield Frame(t_ns, client, first_byte, record[position : position + length])
        position += length


def _lines(texts: Sequence[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _totals(answer: dict[str, object]) -> Totals:
    return msgspec.convert(answer, Totals)
