"""A marathon as a whole: created, changed, cancelled, deleted; and how many it takes."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from marathons.actions.common import ActionError, reopen_final_ranks
from marathons.clock import advance, hold
from marathons.models import Marathon, MarathonStatus, ParticipantStatus

# What places depend on. A change of these after the end has the final ranks stored again.
SCORED_BY = frozenset({"starts_at", "ends_at", "initial_balance"})


@transaction.atomic
def save_marathon(marathon: Marathon, fields: Collection[str] | None = None) -> Marathon:
    """Create or change a marathon's own fields; `fields` names those to write, so that no other edit is overwritten."""
    clock = hold()
    marathon.save(update_fields=fields)
    advance([marathon.pk], clock=clock)
    if fields is None or SCORED_BY & set(fields):
        reopen_final_ranks([marathon.pk])
    return marathon


@transaction.atomic
def cancel(marathon: Marathon, now: datetime) -> None:
    """Stop a marathon for good; its board stays as it is. Raises ActionError if it is already over."""
    clock = hold()
    marathon.refresh_from_db()
    if marathon.cancelled_at is not None:
        raise ActionError("The marathon is already cancelled.")
    if marathon.status_at(now) == MarathonStatus.FINISHED:
        raise ActionError("The marathon is over: it cannot be cancelled any more.")
    marathon.cancelled_at = now
    marathon.save(update_fields=["cancelled_at"])
    advance([marathon.pk], clock=clock)


@transaction.atomic
def delete_marathon(marathon: Marathon, now: datetime) -> None:
    """Delete one that has not begun. Raises ActionError for any other: people's results are not to be lost."""
    clock = hold()
    marathon.refresh_from_db()
    if marathon.starts_at <= now and marathon.participants.exists():
        raise ActionError("A marathon that has started cannot be deleted: cancel it instead.")
    advance([marathon.pk], clock=clock)
    marathon.delete()


def current_players(marathon: Marathon) -> int:
    """How many take part: everybody but those who withdrew."""
    return marathon.participants.exclude(status=ParticipantStatus.WITHDRAWN).count()


def require_room(marathon: Marathon, more: int) -> None:
    """Raises ActionError if the marathon cannot take so many more."""
    if marathon.max_players is not None and current_players(marathon) + more > marathon.max_players:
        raise ActionError(f"The marathon is full: it takes {marathon.max_players} players.")
