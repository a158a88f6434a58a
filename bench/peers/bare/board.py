"""The board of the bare rival: the accounts in a dict, ranked by sorting, a frame made once for all who watch."""

import json
from pathlib import Path
from typing import Any

import orjson

FIELDS = ("balance", "equity", "currency", "leverage", "margin", "freeMargin", "profit", "positions", "orders")
_TEXT = 0x81


class Board:
    """Takes messages of the feed; gives snapshots and deltas as complete WebSocket frames."""

    def __init__(self, contest: Path) -> None:
        told = json.loads(contest.read_text())
        self.marathon_id: str = told["marathonId"]
        self._people = {person["login"]: person for person in told["participants"]}
        self._accounts: dict[str, dict[str, Any]] = {}
        self._changed: set[str] = set()
        self._ranks: dict[str, int] = {}
        self._version = 0
        self._snapshot: tuple[tuple[int, int], bytes] = ((-1, 0), b"")

    def take(self, body: bytes) -> None:
        """Merge a message; those of other people's accounts are left out."""
        message = orjson.loads(body)
        login = message["login"]
        if login in self._people:
            account = self._accounts.setdefault(login, {})
            account.update((field, message[field]) for field in FIELDS if field in message)
            account["score"] = _score(account)
            self._changed.add(login)

    def _ranked(self) -> list[tuple[str, dict[str, Any]]]:
        return sorted(self._accounts.items(), key=lambda item: -item[1]["score"])

    def snapshot(self) -> bytes:
        """The whole board, encoded once for each state."""
        state = (self._version, len(self._changed))
        if self._snapshot[0] != state:
            entries = [self._entry(login, rank, account) for rank, (login, account) in enumerate(self._ranked(), 1)]
            data = {"marathonId": self.marathon_id, "version": self._version, "entries": entries}
            self._snapshot = (state, frame({"event": "marathon_leaderboard", "data": data}))
        return self._snapshot[1]

    def _entry(self, login: str, rank: int, account: dict[str, Any]) -> dict[str, Any]:
        person = self._people[login]
        return {
            "accountLogin": login,
            "rank": rank,
            "userName": person["userName"],
            "participantId": person["participantId"],
            "profitPercentage": account["score"],
            **{field: account.get(field) for field in FIELDS},
        }

    def delta(self) -> bytes | None:
        """What changed since the last one: rows that changed, and the ranks of those that they passed."""
        if not self._changed:
            return None
        rows, ranks, now = [], [], {}
        for rank, (login, account) in enumerate(self._ranked(), 1):
            now[login] = rank
            if login in self._changed:
                rows.append(_row(login, rank, account))
            elif self._ranks.get(login) != rank:
                ranks.append([login, rank])
        self._ranks = now
        self._changed.clear()
        self._version += 1
        return frame({"event": "leaderboard_delta", "data": {"v": self._version, "rows": rows, "ranks": ranks}})


def _score(account: dict[str, Any]) -> float:
    start = account["balance"] - account["profit"]
    return account["profit"] / start * 100 if start > 0 else 0.0


def _row(login: str, rank: int, account: dict[str, Any]) -> list[Any]:
    amounts = (account[field] for field in ("equity", "balance", "profit", "score", "margin", "freeMargin"))
    return [login, rank, *amounts]


def frame(message: dict[str, Any]) -> bytes:
    """A message as one unmasked text frame, ready to be written to any number of sockets."""
    body = orjson.dumps(message)
    size = len(body)
    if size < 126:
        return bytes([_TEXT, size]) + body
    if size < 65_536:
        return bytes([_TEXT, 126]) + size.to_bytes(2, "big") + body
    return bytes([_TEXT, 127]) + size.to_bytes(8, "big") + body
