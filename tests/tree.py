"""The repository as the tests about it see it: its files, and which module imports which."""

import ast
import gc
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def files() -> tuple[Path, ...]:
    """What belongs to the repository, relative to its root; without what .gitignore names and what was just deleted."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file())


def sources(folder: str = "") -> list[Path]:
    """The Python files under a folder, migrations left out."""
    under = Path(folder)
    return [
        path
        for path in files()
        if path.suffix == ".py" and path.is_relative_to(under) and "migrations" not in path.parts
    ]


@cache
def parsed(path: Path) -> ast.Module:
    """The tree of a file.

    Parsed without garbage collection: where that ends a greenlet (Playwright's are) in the midst of parsing, Python
    3.11 loses count of its depth and raises SystemError.
    """
    gc.disable()
    try:
        return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
    finally:
        gc.enable()


def imported(path: Path) -> set[str]:
    """The dotted names that a file imports, at its top or in functions: `from a.b import c` gives a.b and a.b.c."""
    return {name for node in ast.walk(parsed(path)) for name in _names(node, path)}


def _names(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        # The package that leading dots count up from is the folder, also in its __init__.py.
        parents = path.parent.parts[: len(path.parent.parts) - node.level + 1] if node.level else ()
        base = ".".join([*parents, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)
