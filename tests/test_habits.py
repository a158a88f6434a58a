"""The habits of this code base that a machine can see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tree import ROOT, files, parsed, sources

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
LONGEST_TEST_FILE = 500
TEXTS = {".py", ".md", ".toml", ".yml", ".html", ".js", ".css", ".json", ".lock", ""}


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def called(path: Path) -> set[str]:
    """The last names of what a file calls: {"sleep"} for time.sleep(1)."""
    calls = [node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


def found(pattern: str) -> list[str]:
    """Where a pattern stands in any text of the repository, these tests left out."""
    paths = [path for path in files() if path.suffix in TEXTS and path != Path("tests/test_habits.py")]
    return [f"{path}: {match.group()}" for path in paths for match in re.finditer(pattern, text(path))]


def test_no_function_is_longer_than_a_screen() -> None:
    every = [(path, node) for path in sources() for node in functions(path)]
    assert [f"{path}: {node.name}" for path, node in every if length(node) > LONGEST_FUNCTION] == []


def test_no_file_is_longer_than_a_few_screens() -> None:
    limits = {path: LONGEST_TEST_FILE if path.parts[0] == "tests" else LONGEST_FILE for path in sources()}
    assert [path for path, limit in limits.items() if text(path).count("\n") > limit] == []


def test_a_module_says_first_what_it_is_for() -> None:
    modules = [path for path in sources() if not path.name.startswith("test_")]
    assert [path for path in modules if parsed(path).body and not ast.get_docstring(parsed(path))] == []


def test_no_test_waits_by_sleeping() -> None:
    assert [path for path in sources("tests") if path.name.startswith("test_") and "sleep" in called(path)] == []


def test_nothing_is_left_for_later() -> None:
    assert found(r"\b(TODO|FIXME|XXX|HACK)\b") == []


def test_no_machine_of_ours_is_named() -> None:
    assert found(r"(?<![\w.])/(home|root|work)/[a-z.]") == []


def test_no_address_of_a_package_registry_is_named() -> None:
    assert found(r"https?://[^\s\"']*(/simple\b|pypi|npmjs|registry)") == []
