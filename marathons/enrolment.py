"""Entering a marathon: by staff, one or ten thousand at once, all or nothing; or by the user's own wish.

Bibs are given under the clock's lock, in the order of the list, and never given again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from .actions import ActionError, move_to_account, reinstate, tier_of
from .clock import advance, hold
from .models import Account, BaselineSource, Marathon, Participant, ParticipantStatus, Standing, User
from .models.marathon import MarathonStatus

BATCH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an entry list. `login` is the trading account that counts."""

    email: str
    login: str
    first_name: str = ""
    last_name: str = ""
    initial_balance: Decimal | None = None


class EntryError(Exception):
    """Lines of an entry list that cannot be taken: index of the line to field to messages. Nothing was changed."""

    def __init__(self, errors: Mapping[int, Mapping[str, list[str]]]) -> None:
        super().__init__(f"{len(errors)} entries cannot be taken")
        self.errors = errors


@transaction.atomic
def enrol(marathon: Marathon, entries: Sequence[Entry], now: datetime) -> list[Participant]:
    """Enter all of them, creating users and accounts that do not exist. Raises EntryError or ActionError."""
    clock = hold()
    marathon.refresh_from_db()
    _room_for(marathon, len(entries))
    users, accounts = _known_users(entries), _known_accounts(entries)
    _refuse_bad_lines(marathon, entries, users, accounts)
    _create_missing_users(entries, users)
    _create_missing_accounts(entries, users, accounts)
    participants = [
        _participant(marathon, users[_key(entry.email)], accounts[entry.login], marathon.next_bib + index, entry, now)
        for index, entry in enumerate(entries)
    ]
    _insert(marathon, participants, advance([marathon.pk], clock=clock).seq)
    return participants


@transaction.atomic
def join(marathon: Marathon, user: User, login: str, now: datetime) -> Participant:
    """A user enters by himself, before the start. Raises ActionError when full, started, or already in."""
    clock = hold()
    marathon.refresh_from_db()
    if marathon.status_at(now) != MarathonStatus.UPCOMING:
        raise ActionError("The marathon has started: joining is closed.")
    account = _account_to_join(user, login)
    former = Participant.objects.filter(marathon=marathon, user=user).select_related("account", "user").first()
    if former is not None and former.status != ParticipantStatus.WITHDRAWN:
        raise ActionError("You already take part in this marathon.")
    if Participant.objects.filter(marathon=marathon, account=account).exclude(user=user).exists():
        raise ActionError("This account already takes part in this marathon.")
    _room_for(marathon, 1)
    if former is not None:
        return _come_back(former, account)
    participant = _participant(marathon, user, account, marathon.next_bib, Entry(user.email, login), now)
    _insert(marathon, [participant], advance([marathon.pk], clock=clock).seq)
    return participant


def _come_back(participant: Participant, account: Account) -> Participant:
    """Who left before the start and returns keeps the bib."""
    if participant.account_id != account.pk:
        move_to_account(participant, account)
    reinstate(participant)
    return participant


def _account_to_join(user: User, login: str) -> Account:
    account, _ = Account.objects.get_or_create(login=login, defaults={"owner": user})
    if account.owner_id is None:
        account.owner = user
        account.save(update_fields=["owner"])
    if account.owner_id != user.pk:
        raise ActionError("This account belongs to somebody else.")
    return account


def current_players(marathon: Marathon) -> int:
    """How many take part: everybody but those who withdrew."""
    return marathon.participants.exclude(status=ParticipantStatus.WITHDRAWN).count()


def _room_for(marathon: Marathon, more: int) -> None:
    if marathon.max_players is not None and current_players(marathon) + more > marathon.max_players:
        raise ActionError(f"The marathon is full: it takes {marathon.max_players} players.")


def _key(email: str) -> str:
    return email.strip().lower()


def _known_users(entries: Sequence[Entry]) -> dict[str, User]:
    emails = list({_key(entry.email) for entry in entries})
    return {user.email.lower(): user for part in _parts(emails) for user in User.objects.filter(email__in=part)}


def _known_accounts(entries: Sequence[Entry]) -> dict[str, Account]:
    logins = list({entry.login for entry in entries})
    return {account.login: account for part in _parts(logins) for account in Account.objects.filter(login__in=part)}


def _parts(values: list[str]) -> list[list[str]]:
    return [values[start : start + BATCH] for start in range(0, len(values), BATCH)]


def _refuse_bad_lines(
    marathon: Marathon, entries: Sequence[Entry], users: Mapping[str, User], accounts: Mapping[str, Account]
) -> None:
    taken_users = set(marathon.participants.values_list("user_id", flat=True))
    taken_accounts = set(marathon.participants.values_list("account_id", flat=True))
    errors: dict[int, dict[str, list[str]]] = {}
    seen_emails: set[str] = set()
    seen_logins: set[str] = set()
    for index, entry in enumerate(entries):
        user, account = users.get(_key(entry.email)), accounts.get(entry.login)
        line: dict[str, list[str]] = {}
        if _key(entry.email) in seen_emails:
            line["email"] = ["This e-mail address is in the list twice."]
        elif user is not None and user.pk in taken_users:
            line["email"] = ["This user already takes part in this marathon."]
        if entry.login in seen_logins:
            line["accountLogin"] = ["This account is in the list twice."]
        elif account is not None and account.pk in taken_accounts:
            line["accountLogin"] = ["This account already takes part in this marathon."]
        elif account is not None and account.owner_id is not None and (user is None or account.owner_id != user.pk):
            line["accountLogin"] = ["This account belongs to somebody else."]
        if line:
            errors[index] = line
        seen_emails.add(_key(entry.email))
        seen_logins.add(entry.login)
    if errors:
        raise EntryError(errors)


def _create_missing_users(entries: Sequence[Entry], users: dict[str, User]) -> None:
    missing = []
    for entry in entries:
        if _key(entry.email) not in users:
            user = User(email=_key(entry.email), first_name=entry.first_name, last_name=entry.last_name)
            user.set_unusable_password()
            users[_key(entry.email)] = user
            missing.append(user)
    User.objects.bulk_create(missing, batch_size=BATCH)


def _create_missing_accounts(entries: Sequence[Entry], users: Mapping[str, User], accounts: dict[str, Account]) -> None:
    missing, ownerless = [], []
    for entry in entries:
        owner, account = users[_key(entry.email)], accounts.get(entry.login)
        if account is None:
            accounts[entry.login] = account = Account(login=entry.login, owner=owner)
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
    Standing.objects.bulk_create(
        (
            Standing(
                participant=participant,
                marathon=marathon,
                joined_at=participant.joined_at,
                tier=tier_of(participant.status, has_score=False),
                stamp=seq,
            )
            for participant in participants
        ),
        batch_size=BATCH,
    )
    marathon.next_bib += len(participants)
    Marathon.objects.filter(pk=marathon.pk).update(next_bib=marathon.next_bib)
