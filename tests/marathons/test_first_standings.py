"""Standings made by one statement are those that the model would make."""

from datetime import datetime, timedelta

from marathons.models import Marathon, Participant, Standing, User
from tests.cast import CHARLIE_LOGIN, crowd, make_marathon, take_part


def test_they_are_what_the_model_would_save(alices: Participant) -> None:
    made = Standing.objects.filter(pk=alices.pk)
    before = made.values().get()
    made.delete()
    saved = Standing(
        participant=alices, marathon=alices.marathon, joined_at=alices.joined_at, stamp=Marathon.objects.get().stamp
    )
    saved.save(force_insert=True)
    assert made.values().get() == before


def test_those_who_were_there_keep_theirs(alices: Participant, marathon: Marathon, charlie: User) -> None:
    before = Standing.objects.values().get()
    crowd(marathon, 3)
    take_part(marathon, charlie, CHARLIE_LOGIN)
    assert Standing.objects.filter(pk=alices.pk).values().get() == before
    assert Standing.objects.count() == marathon.participants.count() == 5


def test_those_of_other_marathons_are_left_alone(alices: Participant, now: datetime) -> None:
    other = make_marathon(now, starts_at=now + timedelta(days=1))
    crowd(other, 2)
    assert Standing.objects.filter(marathon=other).count() == 2
    assert Standing.objects.filter(marathon=alices.marathon_id).count() == 1
