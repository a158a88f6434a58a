"""Tokens: who gets them, and what they open over HTTP."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings

from marathons.models import Marathon, Participant, User
from marathons.tokens import issue
from tests.cast import PASSWORD, make_user
from tests.marathons.api.caller import Caller


@pytest.fixture
def dora(db: None) -> User:
    """One with a password."""
    return make_user("dora", password=PASSWORD)


def signed(user: User, secret: str = "", **claims: Any) -> str:
    """A token as the existing service writes it: `type`, no `jti`, no `token_type`."""
    soon = datetime.now(UTC) + timedelta(minutes=5)
    said = {"type": "access", "sub": str(user.pk), "email": user.email, "role": "user", "exp": soon, **claims}
    return jwt.encode(said, secret or settings.JWT_SECRET, algorithm="HS256")


def test_a_login_gives_a_pair_with_the_claims_of_the_contract(anybody: Caller, dora: User) -> None:
    answer = anybody.post("auth/token", {"email": "Dora@Example.com", "password": PASSWORD})
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["access"], settings.JWT_SECRET, algorithms=["HS256"])
    assert (claims["sub"], claims["email"], claims["token_type"]) == (str(dora.pk), dora.email, "access")
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("credentials", [("dora@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    anybody: Caller, dora: User, credentials: tuple[str, str]
) -> None:
    answer = anybody.post("auth/token", dict(zip(("email", "password"), credentials, strict=True)))
    assert answer.status_code == 401
    assert answer.json() == {"detail": "No active user has this e-mail address and password."}
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_who_is_not_active_cannot_log_in(anybody: Caller, dora: User) -> None:
    User.objects.update(is_active=False)
    assert anybody.post("auth/token", {"email": dora.email, "password": PASSWORD}).status_code == 401


def test_an_expired_token_beside_a_login_does_not_matter(dora: User) -> None:
    caller = Caller(signed(dora, exp=1))
    assert caller.post("auth/token", {"email": dora.email, "password": PASSWORD}).status_code == 200


def test_a_password_keeps_its_spaces(anybody: Caller) -> None:
    make_user("eve", password=" spaced ")
    assert anybody.post("auth/token", {"email": "eve@example.com", "password": " spaced "}).status_code == 200
    assert anybody.post("auth/token", {"email": "eve@example.com", "password": "spaced"}).status_code == 401


def test_a_refresh_token_gets_an_access_token_that_works(anybody: Caller, alice: User) -> None:
    answer = anybody.post("auth/token/refresh", {"refresh": issue(alice).refresh})
    assert set(answer.json()) == {"access"}
    assert Caller(answer.json()["access"]).get("marathons").status_code == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é" * 10])
def test_what_is_no_refresh_token_gets_nothing(anybody: Caller, token: str) -> None:
    assert anybody.post("auth/token/refresh", {"refresh": token}).status_code in {400, 401}


def test_an_access_token_does_not_renew(anybody: Caller, alice: User) -> None:
    assert anybody.post("auth/token/refresh", {"refresh": issue(alice).access}).status_code == 401


def test_who_was_deactivated_does_not_renew(anybody: Caller, alice: User) -> None:
    refresh = issue(alice).refresh
    User.objects.update(is_active=False)
    assert anybody.post("auth/token/refresh", {"refresh": refresh}).status_code == 401


def test_a_token_of_the_existing_service_is_good(sam: User, public_marathon: Marathon) -> None:
    path = f"marathons/{public_marathon.pk}"
    assert Caller(signed(sam)).patch(path, {"name": "Renamed"}).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"type": "refresh"},
        {"type": None},
        {"token_type": "refresh"},
        {"exp": 1},
        {"sub": "x"},
        {"sub": str(uuid.uuid4())},
    ],
)
def test_a_token_that_is_not_a_valid_access_token_is_refused_even_for_reading(
    alice: User, claims: dict[str, Any]
) -> None:
    answer = Caller(signed(alice, **claims)).get("marathons")
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


def test_a_forged_token_is_refused(alice: User) -> None:
    assert Caller(signed(alice, secret="another secret, as long as it should be")).get("marathons").status_code == 401


def test_an_expired_token_is_named_so(alice: User) -> None:
    assert Caller(signed(alice, exp=1)).get("marathons").json() == {"detail": "The token has expired."}


def test_the_token_of_who_was_deactivated_is_refused(as_alice: Caller, alice: User) -> None:
    User.objects.update(is_active=False)
    assert as_alice.get("marathons").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "bearer x y", "Bearer " + "x" * 9000, "Bearer \xe9\xff"])
def test_a_broken_header_is_refused(anybody: Caller, header: str) -> None:
    assert anybody.send("GET", "marathons", Authorization=header).status_code == 401


def test_another_scheme_counts_as_no_token(anybody: Caller) -> None:
    assert anybody.send("GET", "marathons", Authorization="Basic YTpi").status_code == 200


def test_visitors_of_a_public_marathon_get_a_guest_token(anybody: Caller, public_marathon: Marathon) -> None:
    answer = anybody.post(f"marathons/{public_marathon.pk}/guest-token")
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["access"], settings.JWT_SECRET, algorithms=["HS256"])
    assert claims["guest_of"] == str(public_marathon.pk)
    assert datetime.fromisoformat(answer.json()["expiresAt"]).timestamp() == claims["exp"]


def test_a_private_marathon_has_no_guests(as_alice: Caller, alices: Participant, anybody: Caller) -> None:
    path = f"marathons/{alices.marathon_id}/guest-token"
    assert anybody.post(path).status_code == 404
    assert as_alice.post(path).status_code == 404


def test_a_guest_sees_its_own_marathon_only(anybody: Caller, public_marathon: Marathon, now: datetime) -> None:
    from tests.cast import make_marathon

    other = make_marathon(now, name="Another")
    guest = Caller(anybody.post(f"marathons/{public_marathon.pk}/guest-token").json()["access"])
    assert [shown["id"] for shown in guest.get("marathons").json()["data"]] == [str(public_marathon.pk)]
    assert guest.get(f"marathons/{public_marathon.pk}").status_code == 200
    assert guest.get(f"marathons/{other.pk}").status_code == 404


def test_a_guest_is_no_user(anybody: Caller, public_marathon: Marathon) -> None:
    guest = Caller(anybody.post(f"marathons/{public_marathon.pk}/guest-token").json()["access"])
    answer = guest.post(f"marathons/{public_marathon.pk}/join", {"accountLogin": "1"})
    assert (answer.status_code, answer.json()) == (403, {"detail": "Only a user may do this."})
