"""The cast as callers of the HTTP interface, and a board with something on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cast import crowd, has_equity
from tests.marathons.api.conftest import (  # noqa: F401 - fixtures
    _fresh_limits,
    anybody,
    as_alice,
    as_bob,
    as_charlie,
    as_sam,
)

if TYPE_CHECKING:
    from marathons.models import Marathon, Participant


@pytest.fixture
def board(public_marathon: Marathon) -> list[Participant]:
    """Twelve participants: ten ranked, with ties, one disqualified, one without data."""
    from marathons.actions import change_status
    from marathons.models import ParticipantStatus

    participants = crowd(public_marathon, 12)
    for index, participant in enumerate(participants[:11]):
        has_equity(participant, str(10_000 + 100 * (index // 2)))
    change_status([participants[10]], ParticipantStatus.DISQUALIFIED, "Two accounts")
    return participants
