"""However announcements are lost and clients read, drop and return: everybody ends with the server's board.

Short here; `make model` runs 100,000 schedules. MODEL_SEED and MODEL_SCHEDULES choose others.
"""

import os
import secrets

import pytest

from tests.live.hub.model import run_schedules


@pytest.mark.timeout(3600)
async def test_any_schedule_ends_with_every_client_showing_the_board() -> None:
    seed = int(os.environ.get("MODEL_SEED", secrets.randbelow(2**32)))
    count = int(os.environ.get("MODEL_SCHEDULES", "800"))
    print(f"seed {seed}, {count} schedules")  # noqa: T201 - pytest shows it when the test fails
    seen = await run_schedules(seed, count)
    if count >= 100:
        assert all(seen.values()), f"the schedules did not exercise everything: {seen}"
