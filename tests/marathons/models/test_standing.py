"""The order of a board, as the database gives it."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection

from marathons.models import Marathon, Participant, Standing, Tier
from marathons.models.standing import board_order
from tests.cast import crowd, has_equity


def order_of(marathon: Marathon) -> list[int]:
    ordered = Standing.objects.filter(marathon=marathon).order_by(*board_order())
    return list(ordered.values_list("participant__bib", flat=True))


def test_the_order_is_tier_score_drawdown_joining_and_id(marathon: Marathon, now: datetime) -> None:
    people = crowd(marathon, 6)
    for one in people[1:5]:
        has_equity(one, "10500")
    has_equity(people[5], "9000")
    Standing.objects.filter(pk=people[1].pk).update(max_drawdown=5)
    Standing.objects.filter(pk=people[2].pk).update(joined_at=now)
    first, second = sorted((people[3], people[4]), key=lambda one: one.pk.int)
    expected = [first, second, people[2], people[1], people[5], people[0]]
    assert order_of(marathon) == [one.bib for one in expected]


def test_scores_are_told_apart_at_twenty_places(alices: Participant, bobs: Participant) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite keeps numbers as floats, good for a demo")
    has_equity(alices, "10000", score="1.00000000000000000001")
    has_equity(bobs, "10000", score="1.00000000000000000002")
    assert order_of(alices.marathon) == [bobs.bib, alices.bib]
    assert Standing.objects.get(pk=alices.pk).score == Decimal("1.00000000000000000001")


def test_within_a_class_without_ranks_who_has_no_score_comes_last(alices: Participant, bobs: Participant) -> None:
    has_equity(bobs, "9000")
    Standing.objects.update(tier=Tier.DISQUALIFIED)
    assert order_of(alices.marathon) == [bobs.bib, alices.bib]


@pytest.mark.django_db
def test_a_page_of_a_board_comes_from_the_index_without_sorting(marathon: Marathon) -> None:
    if connection.vendor == "postgresql":  # an empty table is cheaper read whole: the planner must not want to
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = Standing.objects.filter(marathon=marathon).order_by(*board_order())[100:150].explain()
    assert "standing_order_of_the_board" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
