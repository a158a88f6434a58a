"""The claims of a token that is plainly right, at one look: HS256, signed with the key, valid now, nothing unusual.

PyJWT asks at every call what kind of key it was given and reads each part of a token in several ways, which is most of
what verifying costs; it counts when thousands join at once (docs/PERFORMANCE.md). The signature is always computed.
What is not plainly right is not judged here: marathons/tokens.py has PyJWT look at it, and say why it is refused.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from functools import lru_cache
from typing import Any

import msgspec
from jwt.algorithms import HMACAlgorithm

_HEADS = frozenset(
    urlsafe_b64encode(text).rstrip(b"=")
    for text in (b'{"alg":"HS256","typ":"JWT"}', b'{"typ":"JWT","alg":"HS256"}', b'{"alg":"HS256"}')
)
_CHECKED_ELSEWHERE = frozenset({"nbf", "aud", "iss"})
"""Claims of which PyJWT knows what they mean."""


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    """The key as PyJWT makes it of a secret. Raises what PyJWT raises for a secret that is none."""
    return HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)


def usual_claims(token: str, secret: str, now: float) -> dict[str, Any] | None:
    """All claims, with `sub` a text and `exp` an integer after `now` (Unix time, seconds); None says nothing."""
    try:
        signed, _, signature = token.encode("ascii").rpartition(b".")
        head, _, payload = signed.partition(b".")
        if head not in _HEADS or not hmac.compare_digest(_signature(signed, secret), signature):
            return None
        claims = msgspec.json.decode(urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (UnicodeError, Error, ValueError):
        return None
    return claims if _are_usual(claims, now) else None


def _signature(signed: bytes, secret: str) -> bytes:
    return urlsafe_b64encode(hmac.digest(_key(secret), signed, "sha256")).rstrip(b"=")


def _are_usual(claims: Any, now: float) -> bool:
    return (
        isinstance(claims, dict)
        and isinstance(claims.get("sub"), str)
        and type(claims.get("exp")) is int
        and claims["exp"] > now
        and isinstance(claims.get("jti", ""), str)
        and _CHECKED_ELSEWHERE.isdisjoint(claims)
    )
