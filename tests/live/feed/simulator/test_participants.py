"""A marathon's people as a fleet."""

from decimal import Decimal

from pytest_django import DjangoAssertNumQueries

from live.feed.simulator.participants import participants_of
from marathons.models import Marathon, Participant, ParticipantStatus, User
from tests.cast import ALICE_LOGIN, BOB_LOGIN, take_part


def test_participants_report_from_the_capital_that_they_are_measured_against(
    marathon: Marathon, alices: Participant, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take_part(marathon, bob, BOB_LOGIN, Decimal(25_000))
    with django_assert_num_queries(1):
        found = [(member.login, member.deposit) for member in participants_of(marathon.pk)]
    assert found == [(ALICE_LOGIN, Decimal(10_000)), (BOB_LOGIN, Decimal(25_000))]


def test_who_has_withdrawn_reports_no_more(marathon: Marathon, alices: Participant, bobs: Participant) -> None:
    Participant.objects.filter(pk=alices.pk).update(status=ParticipantStatus.WITHDRAWN)
    assert [member.login for member in participants_of(marathon.pk)] == [BOB_LOGIN]
