# ruff: noqa: E402 - models can be imported once Django is set up
"""Puts the contest into the database of the site: `python -m bench.boards.enrol FILE`, in the site's environment.

The marathon is made when it is already under way, so nobody's capital is captured and the feed formula ranks: the
rivals know no other.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.utils import timezone

django.setup()

from marathons.enrolment import Entry, enrol
from marathons.models import Marathon, User


def main(path: Path) -> None:
    contest = json.loads(path.read_text())
    people = contest["participants"]
    _create_users(people)
    now = timezone.now()
    marathon = Marathon.objects.create(
        id=contest["marathonId"],
        name=contest["marathonName"],
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
    )
    enrol(marathon, [Entry(one["email"], one["login"], one["firstName"], one["lastName"]) for one in people], now)


def _create_users(people: list[dict[str, Any]]) -> None:
    """With the ids that the clients' tokens have; `enrol` finds them by their addresses."""
    User.objects.bulk_create(
        User(id=one["userId"], email=one["email"], first_name=one["firstName"], last_name=one["lastName"])
        for one in people
    )


main(Path(sys.argv[1]))
