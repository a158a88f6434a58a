"""Who counts on a board: disqualified, withdrawn, reinstated."""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Case, When

from marathons.actions.common import ActionError, told
from marathons.actions.marathon import require_room
from marathons.batches import parts
from marathons.clock import hold
from marathons.models import Marathon, Participant, ParticipantStatus, Standing, Tier

LONGEST_REASON = 500


def disqualify(participant: Participant, reason: str) -> None:
    """List the participant last, with the reason. Raises ActionError without one."""
    change_status([participant], ParticipantStatus.DISQUALIFIED, reason)


def reinstate(participant: Participant) -> None:
    """Undo a disqualification or a withdrawal. Raises ActionError if the place of who withdrew is taken."""
    change_status([participant], ParticipantStatus.ACTIVE)


def withdraw(participant: Participant) -> None:
    """The participant leaves; the row stays listed, after everybody else. Raises ActionError for a disqualified one."""
    change_status([participant], ParticipantStatus.WITHDRAWN)


@transaction.atomic
def change_status(participants: Collection[Participant], status: ParticipantStatus, reason: str = "") -> None:
    """Disqualify, withdraw or reinstate many, with one stamp. Raises ActionError, and then nobody's status changed."""
    hold()
    reason = _checked_reason(reason) if status == ParticipantStatus.DISQUALIFIED else ""
    ids = [participant.pk for participant in participants]
    present = [one for part in parts(ids) for one in Participant.objects.filter(pk__in=part)]
    if status == ParticipantStatus.WITHDRAWN:
        _refuse_disqualified(present)
    if status == ParticipantStatus.ACTIVE:
        _refuse_without_room(present)
    for part in parts(ids):
        Participant.objects.filter(pk__in=part).update(status=status, disqualification_reason=reason)
        Standing.objects.filter(pk__in=part).update(tier=_tier_column(status))
    for participant in participants:
        participant.status, participant.disqualification_reason = status, reason
    told(participants)


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ActionError("A disqualification needs a reason.")
    if len(reason) > LONGEST_REASON:
        raise ActionError(f"The reason is too long: it may have {LONGEST_REASON} characters.")
    return reason


def _refuse_disqualified(participants: Iterable[Participant]) -> None:
    """Leaving would take the disqualification off the board, and who left may come back."""
    for participant in participants:
        if participant.status == ParticipantStatus.DISQUALIFIED:
            raise ActionError(f"Number {participant.bib} is disqualified, and so cannot withdraw.")


def _refuse_without_room(participants: Iterable[Participant]) -> None:
    back = [one.marathon_id for one in participants if one.status == ParticipantStatus.WITHDRAWN]
    for marathon in Marathon.objects.filter(pk__in=set(back)):
        require_room(marathon, back.count(marathon.pk))


def tier_of(status: str, *, has_score: bool) -> Tier:
    """The class of the board that a participant belongs to."""
    if status == ParticipantStatus.DISQUALIFIED:
        return Tier.DISQUALIFIED
    if status == ParticipantStatus.WITHDRAWN:
        return Tier.WITHDRAWN
    return Tier.RANKED if has_score else Tier.NO_DATA


def _tier_column(status: ParticipantStatus) -> Case:
    """`tier_of` as an expression over standings."""
    without, with_score = tier_of(status, has_score=False), tier_of(status, has_score=True)
    return Case(When(score__isnull=True, then=without), default=with_score)
