"""Taking stamps: the way by which every change of a board, whoever makes it, gets its place in one order.

Inside a transaction: `hold()` first, then the writes, then `advance(...)`. The lock is held until the commit, so a
stamp that can be read means that all smaller ones can.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Max

from .batches import parts
from .models import Account, Clock, Marathon, Standing
from .signals import board_changed


@dataclass(frozen=True, slots=True)
class Stamp:
    """One tick: `since` has, for each marathon touched, the stamp its board had before."""

    epoch: str
    seq: int
    since: Mapping[UUID, int]


class ClockMissingError(RuntimeError):
    """The clock's row is gone; `manage.py migrate` puts one there."""


def hold() -> Clock:
    """Lock the clock until the transaction ends. Raises TransactionManagementError outside of one."""
    if not transaction.get_connection().in_atomic_block:  # SQLite would not mind, and lock nothing
        raise transaction.TransactionManagementError("the clock is held by a transaction")
    try:
        return Clock.objects.select_for_update().get(pk=1)
    except Clock.DoesNotExist as error:
        raise ClockMissingError("the clock has no row: run manage.py migrate") from error


def advance(marathon_ids: Iterable[UUID], *, clock: Clock | None = None, silent: bool = False) -> Stamp:
    """Take the next value for these boards; readers are told after the commit, unless `silent` (the worker's own)."""
    clock = clock or hold()
    clock.value += 1
    clock.save(update_fields=["value"])
    boards = Marathon.objects.filter(pk__in=set(marathon_ids))
    since = dict(boards.values_list("pk", "stamp"))
    if since:
        boards.update(stamp=clock.value)
    stamp = Stamp(clock.epoch, clock.value, since)
    if not silent:
        transaction.on_commit(lambda: board_changed.send(sender=Stamp, stamp=stamp), robust=True)
    return stamp


def stamp_rows(participant_ids: Iterable[UUID], marathon_ids: Iterable[UUID]) -> Stamp:
    """Stamp what the board shows of these participants; the common case of a change by REST or admin."""
    stamp = advance(marathon_ids)
    for part in parts(list(participant_ids)):
        Standing.objects.filter(pk__in=part).update(stamp=stamp.seq)
    return stamp


def new_epoch() -> str:
    """Break with all stamps given so far, e.g. after restoring a backup: every client gets a snapshot."""
    with transaction.atomic():
        clock = hold()
        clock.epoch = secrets.token_hex(4)
        clock.value += 1
        clock.save(update_fields=["epoch", "value"])
        return clock.epoch


def start_missing(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """After `migrate` and `flush`: put the row there if it is not, past every stamp that rows may still carry."""
    if using != DEFAULT_DB_ALIAS or Clock.objects.exists():
        return
    stamps = [model.objects.aggregate(last=Max("stamp"))["last"] or 0 for model in (Marathon, Account)]
    Clock.objects.get_or_create(pk=1, defaults={"epoch": secrets.token_hex(4), "value": max(stamps)})
