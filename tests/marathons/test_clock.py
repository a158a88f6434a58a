"""The clock: one order for all changes, whoever makes them, and nobody told before the commit."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from marathons.clock import ClockMissingError, Stamp, advance, hold, new_epoch, stamp_rows
from marathons.models import Clock, Marathon, Participant, Standing

Announced = Callable[[Callable[[], Any]], list[Stamp]]


@pytest.mark.django_db
def test_a_new_database_has_a_clock_at_zero_with_an_epoch_of_its_own() -> None:
    clock = Clock.objects.get()
    assert (clock.pk, clock.value, len(clock.epoch)) == (1, 0, 8)


@pytest.mark.django_db(transaction=True)
def test_holding_the_clock_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        hold()


@pytest.mark.django_db
def test_a_clock_without_its_row_says_what_to_do() -> None:
    Clock.objects.all().delete()
    with pytest.raises(ClockMissingError, match=r"manage\.py migrate"):
        hold()


def test_every_advance_takes_the_next_value_and_remembers_the_one_before(marathon: Marathon) -> None:
    first = advance([marathon.pk])
    second = advance([marathon.pk])
    assert second.seq == first.seq + 1
    assert second.since == {marathon.pk: first.seq}
    assert Marathon.objects.get(pk=marathon.pk).stamp == second.seq


def test_other_boards_keep_their_stamps(marathon: Marathon, public_marathon: Marathon) -> None:
    before = Marathon.objects.get(pk=public_marathon.pk).stamp
    advance([marathon.pk])
    assert Marathon.objects.get(pk=public_marathon.pk).stamp == before


def test_rows_are_stamped_with_the_board(alices: Participant, bobs: Participant) -> None:
    stamp = stamp_rows([alices.pk], [alices.marathon_id])
    assert Standing.objects.get(pk=alices.pk).stamp == stamp.seq
    assert Standing.objects.get(pk=bobs.pk).stamp < stamp.seq


def test_a_change_is_announced_after_the_commit(marathon: Marathon, announced: Announced) -> None:
    stamps: list[Stamp] = []
    assert announced(lambda: stamps.append(advance([marathon.pk]))) == stamps


def test_a_silent_stamp_is_not_announced(marathon: Marathon, announced: Announced) -> None:
    assert announced(lambda: advance([marathon.pk], silent=True)) == []


def test_a_change_that_is_rolled_back_is_not_announced(marathon: Marathon, announced: Announced) -> None:
    def take_it_back() -> None:
        with transaction.atomic():
            advance([marathon.pk])
            transaction.set_rollback(True)

    before = Clock.objects.get().value
    assert announced(take_it_back) == []
    assert Clock.objects.get().value == before


@pytest.mark.django_db
def test_a_new_epoch_breaks_with_all_stamps_given_so_far() -> None:
    before = Clock.objects.get()
    epoch = new_epoch()
    after = Clock.objects.get()
    assert epoch == after.epoch != before.epoch
    assert after.value == before.value + 1


@pytest.mark.django_db(transaction=True)
def test_writers_side_by_side_never_share_a_stamp() -> None:
    taken: list[int] = []

    def write() -> None:
        for _ in range(10):
            with transaction.atomic():
                taken.append(advance([]).seq)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_a_flushed_database_gets_its_clock_back() -> None:
    call_command("flush", interactive=False, verbosity=0)
    assert Clock.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_was_lost_starts_past_every_stamp(marathon: Marathon) -> None:
    Marathon.objects.filter(pk=marathon.pk).update(stamp=4711)
    Clock.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert Clock.objects.get().value == 4711
