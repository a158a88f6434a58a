"""A hundred traders who do not exist, with what each of them starts with."""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from marathons.enrolment import Entry

FIRST_LOGIN = 261_632_001
_CAPITAL = tuple(map(Decimal, (2_500, 5_000, 10_000, 10_000, 10_000, 25_000, 50_000)))
_NAMES = Path(__file__).with_name("names.txt")


def people(seed: int = 1) -> Iterator[Entry]:
    """Entries for an entry list. Addresses end in example.com, where nobody gets mail."""
    source = random.Random(seed)  # noqa: S311 -- play money
    for index, name in enumerate(_NAMES.read_text("utf-8").splitlines()):
        first, _, last = name.partition(" ")
        yield Entry(
            email=f"trader{index + 1}@example.com",
            login=str(FIRST_LOGIN + index),
            first_name=first,
            last_name=last,
            initial_balance=source.choice(_CAPITAL),
        )
