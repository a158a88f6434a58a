"""Reads that belong together see one state of the database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.db.models import F

from live.hub.moments import one_moment
from marathons.models import Clock


def _tick() -> None:
    try:
        Clock.objects.update(value=F("value") + 1)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_meanwhile_is_not_seen() -> None:
    with one_moment():
        before = Clock.objects.get(pk=1).value
        with ThreadPoolExecutor(1) as other:
            other.submit(_tick).result()
        assert Clock.objects.get(pk=1).value == before
    assert Clock.objects.get(pk=1).value == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_reading_leaves_nothing_open() -> None:
    with pytest.raises(Clock.DoesNotExist), one_moment():
        Clock.objects.get(pk=2)
    assert not connection.in_atomic_block
    with one_moment():
        assert Clock.objects.exists()
