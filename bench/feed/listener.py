"""Hears what the worker announces, as a web process does, and says how old each row was when it was heard."""

import threading
import time

import msgspec
import redis

from bench.harness.services import REDIS_URL
from live.groups import BOARD_CHANGED
from live.wire.announcements import decode_announcement


class _Envelope(msgspec.Struct):
    """How the channel layer wraps a message."""

    type: str
    body: bytes


_envelope = msgspec.msgpack.Decoder(_Envelope).decode


class Listener:
    """`lags`: for each row heard, seconds from its newest object's timestamp to now. `hints` told no rows."""

    def __init__(self, prefix: str) -> None:
        self.lags: list[float] = []
        self.hints = 0
        self._pubsub = redis.Redis.from_url(REDIS_URL).pubsub(ignore_subscribe_messages=True)
        self._pattern = f"{prefix}*"
        self._thread: threading.Thread

    def _hear(self, message: dict[str, bytes]) -> None:
        said, now = _envelope(message["data"]), time.time()
        if said.type != BOARD_CHANGED:
            return
        rows = decode_announcement(said.body).rows
        if rows is None:
            self.hints += 1
            return
        self.lags += [now - row.updated_at.timestamp() for row in rows if row.updated_at]

    def __enter__(self) -> "Listener":
        self._pubsub.psubscribe(**{self._pattern: self._hear})
        self._thread = self._pubsub.run_in_thread(0.1, daemon=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.stop()  # type: ignore[attr-defined]
        self._thread.join(5)
        self._pubsub.close()
