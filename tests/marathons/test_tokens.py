"""Tokens: ours, the existing service's, guests'; and all those that are refused."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings

from marathons.models import User
from marathons.tokens import LONGEST_TOKEN, TokenError, issue, issue_guest, renew, verify_access


def forge(claims: dict[str, Any], key: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, settings.JWT_SECRET if key is None else key, algorithm=algorithm)


def claims(**more: Any) -> dict[str, Any]:
    """Those of a token that is accepted, changed; a claim that is None is left out."""
    in_a_minute = int(datetime.now(UTC).timestamp()) + 60
    values = {"sub": str(uuid4()), "token_type": "access", "exp": in_a_minute, **more}
    return {name: value for name, value in values.items() if value is not None}


def test_an_issued_access_token_names_the_user(alice: User) -> None:
    told = verify_access(issue(alice).access)
    assert (told.user_id, told.guest_of) == (alice.pk, None)
    assert told.expires_at > datetime.now(UTC)


def test_an_issued_token_has_the_claims_of_the_contract(alice: User) -> None:
    payload = jwt.decode(issue(alice).access, settings.JWT_SECRET, algorithms=["HS256"])
    assert payload["sub"] == str(alice.pk)
    assert (payload["token_type"], payload["email"]) == ("access", alice.email)


def test_a_token_of_the_existing_service_is_accepted() -> None:
    user = uuid4()
    now = int(datetime.now(UTC).timestamp())
    token = forge({"type": "access", "sub": str(user), "email": "a@b.c", "role": "user", "iat": now, "exp": now + 60})
    assert verify_access(token).user_id == user


def test_an_issuer_whose_clock_is_ahead_is_accepted() -> None:
    assert verify_access(forge(claims(iat=int(datetime.now(UTC).timestamp()) + 5)))


@pytest.mark.parametrize(
    "changed",
    [
        {"token_type": "refresh"},
        {"token_type": None},
        {"token_type": None, "type": "refresh"},
        {"token_type": "refresh", "type": "access"},
        {"token_type": ["access"]},
        {"sub": None},
        {"sub": 7},
        {"sub": "7"},
        {"exp": None},
        {"exp": "never"},
        {"exp": 10**30},
        {"guest_of": 7},
        {"guest_of": "everything"},
    ],
)
def test_a_token_that_says_the_wrong_thing_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(TokenError) as caught:
        verify_access(forge(claims(**changed)))
    assert not caught.value.expired


def test_an_expired_token_says_so() -> None:
    with pytest.raises(TokenError) as caught:
        verify_access(forge(claims(exp=1)))
    assert caught.value.expired


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(TokenError):
        verify_access(forge(claims(), key="another key that is long enough for this"))


def test_a_token_without_a_signature_is_refused() -> None:
    with pytest.raises(TokenError):
        verify_access(forge(claims(), key="", algorithm="none"))


def test_a_changed_payload_is_refused() -> None:
    head, _, signature = forge(claims()).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=").decode()
    with pytest.raises(TokenError):
        verify_access(f"{head}.{payload}.{signature}")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "....", "\udce4", "ä.ö.ü", "x" * (LONGEST_TOKEN + 1)])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        verify_access(text)


def test_a_refresh_token_opens_nothing(alice: User) -> None:
    with pytest.raises(TokenError):
        verify_access(issue(alice).refresh)


def test_a_refresh_token_gives_a_new_access_token(alice: User) -> None:
    assert verify_access(renew(issue(alice).refresh)).user_id == alice.pk


def test_an_access_token_renews_nothing(alice: User) -> None:
    with pytest.raises(TokenError):
        renew(issue(alice).access)


def test_who_was_switched_off_renews_nothing(alice: User) -> None:
    refresh = issue(alice).refresh
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(TokenError):
        renew(refresh)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "x", "a.b.c", "\udce4"])
def test_text_that_is_no_refresh_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        renew(text)


def test_a_guest_token_opens_one_marathon_for_as_long_as_an_access_token() -> None:
    marathon, now = uuid4(), datetime.now(UTC)
    token, until = issue_guest(marathon, now)
    told = verify_access(token)
    assert (told.guest_of, told.expires_at) == (marathon, until)
    assert timedelta(0) <= now + settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"] - until < timedelta(seconds=1)
