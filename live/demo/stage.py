"""What the demo finds in its database, or puts there: somebody who may do everything, and a marathon under way."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from live.demo.people import FIRST_LOGIN, people
from marathons.actions import save_marathon
from marathons.enrolment import enrol
from marathons.models import Marathon, User

STAFF_EMAIL = "admin@example.com"
NAME = "Demo marathon"
SINCE, LASTS = timedelta(hours=9), timedelta(days=3)
DESCRIPTION = "A hundred traders who do not exist trade a market that does not exist. Everything else is real."


@dataclass(frozen=True, slots=True)
class Staff:
    """How to log in. `password` None: somebody has set another one than the demo's."""

    email: str
    password: str | None


def staff(kept: Path) -> Staff:
    """The staff user, made on the first start; the password is kept in the file, so that it can be told again."""
    user = User.objects.filter(email=STAFF_EMAIL).first()
    if user is None:
        password = _new_password(kept)
        User.objects.create_superuser(STAFF_EMAIL, password, first_name="Demo", last_name="Organiser")
        return Staff(STAFF_EMAIL, password)
    password = kept.read_text() if kept.exists() else ""
    return Staff(STAFF_EMAIL, password if user.check_password(password) else None)


def _new_password(kept: Path) -> str:
    password = secrets.token_urlsafe(9)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    kept.touch(mode=0o600)
    kept.write_text(password)
    return password


def marathon(now: datetime) -> Marathon:
    """The marathon that the demo's traders are in at the moment `now`, or a new one once theirs is over."""
    theirs = Marathon.objects.filter(participants__account__login=str(FIRST_LOGIN), cancelled_at=None)
    return theirs.filter(starts_at__lte=now, ends_at__gt=now).order_by("-ends_at").first() or _new_marathon(now)


def _new_marathon(now: datetime) -> Marathon:
    made = save_marathon(
        Marathon(name=NAME, description=DESCRIPTION, starts_at=now - SINCE, ends_at=now - SINCE + LASTS, created_at=now)
    )
    enrol(made, list(people()), made.starts_at)
    return made
