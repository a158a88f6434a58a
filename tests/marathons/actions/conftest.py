"""What the tests of actions look at: the stamps that a change took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from marathons.models import Marathon


@pytest.fixture
def over(marathon: Marathon) -> Marathon:
    """The marathon with its final ranks stored."""
    type(marathon).objects.filter(pk=marathon.pk).update(finalised_at=marathon.ends_at)
    marathon.refresh_from_db()
    return marathon
