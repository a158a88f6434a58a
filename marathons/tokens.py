"""Access and refresh tokens: the module that knows simplejwt and PyJWT (usual_tokens.py knows how PyJWT makes keys).

Accepted are our own tokens (`token_type`, `jti`) and those of the existing service (`type`, no `jti`): HS256 with
`JWT_SECRET`, the user's id in `sub`. Guest tokens are access tokens that carry `guest_of`, the one marathon they open.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError as SimpleJWTError
from rest_framework_simplejwt.tokens import RefreshToken

from .models import User
from .usual_tokens import usual_claims

ALGORITHM = "HS256"
# A token of ours has some 300 characters; whatever is far longer is not worth the time of checking its signature.
LONGEST_TOKEN = 4096


class TokenError(Exception):
    """The token is refused; `expired` tells the one reason that a client can mend by renewing."""

    def __init__(self, message: str, *, expired: bool = False) -> None:
        super().__init__(message)
        self.expired = expired


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: whose it is, until when, and for which single marathon if it is a guest's."""

    user_id: uuid.UUID
    expires_at: datetime
    guest_of: uuid.UUID | None = None


def verify_access(token: str) -> Claims:
    """The claims of an access token. Raises TokenError."""
    if len(token) > LONGEST_TOKEN:
        raise TokenError("the token is too long")
    payload = usual_claims(token, settings.JWT_SECRET, time.time()) or _payload(token)
    if _token_type(payload) != "access":
        raise TokenError("not an access token")
    return _claims(payload)


def _payload(token: str) -> dict[str, Any]:
    try:
        payload: dict[str, Any] = jwt.decode(
            token,
            settings.JWT_SECRET,
            algorithms=[ALGORITHM],
            # When a token was issued says nothing here, and an issuer's clock may be a second ahead of ours.
            options={"require": ["exp", "sub"], "verify_iat": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenError("the token has expired", expired=True) from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenError("the token is not valid") from error
    return payload


def _token_type(payload: dict[str, Any]) -> Any:
    """`token_type` (ours) decides where it is present, else `type` (the existing service's)."""
    return payload.get("token_type", payload.get("type"))


def _claims(payload: dict[str, Any]) -> Claims:
    try:
        guest_of = payload.get("guest_of")
        return Claims(
            user_id=uuid.UUID(payload["sub"]),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
            guest_of=uuid.UUID(guest_of) if guest_of is not None else None,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise TokenError("the token's claims are not valid") from error


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


def issue(user: User) -> Pair:
    """A new pair for a user whose password was just checked."""
    refresh = RefreshToken.for_user(user)
    refresh["email"] = user.email
    return Pair(access=str(refresh.access_token), refresh=str(refresh))


def renew(refresh: str) -> str:
    """A new access token. Raises TokenError if the refresh token is not valid or its user is not active any more."""
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]  # annotated as Token, used with str throughout
        user = User.objects.get(pk=uuid.UUID(str(token["sub"])), is_active=True)
    except (SimpleJWTError, User.DoesNotExist, KeyError, ValueError) as error:
        raise TokenError("the refresh token is not valid") from error
    access = token.access_token
    access["email"] = user.email
    return str(access)


def issue_guest(marathon_id: uuid.UUID, now: datetime) -> tuple[str, datetime]:
    """A token that opens the socket for one public marathon, and when it runs out."""
    expires_at = now + settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"]
    payload = {
        "sub": str(uuid.uuid4()),
        "token_type": "access",
        "guest_of": str(marathon_id),
        "jti": uuid.uuid4().hex,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
    }
    return jwt.encode(payload, settings.JWT_SECRET, algorithm=ALGORITHM), expires_at.replace(microsecond=0)
