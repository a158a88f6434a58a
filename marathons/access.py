"""Who may see what. REST, sockets, pages and the admin all ask here and nowhere else.

| marathon | who watches |
|---|---|
| public | everybody over HTTP; over sockets any user, and guests who hold a token for it |
| private | its participants (not those who withdrew) and staff |
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from .models import Account, Marathon, Participant, ParticipantStatus, PositionsVisibility, Visibility


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever looks: a user, a guest bound to one marathon, or nobody in particular."""

    user_id: UUID | None = None
    is_staff: bool = False
    guest_of: UUID | None = None


ANYONE = Viewer()


def may_watch(viewer: Viewer, marathon_id: UUID, visibility: str, *, participates: bool) -> bool:
    """Whether this board may be shown to the viewer. Not being allowed and not existing get the same answer."""
    if viewer.guest_of is not None:
        return viewer.guest_of == marathon_id and visibility == Visibility.PUBLIC
    return visibility == Visibility.PUBLIC or viewer.is_staff or (viewer.user_id is not None and participates)


def sees_all_positions(viewer: Viewer, positions_visibility: str) -> bool:
    """Whether the viewer sees everybody's positions and orders on a board it may watch."""
    return viewer.is_staff or positions_visibility == PositionsVisibility.PUBLIC


def sees_positions_of(viewer: Viewer, positions_visibility: str, owner_id: UUID) -> bool:
    """Whether the viewer sees the positions and orders of this participant's user."""
    return sees_all_positions(viewer, positions_visibility) or viewer.user_id == owner_id


def may_administer(viewer: Viewer) -> bool:
    return viewer.is_staff


def visible_marathons(viewer: Viewer) -> QuerySet[Marathon]:
    """The marathons whose boards the viewer may watch: `may_watch` as a query."""
    if viewer.guest_of is not None:
        return Marathon.objects.filter(pk=viewer.guest_of, visibility=Visibility.PUBLIC)
    if viewer.is_staff:
        return Marathon.objects.all()
    own = own_marathons(viewer)
    return Marathon.objects.filter(Q(visibility=Visibility.PUBLIC) | Q(pk__in=own.values("pk")))


def own_marathons(viewer: Viewer) -> QuerySet[Marathon]:
    """The marathons in which the viewer takes part."""
    if viewer.user_id is None:
        return Marathon.objects.none()
    taking_part = Participant.objects.filter(user_id=viewer.user_id).exclude(status=ParticipantStatus.WITHDRAWN)
    return Marathon.objects.filter(pk__in=taking_part.values("marathon_id"))


def visible_participations(viewer: Viewer, login: str) -> QuerySet[Participant]:
    """The participations of an account that the viewer may see, one for each marathon."""
    return Participant.objects.filter(account__login=login, marathon__in=visible_marathons(viewer))


def may_follow_account(viewer: Viewer, login: str) -> bool:
    """An account may be followed by its owner, by staff, and by whoever sees it on a board."""
    if viewer.guest_of is None and viewer.is_staff:
        return Account.objects.filter(login=login).exists()
    owned = viewer.user_id is not None and Account.objects.filter(login=login, owner_id=viewer.user_id).exists()
    return owned or visible_participations(viewer, login).exists()
