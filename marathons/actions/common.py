"""How every action ends: rows stamped, boards told, final ranks stored again where they may have changed."""

from collections.abc import Collection, Iterable
from uuid import UUID

from marathons.clock import stamp_rows
from marathons.models import Marathon, Participant


class ActionError(Exception):
    """The action cannot be done as things stand; the message says why, in words for people."""


def told(participants: Collection[Participant], *, ranks_move: bool = True) -> None:
    """Stamp the rows of these participants and announce it: how an action on participants ends."""
    if not participants:
        return
    marathon_ids = {participant.marathon_id for participant in participants}
    stamp_rows([participant.pk for participant in participants], marathon_ids)
    if ranks_move:
        reopen_final_ranks(marathon_ids)


def reopen_final_ranks(marathon_ids: Iterable[UUID]) -> None:
    """A correction after the end changes ranks: the worker stores them again."""
    Marathon.objects.filter(pk__in=list(marathon_ids), finalised_at__isnull=False).update(finalised_at=None)
