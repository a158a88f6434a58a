"""A site in a process of its own on the database of the tests, and the browser that looks at it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.e2e.cluster import ROOT, Running, free_port, until

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 20.0  # seconds; milliseconds where Playwright counts


class Site:
    """A web process on one port, which it keeps when it is stopped and started again.

    It hears nothing of what the tests change, as they share no channel layer: it looks into the database each second.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / "site.log"

    def board(self, marathon_id: UUID) -> str:
        return f"{self.url}/marathons/{marathon_id}"

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "marathon_site.asgi:application", "--ws", "websockets-sansio"]
        with self._log.open("ab") as out:
            process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": database_url()},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._running = Running("the site", process, self._log, self.port)
        until(self._answers, "the site answers")

    def stop(self) -> None:
        """At once, as if the machine had gone: nobody is told."""
        self._running.stop(signal.SIGKILL)

    def _answers(self) -> bool:
        assert self._running.process.poll() is None, self._running.said()
        try:
            return httpx.get(f"{self.url}/login", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def database_url() -> str:
    """The URL of the database that pytest-django has made; call it when that has happened."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Window:
    """A page of a browser of its own, and what its console complained about: errors, and breaches of the policy."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self._context = browser.new_context(**options)
        self._context.set_default_timeout(PATIENCE * 1000)
        # A page cannot wait for its own animations without eval, which its policy forbids: count them.
        self._context.add_init_script(
            "window.slides = 0; const animate = Element.prototype.animate;"
            "Element.prototype.animate = function (...how) { window.slides++; return animate.apply(this, how); };"
        )
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def close(self) -> None:
        self._context.close()
