"""A client of the event stream, written from the documentation alone: httpx and the three lines of an event."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Event:
    """One event, or a comment (`name` ":"), or a `retry`."""

    name: str
    id: str = ""
    data: Any = None


@dataclass
class Board:
    """The rows by bib, in order, as deltas leave them."""

    seq: int = -1
    epoch: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)

    def take(self, event: Event) -> None:
        if event.name == "snapshot":
            self.entries = event.data["entries"]
        elif event.name == "delta":
            assert event.data["since"] == self.seq, "a gap"
            self._apply(event.data)
        else:
            return
        self.seq, self.epoch = event.data["seq"], event.data["epoch"]
        assert event.id == f"{self.epoch}:{self.seq}"

    def _apply(self, delta: dict[str, Any]) -> None:
        rows = {entry["bib"]: entry for entry in self.entries}
        gone = set(delta["removed"]) | {bib for bib, _ in delta["moved"]}
        order = [bib for bib in rows if bib not in gone]
        for changed in delta["changed"]:
            rows[changed["bib"]] = {**rows.get(changed["bib"], {}), **changed}
        for bib, position in delta["moved"]:
            order.insert(position, bib)
        self.entries = [
            {**rows[bib], "rank": delta["offset"] + index + 1 if rows[bib]["status"] == "active" else None}
            for index, bib in enumerate(order)
        ]


class EventStream:
    """One open stream. `board` is kept up with what was read."""

    def __init__(
        self, url: str, board: Board | None = None, headers: dict[str, str] | None = None, **query: Any
    ) -> None:
        self.board = board or Board()
        self._client = httpx.Client(timeout=30)
        request = self._client.build_request("GET", url, params=query, headers=headers)
        self.response = self._client.send(request, stream=True)
        self._events = self._read() if self.response.status_code == 200 else iter(())

    def _read(self) -> Iterator[Event]:
        event = Event("")
        for line in self.response.iter_lines():
            name, _, value = line.partition(": ")
            match name:
                case "event":
                    event.name = value
                case "id":
                    event.id = value
                case "data":
                    event.data = json.loads(value)
                case "retry":
                    event = Event("retry", data=int(value))
                case "" if line:
                    event = Event(":", data=value)
                case "":
                    yield event
                    event = Event("")

    def next(self) -> Event:
        """The next event of the board. Raises StopIteration at the end of the stream.

        The state of the feed may change at any moment, the first one included; these tests are not about it.
        """
        event = next(event for event in self._events if event.name != "feed_status")
        self.board.take(event)
        return event

    def expect(self, name: str) -> Event:
        """The next event of this name; others are read on the way."""
        while (event := self.next()).name != name:
            pass
        return event

    def until(self, condition: Callable[[Board], Any]) -> Board:
        while not condition(self.board):
            self.next()
        return self.board

    def rest(self) -> list[Event]:
        """All that comes until the stream ends."""
        return list(self._events)

    def close(self) -> None:
        self.response.close()
        self._client.close()
