"""The documents as the tests read them: fenced blocks, tables, links."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tree import ROOT

DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: ```language mark."""

    language: str
    mark: str
    text: str

    @property
    def value(self) -> Any:
        """What a block of JSON holds."""
        return json.loads(self.text)


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str | None = None, mark: str | None = None) -> list[Block]:
    """The fenced blocks of a document, of one language or with one mark."""
    found = [Block(*parts) for parts in _FENCE.findall(read(name))]
    return [
        block
        for block in found
        if (language is None or block.language == language) and (mark is None or block.mark == mark)
    ]


def block(name: str, language: str, mark: str) -> Block:
    """The one block with this mark."""
    (found,) = blocks(name, language, mark)
    return found


def tables(name: str) -> Iterator[list[list[str]]]:
    """Each table as its rows of cells, the header first, without the marks of code."""
    prose = _FENCE.sub("", read(name))
    for table in re.findall(r"(?:^\|.*\|$\n)+", prose, re.MULTILINE):
        lines = [line for line in table.splitlines() if not re.fullmatch(r"[|\s:-]+", line)]
        yield [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def table(name: str, *header: str) -> list[list[str]]:
    """The rows of the one table that begins with these column names."""
    (found,) = [rows[1:] for rows in tables(name) if tuple(rows[0][: len(header)]) == header]
    return found


def codes(cell: str) -> list[str]:
    """What stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(path: Path) -> set[str]:
    """What links to a document may point at, by the rule of GitHub."""
    headings = _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> list[str]:
    return _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
