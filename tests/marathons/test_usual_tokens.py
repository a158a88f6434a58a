"""The quick look at tokens: it knows the usual ones, and never says anything that PyJWT would not say."""

import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marathons.usual_tokens import usual_claims

SECRET = "a secret that is as long as it has to be, even for other algorithms"
NOW = int(time.time())


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": str(uuid4()), "token_type": "access", "exp": NOW + 600, **more}


def token(said: dict[str, Any], key: str = SECRET, **options: Any) -> str:
    return jwt.encode(said, key, **{"algorithm": "HS256", **options})


@pytest.mark.parametrize("headers", [None, {"typ": None}])
def test_a_usual_token_is_known(headers: dict[str, Any] | None) -> None:
    said = claims(email="a@b.c", iat=NOW)
    assert usual_claims(token(said, headers=headers), SECRET, NOW) == said


def test_the_order_of_its_header_does_not_matter() -> None:
    said = claims()
    assert usual_claims(token(said, sort_headers=False), SECRET, NOW) == said


@pytest.mark.parametrize(
    "unusual",
    [
        claims(exp=NOW),
        claims(exp=NOW + 0.5),
        claims(exp=str(NOW + 600)),
        claims(exp=True),
        claims(sub=7),
        claims(nbf=NOW - 5),
        claims(aud="somebody"),
        claims(iss="somebody"),
        claims(jti=7),
    ],
)
def test_unusual_claims_are_left_to_pyjwt(unusual: dict[str, Any]) -> None:
    text = jwt.api_jws.encode(jwt.PyJWT()._encode_payload(unusual), SECRET, "HS256")
    assert usual_claims(text, SECRET, NOW) is None


@pytest.mark.parametrize("options", [{"algorithm": "HS384"}, {"headers": {"kid": "a"}}, {"headers": {"crit": ["b64"]}}])
def test_an_unusual_header_is_left_to_pyjwt(options: dict[str, Any]) -> None:
    assert usual_claims(token(claims(), **options), SECRET, NOW) is None


def test_no_other_signature_is_taken() -> None:
    head, payload, signature = token(claims()).split(".")
    other = token(claims(), "another secret that is as long as it has to be, even for other ones")
    for wrong in ("", signature[:-1], f"{signature}=", signature.swapcase(), other.rpartition(".")[2]):
        assert usual_claims(f"{head}.{payload}.{wrong}", SECRET, NOW) is None
    assert usual_claims(other, SECRET, NOW) is None


@given(st.text("abcXYZ019-_=.\u00e9", max_size=12), st.integers(0, 400), st.integers(0, 12))
def test_what_it_says_of_a_changed_token_pyjwt_says_too(put: str, at: int, instead_of: int) -> None:
    text = token(claims())
    changed = text[:at] + put + text[at + instead_of :]
    known = usual_claims(changed, SECRET, NOW)
    assert known is None or known == jwt.decode(changed, SECRET, algorithms=["HS256"])


def test_a_payload_that_is_no_object_is_left_to_pyjwt() -> None:
    for payload in (b"[]", b"7", b"{", b"\xff"):
        assert usual_claims(jwt.api_jws.encode(payload, SECRET, "HS256"), SECRET, NOW) is None
