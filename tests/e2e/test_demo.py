"""`manage.py demo` as somebody runs it who has just got the code, in a copy of the checkout."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from live.pages.figures import MISSING
from tests.e2e.cluster import ROOT, Running, free_port, until

LINE = re.compile(r"^  (Board|Login) +(.*)$", re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The demo keeps its data beside manage.py: the developer's own are left alone."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    shutil.copytree(ROOT / "marathon_site", tmp_path / "marathon_site")
    for name in ("live", "marathons", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def demo(checkout: Path) -> Iterator["Demo"]:
    made = Demo(checkout)
    yield made
    made.stop()


class Demo:
    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._starts = 0

    def start(self) -> dict[str, str]:
        """What it says of itself when it is ready."""
        self._starts += 1
        log, port = self._checkout / f"demo-{self._starts}.log", free_port()
        # Nothing of the tests' own settings: the demo finds what it needs, or makes it.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "demo", "--port", str(port)],
                cwd=self._checkout,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.running = Running("the demo", process, log, port)
        until(lambda: "Ctrl-C" in self.running.said() or process.poll() is not None, "the demo is ready", 60)
        assert process.poll() is None, self.running.said()
        return dict(LINE.findall(self.running.said()))

    def stop(self) -> int:
        return self.running.stop(signal.SIGINT)


def gains(board: str) -> list[str]:
    return re.findall(r'<td class="gain"[^>]*>([^<]+)', httpx.get(board, timeout=10).text)


def test_the_demo_shows_a_board_that_moves_and_lets_its_organiser_in(demo: Demo) -> None:
    told = demo.start()
    site, (email, password) = demo.running.url, told["Login"].split(", password: ")
    assert told["Board"].startswith(f"{site}/marathons/")
    until(lambda: MISSING not in gains(told["Board"]), "everybody has data", 60)
    before = gains(told["Board"])
    assert len(before) == 100
    until(lambda: gains(told["Board"]) != before, "the board moves")
    assert "The feed is live." in httpx.get(told["Board"]).text
    with httpx.Client(base_url=site) as client:
        client.get("/admin/login/")
        form = {"username": email, "password": password, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post("/admin/login/?next=/admin/", data=form).headers["location"] == "/admin/"
    assert demo.stop() == 0
    assert "Traceback" not in demo.running.said()


def test_a_second_start_shows_the_same_board_with_the_same_login(demo: Demo) -> None:
    first = demo.start()
    assert demo.stop() == 0
    again = demo.start()
    assert again["Login"] == first["Login"]
    assert again["Board"].rsplit("/", 1)[1] == first["Board"].rsplit("/", 1)[1]
