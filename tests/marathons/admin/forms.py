"""Reading the forms of a page the way a browser does: every field with the value that it shows."""

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name = at.get("name")
        if tag == "input" and name:
            self._input(name, at)
        elif tag == "select" and name and "multiple" not in at:
            self._select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in at:
            self.values[self._select] = at.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = ""

    def _input(self, name: str, at: dict[str, str | None]) -> None:
        kind = at.get("type")
        if kind in {"checkbox", "radio"} and "checked" in at:
            self.values[name] = at.get("value") or "on"
        elif kind not in {"checkbox", "radio", "submit", "button", "file", "image"}:
            self.values[name] = at.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data.removeprefix("\n")  # browsers leave out the first line break


def filled_in(page: Any, changes: dict[str, Any]) -> dict[str, Any]:
    """The values of a page's form, with some of them changed."""
    parser = _Fields()
    parser.feed(page.content.decode())
    values = {name: value for name, value in parser.values.items() if "__prefix__" not in name}
    return values | changes


def told(page: Any) -> str:
    """The messages on top of a page."""
    return " ".join(str(message) for message in page.context["messages"])
