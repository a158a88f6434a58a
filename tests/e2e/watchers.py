"""Both clients behind one face, so that each scenario with real servers runs for both: a watcher does and tells.

The Python one lives in the test's own process, the JavaScript one (`tests/node/watcher.js`) in Node.js, behind pipes.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from live.client import (
    AccountSubscription,
    Backoff,
    Failure,
    Feed,
    MarathonLive,
    MarathonSubscription,
    Observer,
    RefusedError,
    State,
)
from live.client.board import Change

PATIENCE = 30.0
PROGRAM = Path(__file__).parents[1] / "node" / "watcher.js"


class Watcher(ABC):
    """What a client has told so far, and a way to wait for more."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.codes: list[str] = []
        """Why connections were lost, or errors told."""
        self.refused: list[str] = []
        self.feeds: list[str] = []
        self.pings = 0
        self.boards: dict[str, dict[str, Any]] = {}
        """The newest, by marathon id; `rows` with the protocol's names."""
        self.snapshots: list[bool] = []
        """Of each change: whether it was a snapshot."""
        self.me: int | None = None
        self.accounts: dict[str, dict[str, Any]] = {}
        """The newest entry, by marathon id."""
        self._bell = asyncio.Event()

    @abstractmethod
    async def connect(self, url: str, *tokens: str, renewable: bool = False, compression: bool = False) -> None:
        """Begin to connect. `renewable`: the tokens are handed out one after the other, the last one for ever."""

    @abstractmethod
    async def do(self, command: str, **more: Any) -> None:
        """One of subscribe, update, unsubscribe {marathonId, options}, account {login}, ping, close."""

    @abstractmethod
    async def leave(self) -> None:
        """End it, whatever its state."""

    async def subscribe(self, marathon_id: str, **options: Any) -> None:
        await self.do("subscribe", marathonId=marathon_id, options=options)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for what the client is to tell."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self._bell.wait()
        except TimeoutError:
            boards = {key: (board["seq"], len(board["rows"])) for key, board in self.boards.items()}
            raise AssertionError(f"not so: {self.states} {self.codes} {self.refused} {boards}") from None

    def rows(self, marathon_id: str) -> list[dict[str, Any]]:
        return list(self.boards.get(marathon_id, {}).get("rows", []))

    def take(self, told: str, **more: Any) -> None:
        """Note what the client told."""
        match told:
            case "state":
                self.states.append(more["state"])
                self.codes += [more["code"]] if more["code"] else []
            case "change":
                self.boards[more["board"]["marathonId"]] = more["board"]
                self.snapshots.append(more["snapshot"])
                self.me = more["me"]
            case "account":
                self.accounts[more["entry"]["marathonId"]] = more["entry"]
            case "feed":
                self.feeds.append(more["status"])
            case "refused":
                self.refused.append(more["code"])
            case "error":
                self.codes.append(more["code"])
            case "pong":
                self.pings += 1
        self._bell.set()
        self._bell.clear()


class _Ears(Observer):
    """Hands what the Python client tells to its watcher."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def state(self, state: State, failure: Failure | None, retry_in: float | None) -> None:
        self._watcher.take("state", state=str(state), code=failure.code if failure else None)

    def feed(self, feed: Feed) -> None:
        self._watcher.take("feed", status=feed.status)

    def error(self, failure: Failure) -> None:
        self._watcher.take("error", code=failure.code)


class PythonWatcher(Watcher):
    """`live.client`, in this process."""

    live: MarathonLive

    def __init__(self) -> None:
        super().__init__()
        self._tasks: set[asyncio.Task[None]] = set()
        self._marathons: dict[str, MarathonSubscription] = {}

    async def connect(self, url: str, *tokens: str, renewable: bool = False, compression: bool = False) -> None:
        left = list(tokens)

        async def get_token() -> str:
            return left.pop(0) if len(left) > 1 else left[0]

        access = get_token if renewable else tokens[0]
        backoff = Backoff(0.1, 0.1, 0.5)
        self.live = MarathonLive(url, access, observer=_Ears(self), compression=compression, backoff=backoff)
        self._begin(self._enter())

    async def do(self, command: str, **more: Any) -> None:
        self._begin(getattr(self, f"_{command}")(**more))

    async def leave(self) -> None:
        await self.live.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Any) -> None:
        self._tasks.add(asyncio.create_task(self._carry_out(work)))

    async def _carry_out(self, work: Any) -> None:
        try:
            await work
        except RefusedError as error:
            self.take("refused", code=error.failure.code)

    async def _enter(self) -> None:
        await self.live.__aenter__()

    async def _subscribe(self, marathonId: str, options: dict[str, Any]) -> None:  # noqa: N803 - the protocol's name
        view, updates = options.get("view"), options.get("updates", "delta")
        window = view if isinstance(view, dict) else {}
        interval = options.get("intervalMs")
        await self.live.reached(State.OPEN)
        board = await self.live.subscribe(marathonId, **window, interval_ms=interval, updates=updates)
        self._marathons[marathonId] = board
        self._changed(board, Change(board.board, snapshot=True))
        async for change in board:
            self._changed(board, change)

    def _changed(self, board: MarathonSubscription, change: Change) -> None:
        fields = asdict(change.board) | {"marathonId": board.marathon_id, "rows": list(change.board.rows)}
        self.take("change", snapshot=change.snapshot, board=fields, me=board.me["bib"] if board.me else None)

    async def _update(self, marathonId: str, options: dict[str, Any]) -> None:  # noqa: N803
        board = self._marathons[marathonId]
        await board.update(options["view"])
        self._changed(board, Change(board.board, snapshot=True))

    async def _unsubscribe(self, marathonId: str) -> None:  # noqa: N803
        await self._marathons[marathonId].unsubscribe()

    async def _account(self, login: str) -> None:
        account: AccountSubscription = await self.live.subscribe_account(login)
        async for entry in account:
            self.take("account", entry=dict(entry))

    async def _ping(self) -> None:
        await self.live.ping()
        self.take("pong")

    async def _close(self) -> None:
        await self.live.close()


class NodeWatcher(Watcher):
    """`marathon-live.js`, in Node.js."""

    def __init__(self, node_path: str) -> None:
        super().__init__()
        self._node_path = node_path

    async def connect(self, url: str, *tokens: str, renewable: bool = False, compression: bool = False) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(self._node_path, "--experimental-websocket", "--no-warnings", str(PROGRAM)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=64 * 2**20,
        )
        self._reading = asyncio.create_task(self._read())
        await self.do("connect", url=url, tokens=tokens, renewable=renewable, compression=compression)

    async def do(self, command: str, **more: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": command, **more}).encode() + b"\n")
        await self._process.stdin.drain()

    async def leave(self) -> None:
        """Close the client; then nothing keeps the program from ending by itself, or it left a timer or a socket."""
        assert self._process.stdin is not None
        await self.do("close")
        self._process.stdin.close()
        try:
            async with asyncio.timeout(PATIENCE):
                assert await self._process.wait() == 0
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.take(**json.loads(line))
