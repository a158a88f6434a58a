"""A client written from the protocol alone, for tests: plain frames over a plain WebSocket, nothing of ours."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 30.0


class Viewer:
    """One connection; `board` is the last full board, kept up to date with deltas where they come."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.board: dict[str, Any] = {}
        self.frames = 0
        self._unread: list[str | bytes] = []

    @classmethod
    async def open(cls, url: str, token: str | None = None, **options: Any) -> "Viewer":
        query = f"?{urlencode({'token': token})}" if token else ""
        return cls(await connect(f"{url}{query}", max_size=None, **options))

    async def send(self, event: str, data: Any = None, **extra: Any) -> None:
        await self.socket.send(json.dumps({"event": event, "data": data, **extra}))

    async def receive(self, patience: float = PATIENCE) -> dict[str, Any]:
        async with asyncio.timeout(patience):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.frames += 1
        self._note(message)
        return message

    async def collect(self) -> None:
        """Read on until cancelled, without looking at anything: two hundred viewers must not slow the test down."""
        while True:
            frame = await self.socket.recv()
            self.frames += 1
            if "marathon_leaderboard" in str(frame[:40]):
                self._unread.clear()
            self._unread.append(frame)

    def catch_up(self) -> dict[str, Any]:
        """Look at what was collected; the board."""
        for frame in self._unread:
            self._note(json.loads(frame))
        self._unread.clear()
        return self.board

    def _note(self, message: dict[str, Any]) -> None:
        data = message["data"]
        if message["event"] == "marathon_leaderboard":
            self.board = data
        elif message["event"] == "marathon_delta" and self.board.get("marathonId") == data["marathonId"]:
            assert data["since"] == self.board["seq"], "a gap"
            self._apply(data)

    def _apply(self, delta: dict[str, Any]) -> None:
        """The three steps of the protocol, to the letter."""
        gone = set(delta["removed"]) | {bib for bib, _ in delta["moved"]}
        rows = {entry["bib"]: entry for entry in self.board["entries"]}
        order = [bib for bib in rows if bib not in gone]
        for changed in delta["changed"]:
            rows[changed["bib"]] = {**rows.get(changed["bib"], {}), **changed}
        for bib, position in delta["moved"]:
            order.insert(position, bib)
        offset = delta["offset"]
        entries = [
            {**rows[bib], "rank": offset + index + 1 if rows[bib]["status"] == "active" else None}
            for index, bib in enumerate(order)
        ]
        self.board = {**self.board, "entries": entries, "offset": offset, "seq": delta["seq"]}
        self.board["totalParticipants"] = delta["totalParticipants"]

    async def expect(self, event: str, patience: float = PATIENCE) -> dict[str, Any]:
        """The data of the next message of this event; others are read on the way."""
        async with asyncio.timeout(patience):
            while True:
                message = await self.receive(patience)
                if message["event"] == event:
                    data: dict[str, Any] = message["data"]
                    return data

    async def subscribe(self, marathon_id: str, **options: Any) -> dict[str, Any]:
        """Subscribe and read until it is confirmed; the `subscribed`."""
        await self.send("subscribe_marathon", {"marathonId": marathon_id, **options})
        return await self.expect("subscribed")

    async def until(self, condition: Callable[[dict[str, Any]], Any], patience: float = PATIENCE) -> dict[str, Any]:
        """Read until the board is as wanted; the board."""
        async with asyncio.timeout(patience):
            while not (self.board and condition(self.board)):
                await self.receive(patience)
        return self.board

    def entry(self, login: str) -> dict[str, Any]:
        """The entry of an account on the board; empty if it is not there."""
        return next((entry for entry in self.board.get("entries", ()) if entry["accountLogin"] == login), {})

    async def close_code(self) -> int:
        """Read to the end; the code that the server closed with."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code or 0

    async def close(self) -> None:
        await self.socket.close()
