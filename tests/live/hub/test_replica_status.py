import uuid
from datetime import UTC, datetime, timedelta

from live.board.rows import MarathonId
from live.hub.facts import MarathonFacts
from live.hub.replica import Replica
from live.hub.store import Reading

END = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


async def test_a_timer_that_fires_early_by_a_hair_is_set_again() -> None:
    marathon_id = MarathonId(uuid.uuid4())
    facts = MarathonFacts(marathon_id, "Autumn", END - timedelta(days=1), END, None, "public", "own")
    looks = iter([END - timedelta(microseconds=1), END])

    async def read(_marathon_id: MarathonId, _since: int) -> Reading | None:
        return None

    replica = Replica(marathon_id, read, lambda: next(looks, END), tick=0.2)
    replica.facts = facts
    replica._status_due("ongoing")
    assert replica._status_timer is not None, "the end of the marathon would never be told"
    await replica.close()
