"""A peer for each test of the Python client, and notes of what the client tells."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.live.client.peer import PATIENCE, Notes, Peer, listening


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with listening() as peer, asyncio.timeout(10 * PATIENCE):
        yield peer


@pytest.fixture
def notes() -> Notes:
    return Notes()
