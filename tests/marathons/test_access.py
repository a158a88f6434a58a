"""Who may see what: the same answer as a function and as a query."""

from datetime import datetime
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from marathons.access import (
    ANYONE,
    Viewer,
    may_administer,
    may_follow_account,
    may_watch,
    own_marathons,
    sees_all_positions,
    sees_positions_of,
    visible_marathons,
    visible_participations,
)
from marathons.actions import disqualify, withdraw
from marathons.models import Account, Marathon, Participant, User
from tests.cast import ALICE_LOGIN, BOB_LOGIN, CHARLIE_LOGIN, make_marathon, take_part


def viewer(user: User) -> Viewer:
    return Viewer(user.pk, is_staff=user.is_staff)


def test_a_private_board_is_for_its_participants_and_staff(
    marathon: Marathon, alices: Participant, alice: User, charlie: User, sam: User
) -> None:
    assert marathon in visible_marathons(viewer(alice))
    assert marathon in visible_marathons(viewer(sam))
    assert marathon not in visible_marathons(viewer(charlie))
    assert marathon not in visible_marathons(ANYONE)


def test_a_public_board_is_for_everybody(public_marathon: Marathon, charlie: User) -> None:
    assert list(visible_marathons(viewer(charlie))) == [public_marathon]
    assert list(visible_marathons(ANYONE)) == [public_marathon]


def test_a_guest_sees_the_one_public_marathon_of_the_token(
    public_marathon: Marathon, marathon: Marathon, now: datetime
) -> None:
    make_marathon(now, name="Another open one")
    assert list(visible_marathons(Viewer(guest_of=public_marathon.pk))) == [public_marathon]
    assert list(visible_marathons(Viewer(guest_of=marathon.pk))) == []


def test_who_withdrew_is_a_stranger_to_a_private_board(alices: Participant, alice: User) -> None:
    withdraw(alices)
    assert not visible_marathons(viewer(alice)).exists()


def test_who_is_disqualified_still_sees_the_board(alices: Participant, alice: User) -> None:
    disqualify(alices, "Two accounts")
    assert visible_marathons(viewer(alice)).exists()


def test_ones_own_marathons_are_those_one_takes_part_in(
    alices: Participant, alice: User, bob: User, public_marathon: Marathon
) -> None:
    assert list(own_marathons(viewer(alice))) == [alices.marathon]
    assert not own_marathons(viewer(bob)).exists()
    assert not own_marathons(ANYONE).exists()


def test_the_function_and_the_query_agree(
    alices: Participant, alice: User, charlie: User, sam: User, now: datetime
) -> None:
    marathons = [
        alices.marathon,
        make_marathon(now, name="Open"),
        make_marathon(now, name="Shut", visibility="private"),
    ]
    viewers = [ANYONE, *map(viewer, (alice, charlie, sam)), *(Viewer(guest_of=one.pk) for one in marathons)]
    for who, what in product(viewers, marathons):
        takes_part = what.pk in own_marathons(who).values_list("pk", flat=True)
        allowed = may_watch(who, what.pk, what.visibility, participates=takes_part)
        assert allowed == visible_marathons(who).filter(pk=what.pk).exists(), (who, what.name)


@pytest.mark.parametrize(
    ("who", "rule", "seen"),
    [
        ("owner", "own", True),
        ("other", "own", False),
        ("other", "public", True),
        ("staff", "own", True),
        ("nobody", "own", False),
        ("guest", "own", False),
        ("guest", "public", True),
    ],
)
def test_positions_are_shown_to_their_owner_to_staff_and_where_they_are_public(who: str, rule: str, seen: bool) -> None:
    owner = uuid4()
    viewers = {
        "owner": Viewer(owner),
        "other": Viewer(uuid4()),
        "staff": Viewer(uuid4(), is_staff=True),
        "nobody": ANYONE,
        "guest": Viewer(guest_of=uuid4()),
    }
    assert sees_positions_of(viewers[who], rule, owner) is seen
    assert sees_all_positions(viewers[who], rule) is (seen and who != "owner")


def test_only_staff_administers(alice: User, sam: User) -> None:
    assert may_administer(viewer(sam))
    assert not may_administer(viewer(alice))
    assert not may_administer(ANYONE)


def test_an_account_is_followed_by_its_owner_staff_and_whoever_sees_it_on_a_board(
    alices: Participant, bobs: Participant, alice: User, bob: User, charlie: User, sam: User
) -> None:
    assert all(may_follow_account(viewer(user), ALICE_LOGIN) for user in (alice, bob, sam))
    assert not may_follow_account(viewer(charlie), ALICE_LOGIN)
    assert not may_follow_account(ANYONE, ALICE_LOGIN)


def test_an_account_that_plays_nowhere_is_followed_by_its_owner(charlie: User, alice: User) -> None:
    Account.objects.create(login=CHARLIE_LOGIN, owner=charlie)
    assert may_follow_account(viewer(charlie), CHARLIE_LOGIN)
    assert not may_follow_account(viewer(alice), CHARLIE_LOGIN)


def test_an_account_that_does_not_exist_is_followed_by_nobody(sam: User, alice: User) -> None:
    assert not may_follow_account(viewer(sam), "4711")
    assert not may_follow_account(viewer(alice), "4711")


def test_of_an_account_in_two_marathons_a_stranger_sees_the_public_one(
    alices: Participant, alice: User, charlie: User, public_marathon: Marathon
) -> None:
    public = take_part(public_marathon, alice, ALICE_LOGIN)
    assert list(visible_participations(viewer(charlie), ALICE_LOGIN)) == [public]
    assert set(visible_participations(viewer(alice), ALICE_LOGIN)) == {alices, public}


def test_a_guest_follows_accounts_of_that_marathon_only(
    alices: Participant, bobs: Participant, bob: User, public_marathon: Marathon
) -> None:
    take_part(public_marathon, bob, BOB_LOGIN)
    guest = Viewer(guest_of=public_marathon.pk)
    assert may_follow_account(guest, BOB_LOGIN)
    assert not may_follow_account(guest, ALICE_LOGIN)


def test_asking_costs_a_bounded_number_of_queries(
    alices: Participant, charlie: User, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        may_follow_account(viewer(charlie), ALICE_LOGIN)
