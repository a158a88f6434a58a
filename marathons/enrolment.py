"""Entering a marathon: by staff, one or ten thousand at once, all or nothing; or by the user's own wish.

Bibs are given under the clock's lock, in the order of the list, and never given again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from .actions import ActionError, move_to_account, reinstate, require_room
from .actions.common import reopen_final_ranks
from .batches import BATCH, parts
from .clock import advance, hold
from .first_standings import create_standings
from .models import Account, BaselineSource, Marathon, MarathonStatus, Participant, ParticipantStatus, User
from .models.fields import is_capital


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an entry list. `login` is the trading account that counts."""

    email: str
    login: str
    first_name: str = ""
    last_name: str = ""
    initial_balance: Decimal | None = None

    @property
    def key(self) -> str:
        """What the user is found by: addresses are stored in small letters."""
        return self.email.strip().lower()


LineErrors = Mapping[str, list[str]]
"""Field of a line, as the HTTP interface spells it, to what is wrong with it."""


class EntryError(Exception):
    """Lines of an entry list that cannot be taken: index of the line to its errors. Nothing was changed."""

    def __init__(self, errors: Mapping[int, LineErrors]) -> None:
        super().__init__(f"{len(errors)} entries cannot be taken")
        self.errors = errors


@transaction.atomic
def enrol(marathon: Marathon, entries: Sequence[Entry], now: datetime) -> list[Participant]:
    """Enter all of them, creating users and accounts that do not exist. Raises EntryError or ActionError."""
    clock = hold()
    marathon.refresh_from_db()
    if marathon.cancelled_at is not None:
        raise ActionError("The marathon is cancelled: nobody can enter any more.")
    require_room(marathon, len(entries))
    known = _known(entries)
    if errors := _refusals(marathon, entries, known):
        raise EntryError(errors)
    seq = advance([marathon.pk], clock=clock).seq
    _create_missing_users(entries, known.users)
    _create_missing_accounts(entries, known, seq)
    participants = [
        _participant(
            marathon, known.users[entry.key], known.accounts[entry.login], marathon.next_bib + index, entry, now
        )
        for index, entry in enumerate(entries)
    ]
    _insert(marathon, participants, seq)
    return participants


def refusals(marathon: Marathon, entries: Sequence[Entry]) -> Mapping[int, LineErrors]:
    """What `enrol` would refuse as things stand, by index; for forms that want to say it before."""
    return _refusals(marathon, entries, _known(entries))


@transaction.atomic
def join(marathon: Marathon, user: User, login: str, now: datetime) -> Participant:
    """A user enters by himself, before the start. Raises ActionError when full, started, or already in."""
    clock = hold()
    marathon.refresh_from_db()
    _require_joining(marathon, now)
    seq = advance([marathon.pk], clock=clock).seq
    account = _account_to_join(user, login, seq)
    former = Participant.objects.filter(marathon=marathon, user=user).select_related("account", "user").first()
    if former is not None and former.status != ParticipantStatus.WITHDRAWN:
        raise ActionError("You already take part in this marathon.")
    if Participant.objects.filter(marathon=marathon, account=account).exclude(user=user).exists():
        raise ActionError("This account already takes part in this marathon.")
    require_room(marathon, 1)
    if former is not None:
        return _come_back(former, account)
    participant = _participant(marathon, user, account, marathon.next_bib, Entry(user.email, login), now)
    _insert(marathon, [participant], seq)
    return participant


def _require_joining(marathon: Marathon, now: datetime) -> None:
    status = marathon.status_at(now)
    if status == MarathonStatus.CANCELLED:
        raise ActionError("The marathon is cancelled: joining is closed.")
    if status != MarathonStatus.UPCOMING:
        raise ActionError("The marathon has started: joining is closed.")


def _come_back(participant: Participant, account: Account) -> Participant:
    """Who left before the start and returns keeps the bib."""
    if participant.account_id != account.pk:
        move_to_account(participant, account)
    reinstate(participant)
    return participant


def _account_to_join(user: User, login: str, seq: int) -> Account:
    account, _ = Account.objects.get_or_create(login=login, defaults={"owner": user, "stamp": seq})
    if account.owner_id is None:
        account.owner = user
        account.save(update_fields=["owner"])
    if account.owner_id != user.pk:
        raise ActionError("This account belongs to somebody else.")
    return account


@dataclass(frozen=True, slots=True)
class _Known:
    """Users by address and accounts by login, of those that a list names; what is created is put in, too."""

    users: dict[str, User]
    accounts: dict[str, Account]


def _known(entries: Sequence[Entry]) -> _Known:
    emails, logins = list({entry.key for entry in entries}), list({entry.login for entry in entries})
    return _Known(
        {user.email: user for part in parts(emails) for user in User.objects.filter(email__in=part)},
        {one.login: one for part in parts(logins) for one in Account.objects.filter(login__in=part)},
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """Who is in the marathon already, and what the lines before have named."""

    users: set[UUID]
    accounts: set[UUID]
    emails: set[str]
    logins: set[str]


def _refusals(marathon: Marathon, entries: Sequence[Entry], known: _Known) -> dict[int, LineErrors]:
    users = set(marathon.participants.values_list("user_id", flat=True))
    accounts = set(marathon.participants.values_list("account_id", flat=True))
    taken = _Taken(users, accounts, set(), set())
    errors: dict[int, LineErrors] = {}
    for index, entry in enumerate(entries):
        if line := _line_errors(entry, known, taken):
            errors[index] = line
        taken.emails.add(entry.key)
        taken.logins.add(entry.login)
    return errors


def _line_errors(entry: Entry, known: _Known, taken: _Taken) -> LineErrors:
    user = known.users.get(entry.key)
    messages = {
        "email": _refused_user(entry, user, taken),
        "accountLogin": _refused_account(entry, user, known.accounts.get(entry.login), taken),
        "initialBalance": _refused_amount(entry.initial_balance),
    }
    return {field: [message] for field, message in messages.items() if message}


def _refused_user(entry: Entry, user: User | None, taken: _Taken) -> str:
    if entry.key in taken.emails:
        return "This e-mail address is in the list twice."
    if user is not None and user.pk in taken.users:
        return "This user already takes part in this marathon."
    return ""


def _refused_account(entry: Entry, user: User | None, account: Account | None, taken: _Taken) -> str:
    if entry.login in taken.logins:
        return "This account is in the list twice."
    if account is None:
        return ""
    if account.pk in taken.accounts:
        return "This account already takes part in this marathon."
    if account.owner_id is not None and (user is None or account.owner_id != user.pk):
        return "This account belongs to somebody else."
    return ""


def _refused_amount(amount: Decimal | None) -> str:
    return "" if amount is None or is_capital(amount) else "A baseline is more than 0 and less than 1e15."


def _create_missing_users(entries: Sequence[Entry], users: dict[str, User]) -> None:
    missing = []
    password = make_password(None)  # one that nobody has; a random one for each takes a second for ten thousand
    for entry in entries:
        if entry.key not in users:
            user = User(email=entry.key, first_name=entry.first_name, last_name=entry.last_name, password=password)
            users[entry.key] = user
            missing.append(user)
    User.objects.bulk_create(missing, batch_size=BATCH)


def _create_missing_accounts(entries: Sequence[Entry], known: _Known, seq: int) -> None:
    missing, ownerless = [], []
    for entry in entries:
        owner, account = known.users[entry.key], known.accounts.get(entry.login)
        if account is None:
            known.accounts[entry.login] = account = Account(login=entry.login, owner=owner, stamp=seq)
            missing.append(account)
        elif account.owner_id is None:
            account.owner = owner
            ownerless.append(account)
    Account.objects.bulk_create(missing, batch_size=BATCH)
    Account.objects.bulk_update(ownerless, ["owner"], batch_size=BATCH)


def _participant(
    marathon: Marathon, user: User, account: Account, bib: int, entry: Entry, now: datetime
) -> Participant:
    given = entry.initial_balance is not None
    return Participant(
        marathon=marathon,
        user=user,
        account=account,
        bib=bib,
        initial_balance=entry.initial_balance,
        baseline_source=BaselineSource.ORGANISER if given else BaselineSource.NONE,
        baseline_at=now if given else None,
        joined_at=now,
    )


def _insert(marathon: Marathon, participants: Sequence[Participant], seq: int) -> None:
    Participant.objects.bulk_create(participants, batch_size=BATCH)
    create_standings(marathon, marathon.next_bib, seq)
    marathon.next_bib += len(participants)
    Marathon.objects.filter(pk=marathon.pk).update(next_bib=marathon.next_bib)
    reopen_final_ranks([marathon.pk])
