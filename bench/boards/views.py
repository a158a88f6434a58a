"""What a client's screen shows after each message, for every server that is measured.

A view is told what the client got and says which equities that brought; `board` is the screen, best trader first.
"""

import zlib
from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

Shown = Iterable[tuple[str, float]]
"""Logins and their equities."""
_BINARY = 2
_read = msgspec.json.decode


class View(Protocol):
    def heard(self, opcode: int, payload: bytes) -> Shown:
        """Take one message. OutOfStepError where it does not fit what came before."""

    def board(self) -> list[tuple[str, float]]: ...


class OutOfStepError(Exception):
    """A delta that does not follow from the state that the client has."""


class DeltaView:
    """Ours, by the words of docs/PROTOCOL.md, and knowing nothing of the code that sends or of the client library."""

    def __init__(self) -> None:
        self._epoch, self._seq = "", 0
        self._rows: dict[int, dict[str, Any]] = {}
        self._order: list[int] = []

    def heard(self, opcode: int, payload: bytes) -> Shown:
        text = zlib.decompress(payload, -zlib.MAX_WBITS) if opcode == _BINARY else payload
        message = _read(text)
        match message["event"]:
            case "marathon_leaderboard":
                return self._snapshot(message["data"])
            case "marathon_delta":
                return self._delta(message["data"])
        return ()

    def _snapshot(self, data: dict[str, Any]) -> Shown:
        self._epoch, self._seq = data["epoch"], data["seq"]
        self._rows = {row["bib"]: row for row in data["entries"]}
        self._order = [row["bib"] for row in data["entries"]]
        return [(row["accountLogin"], row["equity"]) for row in data["entries"] if row["equity"] is not None]

    def _delta(self, data: dict[str, Any]) -> Shown:
        if (data["epoch"], data["since"]) != (self._epoch, self._seq):
            raise OutOfStepError(f"a delta since {data['since']} does not fit {self._seq}")
        self._seq = data["seq"]
        gone = {*data["removed"], *(bib for bib, _ in data["moved"])}
        self._order = [bib for bib in self._order if bib not in gone]
        for bib in data["removed"]:
            del self._rows[bib]
        for change in data["changed"]:
            self._rows[change["bib"]] = {**self._rows.get(change["bib"], {}), **change}
        for bib, position in data["moved"]:
            self._order.insert(position, bib)
        changed = [self._rows[change["bib"]] for change in data["changed"] if "equity" in change]
        return [(row["accountLogin"], row["equity"]) for row in changed]

    def board(self) -> list[tuple[str, float]]:
        rows = [self._rows[bib] for bib in self._order]
        return [(row["accountLogin"], row["equity"]) for row in rows]


class RankedView:
    """The rivals': a snapshot, then deltas of `rows` (login, rank, equity, ...) and `ranks` (login, rank)."""

    def __init__(self) -> None:
        self._rank: dict[str, int] = {}
        self._equity: dict[str, float] = {}

    def heard(self, opcode: int, payload: bytes) -> Shown:
        event, data = self._read(payload)
        match event:
            case "marathon_leaderboard":
                return self._snapshot(data["entries"])
            case "leaderboard_delta":
                return self._delta(data)
        return ()

    def _read(self, payload: bytes) -> tuple[str, Any]:
        message = _read(payload)
        return message["event"], message.get("data")

    def _snapshot(self, entries: list[dict[str, Any]]) -> Shown:
        self._rank = {entry["accountLogin"]: entry["rank"] for entry in entries}
        self._equity = {entry["accountLogin"]: entry["equity"] for entry in entries}
        return self._equity.items()

    def _delta(self, data: dict[str, Any]) -> Shown:
        changed = {row[0]: row[2] for row in data["rows"]}
        self._equity.update(changed)
        self._rank.update((row[0], row[1]) for row in [*data["rows"], *data["ranks"]])
        return changed.items()

    def board(self) -> list[tuple[str, float]]:
        return sorted(self._equity.items(), key=lambda shown: self._rank[shown[0]])


class SocketIOView(RankedView):
    """The same in Socket.IO's packets: `42/marathon-live,["event",data]`."""

    def _read(self, payload: bytes) -> tuple[str, Any]:
        if not payload.startswith(b"42"):
            return "", None
        event, data = _read(payload[payload.index(b"[") :])[:2]
        return event, data
