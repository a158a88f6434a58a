"""How figures read; tests/node/pages.test.js holds the browser to the same vectors."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from live.pages import figures
from live.pages.moments import moment

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "figures.json").read_text())


def of_decimal(write: Callable[[Decimal | None], str]) -> Callable[[float | None], str]:
    return lambda given: write(None if given is None else Decimal(repr(given)))


WRITERS: dict[str, Callable[[Any], str]] = {
    "amount": of_decimal(figures.amount),
    "signed": of_decimal(figures.signed),
    "direction": of_decimal(figures.direction),
    "age": figures.age,
    "span": figures.span,
    "moment": lambda iso: moment(datetime.fromisoformat(iso)).text,
}


@pytest.mark.parametrize("name", VECTORS)
def test_figures_read_as_the_vectors_say(name: str) -> None:
    for given, text in VECTORS[name]:
        assert WRITERS[name](given) == text, f"{name}({given})"


def test_a_time_for_machines_is_written_as_the_protocol_does() -> None:
    assert moment(datetime.fromisoformat("2026-11-22T09:00:00.123456+01:00")).iso == "2026-11-22T08:00:00.123Z"
