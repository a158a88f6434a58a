"""The lines of an entry list: what they are about, and what is wrong with them as things stand. Writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from .batches import parts
from .models import Account, Marathon, User
from .models.fields import is_capital

MANY = 5_000  # names looked up by one query


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


# What a list is about -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """Users by address and accounts by login, of those that a list names."""

    users: dict[str, User]
    accounts: dict[str, Account]


def known_of(entries: Sequence[Entry]) -> Known:
    return Known(users_of(list({entry.key for entry in entries})), accounts_of(entries))


def users_of(emails: Sequence[str]) -> dict[str, User]:
    return {user.email: user for part in parts(emails, MANY) for user in User.objects.filter(email__in=part)}


def accounts_of(entries: Sequence[Entry]) -> dict[str, Account]:
    """Without their snapshots, which are large."""
    return {one.login: one for found in _named(entries) for one in found.only("login", "owner")}


def owners_of(entries: Sequence[Entry]) -> dict[str, tuple[UUID, UUID | None]]:
    """What can change of the accounts while nobody holds the clock."""
    columns = ("login", "pk", "owner_id")
    return {login: (pk, owner) for found in _named(entries) for login, pk, owner in found.values_list(*columns)}


def _named(entries: Sequence[Entry]) -> "Iterator[QuerySet[Account]]":
    for part in parts(list({entry.login for entry in entries}), MANY):
        yield Account.objects.filter(login__in=part)


# What is wrong with it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """Who is in the marathon already, and what the lines before have named."""

    users: set[UUID]
    accounts: set[UUID]
    emails: set[str]
    logins: set[str]


def refusals_of(marathon: Marathon, entries: Sequence[Entry], known: Known) -> dict[int, LineErrors]:
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


def _line_errors(entry: Entry, known: Known, taken: _Taken) -> LineErrors:
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
