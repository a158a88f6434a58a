"""Random messages, organisers, crashes and two workers on one database: what a worker remembers is what is stored."""

import os
import random
import sys
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from msgspec.structs import replace

from live.board.rows import Login
from live.feed.objects import FeedObject, Kind, micros
from live.feed.reader import newer_accounts
from live.feed.recent import Recent
from live.feed.store import Draft, FencedError, Store
from marathons import actions
from marathons.clock import new_epoch
from marathons.enrolment import Entry, EntryError, enrol
from marathons.models import Account, Marathon, Participant
from tests.cast import make_marathon
from tests.live.feed.speaking import says

pytestmark = pytest.mark.django_db(transaction=True)

SEED = int(os.environ.get("STORE_SEED") or random.SystemRandom().randrange(10**6))
STEPS = int(os.environ.get("STORE_STEPS") or 50)
START = datetime(2025, 11, 14, 10, tzinfo=UTC)
LOGINS = [str(number) for number in range(1, 7)]
MONEY = ("balance", "equity", "equity", "equity", "profit", "credit")
TRADES = [b"[]", b'[{"currentPrice":1.5,"ticket":1}]']


class World:
    """Two workers, each with a queue, and everything that happens to them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = START - timedelta(minutes=1)
        self.workers = {queue: self._worker(queue) for queue in ("one", "two")}
        self.sent: list[FeedObject] = []

    def _worker(self, queue: str) -> Store:
        store = Store(uuid.uuid4(), 60_000_000, lambda: self.now)
        store.take(queue)
        return store

    def step(self) -> None:
        self.now += timedelta(seconds=self.random.choice([0, 1, 1, 5, 20]))
        every: list[tuple[int, Callable[[], object]]] = [
            (10, self.messages),
            (3, self.tick),
            (1, self.crash),
            (2, self.organise),
            (1, self.enter),
        ]
        weights, deeds = zip(*every, strict=True)
        self.random.choices(deeds, weights)[0]()

    def messages(self) -> None:
        queue, store = self.random.choice(list(self.workers.items()))
        drafts = [store.draft(self.batch()) for _ in range(self.random.choice([1, 1, 2, 3]))]
        for draft in drafts:
            if self.random.random() < 0.2:  # before its turn comes, somebody else has one
                self.random.choice([self.messages, self.tick, self.organise, self.enter])()
            if self.random.random() < 0.1:  # the queue was lost: it comes again, or not
                continue
            if self.random.random() < 0.1:
                with suppress(OperationalError), patch.object(store, "_write", fail):
                    store.commit(queue, draft)
            store.commit(queue, draft)

    def batch(self) -> list[FeedObject]:
        batch = [self._message() for _ in range(self.random.randrange(1, 6))]
        if self.sent and self.random.random() < 0.3:
            batch += self.random.choices(self.sent[-20:], k=2)
        self.sent += batch
        return batch

    def _message(self) -> FeedObject:
        names = self.random.sample(MONEY, self.random.randrange(1, 4))
        fields: dict[str, Any] = {name: self.random.choice([0, 100, 200, 300, -50]) for name in names}
        if self.random.random() < 0.2:
            fields |= {"currency": "USD", "leverage": 100, "positions": self.random.choice(TRADES)}
        late = self.random.choice([0, 0, 0, 1, 2, 30, 90])
        at = self.now.timestamp() - late
        return says(at, Login(self.random.choice(LOGINS)), self.random.choice([Kind.ACCOUNT, Kind.UPDATE]), **fields)

    def tick(self) -> None:
        self.random.choice(list(self.workers.values())).tick([])

    def crash(self) -> None:
        queue, store = self.random.choice(list(self.workers.items()))
        if self.random.random() < 0.5:
            store.forget()
            return
        self.workers[queue] = self._worker(queue)
        with pytest.raises(FencedError):
            store.apply(queue, [self._message()])
        for _ in range(2):
            self.workers[queue].absence.look(micros(self.now), listening=True, drained=True)

    def enter(self) -> None:
        marathons = list(Marathon.objects.filter(cancelled_at=None))
        if len(marathons) < 4:
            starts = self.now + timedelta(seconds=self.random.choice([-30, 10, 60]))
            capital = self.random.choice([None, None, Decimal(100)])
            times = {"starts_at": starts, "ends_at": starts + timedelta(seconds=self.random.choice([60, 300]))}
            marathons.append(make_marathon(self.now, initial_balance=capital, **times))
        login = self.random.choice(LOGINS)
        with suppress(actions.ActionError, EntryError):
            enrol(self.random.choice(marathons), [Entry(f"{login}@example.com", login)], self.now)

    def organise(self) -> None:
        everybody = list(Participant.objects.select_related("marathon", "account", "user"))
        if not everybody:
            return
        one = self.random.choice(everybody)
        account = self.random.choice(list(Account.objects.all()))
        deeds: list[Callable[[], object]] = [
            lambda: actions.set_baseline(one, self.random.choice([None, Decimal(150)]), self.now),
            lambda: actions.disqualify(one, "cheating"),
            lambda: actions.reinstate(one),
            lambda: actions.withdraw(one),
            lambda: actions.move_to_account(one, account),
            lambda: self._move(one.marathon),
            lambda: self._rename(one),
            lambda: Account.objects.filter(participations=None, login=self.random.choice(LOGINS)).delete(),
            lambda: actions.capture_baselines([one], self.now),
            lambda: actions.cancel(one.marathon, self.now),
            new_epoch,
            lambda: actions.delete_marathon(one.marathon, self.now),
        ]
        with suppress(actions.ActionError):
            self.random.choice(deeds)()

    def _move(self, marathon: Marathon) -> None:
        """Another end, or another capital, also when it is over."""
        ends = max(marathon.starts_at, self.now) + timedelta(seconds=self.random.choice([1, 30, 300]))
        field, value = self.random.choice([("ends_at", ends), ("initial_balance", Decimal(200))])
        setattr(marathon, field, value)
        actions.save_marathon(marathon, [field])

    def _rename(self, one: Participant) -> None:
        one.user.first_name = f"Trader {self.random.randrange(100)}"
        actions.save_user(one.user)

    def differences(self) -> list[str]:
        """What a worker that has followed everything remembers otherwise than one that has just read it."""
        for store in [*self.workers.values()] * 2:  # twice, because what one ends the other one sees afterwards
            store.tick([])
        fresh = Store(uuid.uuid4(), 60_000_000, lambda: self.now)
        fresh.tick([])
        expected = remembered(fresh)
        return [
            f"{queue}: {key}: {value} instead of {expected.get(key)}"
            for queue, store in self.workers.items()
            for key, value in remembered(store).items()
            if value != expected.get(key) and not (key in LOGINS and key not in expected)  # it was deleted
        ]


def fail(*_: object) -> None:
    """As a database that goes away when memory has the changes already."""
    raise OperationalError("gone")


def remembered(store: Store) -> dict[str, Any]:
    """But for what the database does not keep."""
    state = store._state
    assert state is not None
    state.retract()  # what was planned of lost batches
    state.put_accounts(newer_accounts(map(Login, LOGINS), state.account_stamp))  # as for a message of each
    participants = {key: replace(one, recent=Recent()) for key, one in state.participants.items()}
    entries = {login: set(ids) for login, ids in state.entries.items()}
    everything: dict[Any, Any] = {**state.accounts, **state.contests, **participants}
    return everything | {"entries": entries, "stamps": state.stamps}


def test_a_worker_remembers_what_is_stored() -> None:
    world = World(SEED)
    for number in range(STEPS):
        world.step()
        if number % 10 == 9:
            assert world.differences() == [], f"STORE_SEED={SEED}, step {number}"


@pytest.fixture
def _threads_change_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_threads_change_often")
def test_a_worker_remembers_what_is_stored_also_where_it_plans_in_another_thread() -> None:
    world, drafts = World(SEED), deque[Future[Draft]]()
    store = world.workers["one"]
    with ThreadPoolExecutor(1) as planning:
        for _ in range(STEPS):
            world.now += timedelta(seconds=world.random.choice([0, 1, 5]))
            drafts.append(planning.submit(store.draft, world.batch()))
            if world.random.random() < 0.4:
                world.random.choice([world.organise, world.enter, world.tick, store.forget])()
            if len(drafts) > 2:
                store.commit("one", drafts.popleft().result())
        for draft in drafts:
            store.commit("one", draft.result())
    assert world.differences() == [], f"STORE_SEED={SEED}"
