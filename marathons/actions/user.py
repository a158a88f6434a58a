"""People's names: boards show them."""

from django.db import transaction

from marathons.actions.common import told
from marathons.clock import hold
from marathons.models import User


@transaction.atomic
def save_user(user: User) -> None:
    """Save a user whose name may have changed, and tell the boards that show it."""
    hold()
    user.save()
    tell_renamed(user)


@transaction.atomic
def tell_renamed(user: User) -> None:
    """Boards show the user's name: stamp the rows of all participations."""
    hold()
    told(list(user.participations.all()), ranks_move=False)
