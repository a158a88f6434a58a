"""Starting what is measured and what measures, each on its core, and being sure that it ends.

The server under test has core 0 for itself; load client, feeder and this program share core 1. So a slow client costs
the server nothing, and two servers are compared on the same core.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER_CORE, CLIENT_CORE = 0, 1
STOP_SECONDS = 10.0


class EndedError(Exception):
    """A process ended that should have gone on; the text says what it wrote last."""


def pin_this_program() -> None:
    """Move this program, and all that it starts unless told otherwise, to the clients' core."""
    os.sched_setaffinity(0, {CLIENT_CORE % _cores()})


def _cores() -> int:
    return os.cpu_count() or 1


def _on_core(core: int, command: Sequence[str]) -> list[str]:
    """The command on that core, and ending when this program does, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(core % _cores()), *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Talker:
    """A process that answers a line of text with a line of JSON: the load client, the feeder, a fan-out server."""

    def __init__(self, command: Sequence[str], core: int = CLIENT_CORE, **options: Any) -> None:
        self.process = subprocess.Popen(
            _on_core(core, command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            **options,
        )
        self._name = Path(command[0]).name
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        for line in self.process.stdout or ():
            try:
                self._answers.put(json.loads(line))
            except ValueError:
                print(f"{self._name}: {line.rstrip()}", file=sys.stderr)
        self._answers.put(None)

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")

    def answer(self, seconds: float = 60, meanwhile: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """The next answer; `meanwhile` is called about twice a second. TimeoutError, EndedError."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                answer = self._answers.get(timeout=min(0.5, left))
            except queue.Empty:
                meanwhile()
                continue
            if answer is None:
                raise EndedError(f"{self._name} ended")
            return answer
        raise TimeoutError(f"{self._name} did not answer within {seconds:g} s")

    def ask(self, line: str, seconds: float = 60, meanwhile: Callable[[], None] = lambda: None) -> dict[str, Any]:
        self.say(line)
        return self.answer(seconds, meanwhile)

    def end(self) -> None:
        end(self.process)


@dataclass(frozen=True, slots=True)
class Server:
    """A process under test; what it writes goes to its log."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        end(self.process)

    def require(self) -> None:
        """Raises EndedError, with the end of the log, if it runs no more."""
        if not self.runs:
            said = self.log.read_text(errors="replace")[-3000:]
            raise EndedError(f"{self.name} ended with {self.process.returncode}:\n{said}")


def start_server(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, core: int = SERVER_CORE
) -> Server:
    """Start a process under test in a session of its own, so that its children end with it."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            _on_core(core, command),
            cwd=folder,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(name, process, log)


def end(process: "subprocess.Popen[Any]") -> None:
    """SIGTERM, some patience, SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], what: str, seconds: float = 30, server: Server | None = None) -> None:
    """Wait for a condition. TimeoutError; EndedError if the server ends before."""
    end_at = time.monotonic() + seconds
    while not condition():
        if server is not None:
            server.require()
        if time.monotonic() > end_at:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
