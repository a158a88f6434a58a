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
    """The staff user, made on the first start; the password is kept in a file, so that it can be told again."""
    user = User.objects.filter(email=STAFF_EMAIL).first()
    if user is None:
        password = secrets.token_urlsafe(9)
        user = User.objects.create_superuser(STAFF_EMAIL, password, first_name="Demo", last_name="Organiser")
        _keep(kept, f"{password}\n{user.password}\n")
    # Compared with the hash of then, because hashing anew would be the longest part of a second start.
    password, _, hashed = kept.read_text().partition("\n") if kept.exists() else ("", "", "")
    return Staff(STAFF_EMAIL, password if user.password == hashed.strip() else None)


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


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
