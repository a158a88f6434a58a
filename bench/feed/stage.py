"""A marathon under way, and the worker on it: pinned to its core, watched, stopped."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bench.harness.processes import end, start_server
from bench.harness.services import ROOT, Services

PATIENCE = 120.0
PREPARE = """
from datetime import timedelta
from django.utils import timezone
from bench.feed.objects import login
from marathons.actions import save_marathon
from marathons.enrolment import Entry, enrol
from marathons.models import Marathon
start = timezone.now() - timedelta(hours=1)
marathon = save_marathon(Marathon(name="Bench", starts_at=start, ends_at=start + timedelta(days=7), created_at=start,
                                  initial_balance=10_000))
enrol(marathon, [Entry(f"p{n}@example.com", login(n), "Trader", str(n)) for n in range(ACCOUNTS)], start)
"""


def prepare(services: Services, accounts: int) -> None:
    """Migrate, and enter everybody into one marathon."""
    services.run("manage.py", "migrate", "-v0")
    services.run("manage.py", "shell", "-v0", "-c", PREPARE.replace("ACCOUNTS", str(accounts)))


class Worker:
    """The worker's process. `batches` and `acknowledged` are what its probe has told so far, `memory` is in MB."""

    def __init__(self, services: Services, queues: list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-worker-")
        told = Path(self._folder.name) / "told"
        told.touch()
        self._told, self._rest = told.open(encoding="utf-8"), ""
        named = [word for queue in queues for word in ("--queue", queue)]
        command = [sys.executable, "-m", "bench.feed.probe", "consume_socket_data", *named]
        log = Path(self._folder.name) / "log"
        self.server = start_server("worker", command, ROOT, services.environment({"PROBE": str(told)}), log)
        self._process = psutil.Process(self.server.pid)
        self.batches: list[dict[str, Any]] = []
        self.acknowledged: list[float] = []
        self.memory: list[tuple[float, float]] = []

    def look(self) -> None:
        """Read what is new, and how much memory is in use."""
        self.server.require()
        self._rest += self._told.read()
        *lines, self._rest = self._rest.split("\n")
        for line in map(json.loads, lines):
            if "acknowledged" in line:
                self.acknowledged.append(line["acknowledged"])
            else:
                self.batches.append(line)
        self.memory.append((time.monotonic(), self._process.memory_info().rss / 1e6))

    def of(self, queue: str) -> list[dict[str, Any]]:
        """The batches of one queue."""
        return [batch for batch in self.batches if batch["queue"] == queue]

    def wait_for(self, queue: str, objects: int) -> list[dict[str, Any]]:
        """Wait until so many objects of a queue are committed, announced and acknowledged; return its batches."""

        def done() -> bool:
            handled = sum(batch["objects"] for batch in self.of(queue))
            return handled >= objects and len(self.acknowledged) >= len(self.batches)

        self.until(done, f"{objects} objects of {queue} are done")
        return self.of(queue)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Look until it is true. TimeoutError."""
        last = time.monotonic() + PATIENCE
        while self.look() or not condition():
            if time.monotonic() > last:
                raise TimeoutError(f"not within {PATIENCE:g} s: {what}\n{self.server.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        end(self.server.process)
        self._told.close()
        self._folder.cleanup()
