"""Sessions on a hub whose boards are in no database: what the hub reads is what a test puts into its store."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live.session.stage import Stage


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> "AsyncIterator[Stage]":
    from tests.live.session.stage import Stage

    made = Stage(monkeypatch)
    yield made
    await made.close()
