"""What is read from a board's marks is what is counted, whoever changed it; marks that are not right are not used."""

import os
import random
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from live.board.ranking import Ranking
from live.board.rows import Login, MarathonId, Status
from live.feed.marks import MarkKeeper
from live.feed.store import Store
from live.hub import places, store
from live.hub.marks import marks_of
from live.hub.places import ids_at, keys_of, position, ranked_positions
from marathons import actions
from marathons.enrolment import Entry, enrol
from marathons.models import BoardMarks, Marathon, Participant, Standing
from tests.cast import crowd, make_marathon
from tests.live.feed.speaking import says

pytestmark = [pytest.mark.needs_postgres, pytest.mark.django_db]

SEED = int(os.environ.get("MARKS_SEED") or random.SystemRandom().randrange(10**6))
START = datetime(2025, 11, 14, 10, tzinfo=UTC)


class World:
    """A board that is large from ten rows on, two workers who change it, and an organiser."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START
        self.marathon = make_marathon(START)
        crowd(self.marathon, 30)
        self.workers = {queue: self.worker(queue) for queue in ("one", "two")}

    def worker(self, queue: str) -> Store:
        worker = Store(uuid.uuid4(), 60_000_000, lambda: self.now, partial(MarkKeeper, 10, 3))
        worker.take(queue)
        return worker

    def messages(self) -> None:
        queue, worker = self.random.choice(list(self.workers.items()))
        capitals = self.random.choices([9_000, 9_999, 10_000, 10_001, 12_000], k=12)
        logins = [str(900_000 + self.random.randrange(34)) for _ in capitals]
        at = self.now.timestamp()
        worker.apply(queue, [says(at, Login(one), equity=equity) for one, equity in zip(logins, capitals, strict=True)])

    def tick(self) -> None:
        queue = self.random.choice(list(self.workers))
        if self.random.random() < 0.3:
            self.workers[queue] = self.worker(queue)
        self.workers[queue].tick([])

    def organise(self) -> None:
        one = self.random.choice(list(Participant.objects.select_related("marathon", "account")))
        count = Participant.objects.count()
        deeds: list[Callable[[], object]] = [
            lambda: actions.disqualify(one, "cheating"),
            lambda: actions.reinstate(one),
            lambda: actions.withdraw(one),
            lambda: actions.set_baseline(one, Decimal(9_999), self.now),
            lambda: enrol(self.marathon, [Entry(f"q{count}@example.com", f"q{count}")], self.now),
        ]
        with suppress(actions.ActionError):
            self.random.choice(deeds)()


def has_marks(marathon: Marathon) -> bool:
    return bool(marks_of([marathon.pk]))


def wrong(marathon: Marathon) -> list[str]:
    """What is read of a board otherwise than the hub has it, which reads all and sorts."""
    reading = store.read(MarathonId(marathon.pk))
    assert reading is not None
    rows = Ranking(reading.rows).rows
    expected = [row.identity.participant_id for row in rows]
    ranked = {row.identity.participant_id for row in rows if row.status is Status.ACTIVE}
    keys = keys_of(Standing.objects.filter(marathon=marathon))
    ranks, found = ranked_positions(keys), []
    for place, key in list(enumerate(sorted(keys, key=lambda key: key.order)))[::2]:
        four = expected[place : place + 4]
        if ids_at(marathon.pk, place, len(four), len(expected)) != four:
            found.append(f"rows from {place}")
        if position(key, len(expected)) != place:
            found.append(f"position {place}")
        if ranks.get(key.participant_id) != (place if key.participant_id in ranked else None):
            found.append(f"rank {place}")
    return found


@pytest.fixture(autouse=True)
def _no_board_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SMALL", 0)
    monkeypatch.setattr(places, "SAMPLE", 5)


def test_whoever_changes_a_board_its_marks_and_a_count_agree() -> None:
    world = World(SEED)
    for number in range(16):
        told = f"MARKS_SEED={SEED}, step {number}"
        world.now += timedelta(seconds=1)
        stamp = Marathon.objects.get().stamp
        deed = world.random.choice([world.messages, world.messages, world.tick, world.organise])
        deed()
        if deed == world.organise:
            assert not has_marks(world.marathon) or Marathon.objects.get().stamp == stamp, told
        else:
            assert has_marks(world.marathon), told
        assert wrong(world.marathon) == [], told


def test_marks_of_before_are_not_used_until_a_worker_has_seen_the_change() -> None:
    world = World(1)
    world.messages()
    assert has_marks(world.marathon)
    actions.disqualify(Participant.objects.select_related("marathon")[0], "cheating")
    assert not has_marks(world.marathon)
    world.workers["one"].tick([])
    assert has_marks(world.marathon)


def test_a_worker_writes_no_counts_beside_the_keys_of_another() -> None:
    world, versions = World(2), []
    for number, queue in enumerate(("one", "one", "two", "one")):
        login = Login(str(900_000 + number))
        world.workers[queue].apply(queue, [says(START.timestamp(), login, equity=9_000)])
        versions.append(BoardMarks.objects.get().version)
        assert wrong(world.marathon) == []
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_small_boards_have_none() -> None:
    marathon = make_marathon(START)
    crowd(marathon, 9)
    worker = Store(uuid.uuid4(), 60_000_000, lambda: START, partial(MarkKeeper, 10, 3))
    worker.tick([])
    assert not has_marks(marathon)
    enrol(marathon, [Entry("q@example.com", "q")], START)
    worker.tick([])
    assert has_marks(marathon)


@pytest.mark.django_db(transaction=True)
def test_marks_are_for_readers_of_one_moment() -> None:
    world = World(3)
    world.workers["one"].tick([])
    assert BoardMarks.objects.get().stamp == Marathon.objects.get().stamp
    assert not has_marks(world.marathon)


def test_marks_are_made_of_what_is_stored_and_not_of_what_is_foreseen() -> None:
    marathon = make_marathon(START)
    crowd(marathon, 9)
    worker = Store(uuid.uuid4(), 60_000_000, lambda: START, partial(MarkKeeper, 10, 3))
    worker.take("one")
    at = START.timestamp()
    worker.apply("one", [says(at, Login(str(900_000 + number)), equity=9_000 + number) for number in range(9)])
    worker.apply("one", [says(at, Login("q"), equity=9_500)])
    worker.draft([says(at + 1, Login("900000"), equity=12_000)])  # the queue is lost: nothing comes of it
    enrol(marathon, [Entry("q@example.com", "q")], START)
    worker.tick([])
    assert has_marks(marathon)
    assert wrong(marathon) == []
