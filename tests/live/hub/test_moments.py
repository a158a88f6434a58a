"""Reads that belong together see one state of the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F

from live.board.rows import MarathonId
from live.hub import store
from live.hub.moments import one_moment
from marathons.models import Clock, Participant, Standing


def _elsewhere(change: Callable[[], Any]) -> None:
    """Commit it over another connection."""

    def commit() -> None:
        try:
            change()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        other.submit(commit).result()


def _tick() -> None:
    Clock.objects.update(value=F("value") + 1)


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_meanwhile_is_not_seen() -> None:
    with one_moment():
        before = Clock.objects.get(pk=1).value
        _elsewhere(_tick)
        assert Clock.objects.get(pk=1).value == before
    assert Clock.objects.get(pk=1).value == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_reading_leaves_nothing_open() -> None:
    with pytest.raises(Clock.DoesNotExist), one_moment():
        Clock.objects.get(pk=2)
    assert not connection.in_atomic_block
    with one_moment():
        assert Clock.objects.exists()


@pytest.mark.needs_postgres
@pytest.mark.django_db(transaction=True)
def test_a_board_has_no_rows_newer_than_its_stamp(alices: Participant, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = partial(Standing.objects.filter(pk=alices.pk).update, stamp=999, equity=1)
    query = store.rows_query

    def change_first(standings: Any) -> Any:
        _elsewhere(newer)
        return query(standings)

    monkeypatch.setattr(store, "rows_query", change_first)
    reading = store.read(MarathonId(alices.marathon_id))
    assert reading is not None
    assert [row.stamp <= reading.seq for row in reading.rows] == [True]
    monkeypatch.setattr(store, "rows_query", query)
    again = store.read(MarathonId(alices.marathon_id))
    assert again is not None
    assert [row.stamp for row in again.rows] == [999]
