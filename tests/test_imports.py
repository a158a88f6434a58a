"""Who may import whom: the architecture, held by walking the imports."""

import sys
from collections.abc import Iterable
from pathlib import Path

from tests.tree import ROOT, imported, sources

EVERYTHING = [path for folder in ("live", "marathons", "marathon_site") for path in sources(folder)]


def within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def foreign(folder: str, *allowed: str) -> set[tuple[Path, str]]:
    """What the files of a folder import besides the standard library and the packages named."""
    known = {*allowed, *sys.stdlib_module_names}
    return {(path, name) for path in sources(folder) for name in imported(path) if not within(name, known)}


def reaching(paths: Iterable[Path], *packages: str) -> set[tuple[Path, str]]:
    """Which of the files import one of the packages named."""
    return {(path, name) for path in paths for name in imported(path) if within(name, packages)}


def test_the_walk_finds_imports_of_every_form() -> None:
    names = imported(Path("tests/test_imports.py"))
    assert {"sys", "pathlib.Path", "tests.tree", "tests.tree.sources"} <= names
    assert len(EVERYTHING) > 20


def test_the_board_knows_only_itself_and_msgspec() -> None:
    assert foreign("live/board", "live.board", "msgspec") == set()


def test_the_board_knows_neither_clock_nor_event_loop() -> None:
    assert reaching(sources("live/board"), "asyncio", "threading", "time", "random", "os") == set()


def test_the_wire_knows_only_itself_the_board_and_msgspec() -> None:
    assert foreign("live/wire", "live.wire", "live.board", "msgspec") == set()


def test_the_feed_does_not_know_who_is_watching() -> None:
    assert reaching(sources("live/feed"), "live.doors", "live.session", "live.hub") == set()


def test_who_is_watching_does_not_know_the_feed() -> None:
    watching = [*sources("live/doors"), *sources("live/hub"), *sources("live/session")]
    assert reaching(watching, "live.feed") == set()


def test_what_is_stored_does_not_know_how_it_is_shown() -> None:
    assert reaching(sources("marathons"), "live") == set()


def test_only_the_broker_and_the_simulated_publisher_know_pika() -> None:
    knowing = {path for path, _ in reaching(EVERYTHING, "pika")}
    allowed = {Path("live/feed/broker.py"), Path("live/feed/connection.py"), *sources("live/feed/simulator")}
    assert knowing <= allowed


def test_only_the_site_reads_the_environment() -> None:
    outside = [path for path in EVERYTHING if path.parts[0] != "marathon_site"]
    assert reaching(outside, "os.environ", "os.getenv", "environ") == set()
    assert [path for path in outside if "os.environ" in (ROOT / path).read_text(encoding="utf-8")] == []
