"""The cast of all tests: Alice plays, Bob plays and follows, Charlie is a stranger who must see nothing, Sam is staff.

The stage is a private marathon that started an hour ago, with 10,000 for everybody. Registered as a plugin, so every
test has its fixtures; models are imported late because plugins load before Django is set up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from marathons.models import Marathon, Participant, User

ALICE_LOGIN, BOB_LOGIN, CHARLIE_LOGIN = "1001", "1002", "1003"
PASSWORD = "correct horse battery staple"


def make_user(name: str, **fields: Any) -> User:
    """A user called `<Name> Tester` with `<name>@example.com`. Without a password, because hashing one is slow."""
    from marathons.models import User

    values = {"first_name": name.capitalize(), "last_name": "Tester", **fields}
    return User.objects.create_user(f"{name}@example.com", **values)


def make_marathon(now: datetime, **fields: Any) -> Marathon:
    """A public marathon that started an hour before `now`, was created a day before, and ends a week later."""
    from marathons.actions import save_marathon
    from marathons.models import Marathon

    values: dict[str, Any] = {
        "name": "Autumn marathon",
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(days=7),
        "created_at": now - timedelta(days=1),
        "initial_balance": Decimal(10_000),
        **fields,
    }
    return save_marathon(Marathon(**values))


def take_part(marathon: Marathon, user: User, login: str, initial_balance: Decimal | None = None) -> Participant:
    """Enter a user a minute before the start."""
    from marathons.enrolment import Entry, enrol

    entry = Entry(user.email, login, initial_balance=initial_balance)
    return enrol(marathon, [entry], marathon.starts_at - timedelta(minutes=1))[0]


def crowd(marathon: Marathon, count: int) -> list[Participant]:
    """So many more participants, with logins from 900000."""
    from marathons.enrolment import Entry, enrol

    entries = [Entry(f"p{n}@example.com", f"{900_000 + n}", f"P{n}", "Crowd") for n in range(count)]
    return enrol(marathon, entries, marathon.starts_at)


def has_equity(participant: Participant, equity: str, *, at: datetime | None = None, score: str | None = None) -> None:
    """What the worker writes for a snapshot: account and standing. The score is that against 10,000 unless told."""
    from marathons.models import Account, Standing, Tier

    money = {"balance": equity, "equity": equity, "profit": "0", "margin": "0", "free_margin": equity, "credit": "0"}
    told = {**money, "currency": "USD", "leverage": 100, "updated_at": at or datetime.now(UTC)}
    gain = Decimal(score) if score is not None else (Decimal(equity) - 10_000) / 100
    Account.objects.filter(pk=participant.account_id).update(**told)
    Standing.objects.filter(pk=participant.pk).update(
        **told, tier=Tier.RANKED, score=gain, drawdown=0, max_drawdown=0, equity_high=equity, equity_low=equity
    )


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    return make_user("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return make_user("charlie")


@pytest.fixture
def sam(db: None) -> User:
    return make_user("sam", is_staff=True)


@pytest.fixture
def marathon(db: None, now: datetime) -> Marathon:
    """The private one that Alice and Bob take part in."""
    return make_marathon(now, visibility="private")


@pytest.fixture
def public_marathon(db: None, now: datetime) -> Marathon:
    """Nobody takes part in it yet."""
    return make_marathon(now, name="Open marathon")


@pytest.fixture
def alices(marathon: Marathon, alice: User) -> Participant:
    return take_part(marathon, alice, ALICE_LOGIN)


@pytest.fixture
def bobs(marathon: Marathon, bob: User) -> Participant:
    return take_part(marathon, bob, BOB_LOGIN)


@pytest.fixture
def announced(db: None, django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], list[Any]]:
    """Runs an action and returns the stamps that were announced once it had committed."""
    from marathons.signals import board_changed

    def run(action: Callable[[], Any]) -> list[Any]:
        heard: list[Any] = []

        def listen(stamp: Any, **_: Any) -> None:
            heard.append(stamp)

        board_changed.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                action()
        finally:
            board_changed.disconnect(listen)
        return heard

    return run
