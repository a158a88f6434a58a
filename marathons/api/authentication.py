"""Who is calling: from the Bearer token to the `Viewer` that marathons.access decides about.

A guest token names no user. Its holder may look at the one public marathon that it was issued for, and at nothing else;
whoever sends no token sees every public marathon.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from marathons.access import ANYONE, Viewer, may_administer
from marathons.models import User
from marathons.tokens import Claims, TokenError, verify_access

CHALLENGE = 'Bearer realm="marathon-live"'


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`, ours or the existing service's. Other schemes count as no token."""

    def authenticate(self, request: Request) -> tuple[User | AnonymousUser, Claims] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = verify_access(token.strip())
        except TokenError as error:
            raise AuthenticationFailed(
                "The token has expired." if error.expired else "The token is not valid."
            ) from error
        if claims.guest_of is not None:
            return AnonymousUser(), claims
        return _active_user(claims), claims

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def _active_user(claims: Claims) -> User:
    user = User.objects.filter(pk=claims.user_id, is_active=True).first()
    if user is None:
        raise AuthenticationFailed("The user does not exist or is not active.")
    return user


def viewer_of(request: Request) -> Viewer:
    """Whoever sent the request."""
    if isinstance(request.user, User):
        return Viewer(user_id=request.user.pk, is_staff=request.user.is_staff)
    if isinstance(request.auth, Claims):
        return Viewer(guest_of=request.auth.guest_of)
    return ANYONE


class StaffWrites(BasePermission):
    """Everybody reads, as far as they may see it; staff writes."""

    message = "Only staff may do this."
    open_to_all = SAFE_METHODS

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.method in self.open_to_all or may_administer(viewer_of(request))


class Users(BasePermission):
    """Only users: neither guests nor visitors without a token."""

    message = "Only a user may do this."
    open_to_all = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        return viewer_of(request).user_id is not None
