"""What the tests of the admin and of the HTTP interface share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def history_of() -> Callable[[Any], list[str]]:
    """The lines in the history of an object, oldest first."""

    def lines(one: Any) -> list[str]:
        from django.contrib.admin.models import LogEntry

        return [entry.get_change_message() for entry in LogEntry.objects.filter(object_id=one.pk).order_by("pk")]

    return lines
