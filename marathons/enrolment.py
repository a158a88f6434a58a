"""Entering a marathon: by staff, one or ten thousand at once, all or nothing; or by the user's own wish.

Bibs are given under the clock's lock, in the order of the list, and never given again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import OuterRef, Subquery

from .actions import ActionError, move_to_account, reinstate, require_room
from .actions.common import reopen_final_ranks
from .bulk import Insert
from .clock import advance, hold
from .entries import Entry, Known, LineErrors, accounts_of, known_of, owners_of, refusals_of, users_of
from .first_standings import create_standings
from .models import Account, BaselineSource, Marathon, MarathonStatus, Participant, ParticipantStatus, User

__all__ = ["Entry", "EntryError", "LineErrors", "enrol", "join", "refusals"]


class EntryError(Exception):
    """Lines of an entry list that cannot be taken: index of the line to its errors. Nothing was changed."""

    def __init__(self, errors: Mapping[int, LineErrors]) -> None:
        super().__init__(f"{len(errors)} entries cannot be taken")
        self.errors = errors


@transaction.atomic
def enrol(marathon: Marathon, entries: Sequence[Entry], now: datetime) -> list[Participant]:
    """Enter all of them, creating users and accounts that do not exist. Raises EntryError or ActionError.

    Every board waits while the clock is held, so what can be read, made and written without it comes before.
    """
    known = known_of(entries)
    _create_missing_users(entries, known.users, now)
    draft = _Draft(marathon, entries, known, now)
    clock = hold()
    marathon.refresh_from_db()
    if marathon.cancelled_at is not None:
        raise ActionError("The marathon is cancelled: nobody can enter any more.")
    require_room(marathon, len(entries))
    if owners_of(entries) != draft.owners:  # the feed, or another organiser, was faster
        known = Known(known.users, accounts_of(entries))
        draft = _Draft(marathon, entries, known, now)
    if errors := refusals_of(marathon, entries, known):
        raise EntryError(errors)
    seq = advance([marathon.pk], clock=clock).seq
    draft.write(marathon, seq)
    return draft.participants


def refusals(marathon: Marathon, entries: Sequence[Entry]) -> Mapping[int, LineErrors]:
    """What `enrol` would refuse as things stand, by index; for forms that want to say it before."""
    return refusals_of(marathon, entries, known_of(entries))


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
    participant = _participant(marathon, user, account, Entry(user.email, login), now)
    _write(marathon, Insert([participant], *OWN_COLUMNS), [participant], seq)
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


def _create_missing_users(entries: Sequence[Entry], users: dict[str, User], now: datetime) -> None:
    """Boards show nobody for being a user, so this needs no clock. In one order, so that two lists cannot deadlock."""
    missing: dict[str, User] = {}
    password = make_password(None)  # one that nobody has; a random one for each takes a second for ten thousand
    for entry in entries:
        if entry.key not in users and entry.key not in missing:
            missing[entry.key] = User(
                email=entry.key,
                first_name=entry.first_name,
                last_name=entry.last_name,
                password=password,
                date_joined=now,
            )
    new = Insert([missing[email] for email in sorted(missing)], "id", "email", "first_name", "last_name")
    users.update(missing)
    if new.write(skip_known=True) < len(missing):
        users.update(users_of(list(missing)))  # somebody else was faster


class _Draft:
    """The rows of a list, ready to be written, but for bibs and stamps."""

    def __init__(self, marathon: Marathon, entries: Sequence[Entry], known: Known, now: datetime) -> None:
        # What was known of the accounts when this was made.
        self.owners = {login: (one.pk, one.owner_id) for login, one in known.accounts.items()}
        self.participants: list[Participant] = []
        self._accounts: list[Account] = []
        accounts = dict(known.accounts)
        for entry in entries:
            user, account = known.users[entry.key], accounts.get(entry.login)
            if account is None:
                account = accounts[entry.login] = Account(login=entry.login, owner=user)
                self._accounts.append(account)
            self.participants.append(_participant(marathon, user, account, entry, now))
        self._new_accounts = Insert(self._accounts, "id", "login", "owner")
        self._new_participants = Insert(self.participants, *OWN_COLUMNS)

    def write(self, marathon: Marathon, seq: int) -> None:
        for account in self._accounts:
            account.stamp = seq
        self._new_accounts.write()
        first_bib = marathon.next_bib
        _write(marathon, self._new_participants, self.participants, seq)
        if any(one.account.owner_id is None for one in self.participants):
            _give_accounts(marathon, first_bib)


def _give_accounts(marathon: Marathon, first_bib: int) -> None:
    """Accounts that nobody owns yet become their participants'. For those from this number on."""
    newcomers = Participant.objects.filter(marathon=marathon, bib__gte=first_bib)
    theirs = newcomers.filter(account=OuterRef("pk")).values("user")
    Account.objects.filter(owner=None, participations__in=newcomers).update(owner=Subquery(theirs))


def _participant(marathon: Marathon, user: User, account: Account, entry: Entry, now: datetime) -> Participant:
    given = entry.initial_balance is not None
    return Participant(
        marathon=marathon,
        user=user,
        account=account,
        initial_balance=entry.initial_balance,
        baseline_source=BaselineSource.ORGANISER if given else BaselineSource.NONE,
        baseline_at=now if given else None,
        joined_at=now,
    )


OWN_COLUMNS = ("id", "user", "account", "initial_balance", "baseline_source", "baseline_at")


def _write(marathon: Marathon, rows: Insert, participants: Sequence[Participant], seq: int) -> None:
    """Bibs follow the order of the list."""
    for bib, participant in enumerate(participants, marathon.next_bib):
        participant.bib = bib
    rows.write("bib")
    create_standings(marathon, marathon.next_bib, seq)
    marathon.next_bib += len(participants)
    Marathon.objects.filter(pk=marathon.pk).update(next_bib=marathon.next_bib)
    reopen_final_ranks([marathon.pk])
