"""Django's admin history: who changed what, from what to what. Written in the transaction of the change itself."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from .batches import BATCH
from .models import User

LONGEST_VALUE = 120

Line: TypeAlias = str | list[dict[str, Any]]
"""Words; or what Django's admin makes of a form, which it puts into words where it shows them."""

ADDED: Line = [{"added": {}}]
DELETED: Line = ""


def record(user: User | AnonymousUser, lines: Iterable[tuple[Model, Line]]) -> None:
    """Put each line into the history of its object, in the name of that user, who is logged in."""
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                user_id=user.pk,  # type: ignore[misc]  # who is logged in has one
                content_type=ContentType.objects.get_for_model(one),
                object_id=one.pk,
                object_repr=str(one)[:200],
                action_flag=_flag(line),
                change_message=line if isinstance(line, str) else json.dumps(line),
            )
            for one, line in lines
        ],
        batch_size=BATCH,
    )


def _flag(line: Line) -> int:
    if line == ADDED:
        return ADDITION
    return DELETION if line == DELETED else CHANGE


def changed(one: Model, before: Mapping[str, Any]) -> Line:
    """What the admin says of a form that changed these fields; `before` has their former values."""
    fields = []
    for name, old in before.items():
        field: Any = one._meta.get_field(name)  # noqa: SLF001 - public in all but its name
        words, new = dict(field.flatchoices), getattr(one, name)
        fields.append(change(str(field.verbose_name), words.get(old, old), words.get(new, new)))
    return [{"changed": {"fields": fields}}]


def change(label: str, old: Any, new: Any) -> str:
    """One changed value in words: `Initial balance: 10000 → 12000`."""
    return f"{label[:1].upper()}{label[1:]}: {shown(old)} → {shown(new)}"


def shown(value: Any) -> str:
    """A value as people read it: amounts without trailing zeros, moments in UTC, long texts cut."""
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def plain(amount: Decimal) -> str:
    """An amount without exponent and without the zeros that only say how many places a column has."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
