"""docs/OPERATIONS.md names every setting, every path and every command there is."""

import re

from django.core.management import get_commands

from live.doors.http.urls import operations
from tests.tree import ROOT

DOCS = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")


def test_every_setting_has_its_line() -> None:
    text = (ROOT / "marathon_site/settings.py").read_text(encoding="utf-8")
    names = re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', text)
    assert len(names) > 30
    assert [name for name in names if not re.search(rf"^\| `{name}` \|", DOCS, re.MULTILINE)] == []


def test_no_setting_is_documented_that_is_not_there() -> None:
    text = (ROOT / "marathon_site/settings.py").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([A-Z0-9_]+)` \|", DOCS, re.MULTILINE)
    assert [name for name in documented if f'"{name}"' not in text] == []


def test_every_path_for_operators_is_there() -> None:
    assert [one.name for one in operations if f"| `/{one.name}` |" not in DOCS] == []


def test_every_command_of_ours_is_there() -> None:
    ours = [name for name, app in get_commands().items() if app in {"live", "marathons"} and name != "demo"]
    assert len(ours) >= 4
    assert [name for name in ours if name not in DOCS] == []
