"""POST auth/token, auth/token/refresh and marathons/{id}/guest-token: where access tokens come from."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth import authenticate
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from marathons.access import ANYONE
from marathons.api import examples
from marathons.api.marathons import find
from marathons.api.openapi import Body, operation
from marathons.api.throttles import LoginPerAddress, PerAddress
from marathons.api.token_shapes import AccessShape, CredentialsBody, GuestShape, PairShape, RefreshBody
from marathons.api.view import ApiView
from marathons.models import User
from marathons.tokens import TokenError, issue, issue_guest, renew


class TokenView(ApiView):
    """Reads no token: whoever comes here may hold an expired one."""

    authentication_classes = ()
    throttle_classes: Sequence[type[BaseThrottle]] = (PerAddress,)
    cache_control = "no-store"
    tag = "Tokens"


class LoginView(TokenView):
    throttle_classes = (PerAddress, LoginPerAddress)

    @operation(
        "logIn",
        body=Body(CredentialsBody, {"Alice": examples.CREDENTIALS}),
        answers={200: Body(PairShape, {"A pair": examples.PAIR})},
        errors=(400, 401),
    )
    def post(self, request: Request) -> Response:
        """Log in with e-mail address and password."""
        body = CredentialsBody(data=request.data)
        body.is_valid(raise_exception=True)
        email, password = body.validated_data["email"], body.validated_data["password"]
        user = authenticate(request, username=email, password=password)
        if not isinstance(user, User):
            raise AuthenticationFailed("No active user has this e-mail address and password.")
        return Response(PairShape(issue(user)).data)


class RefreshView(TokenView):
    @operation(
        "refreshToken",
        body=Body(RefreshBody, {"The refresh token": {"refresh": examples.ACCESS}}),
        answers={200: Body(AccessShape, {"A new token": {"access": examples.ACCESS}})},
        errors=(400, 401),
    )
    def post(self, request: Request) -> Response:
        """Get a new access token."""
        body = RefreshBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            access = renew(body.validated_data["refresh"])
        except TokenError as error:
            raise AuthenticationFailed("The refresh token is not valid.") from error
        return Response(AccessShape({"access": access}).data)


class GuestTokenView(TokenView):
    @operation("getGuestToken", answers={200: Body(GuestShape, {"A guest's": examples.GUEST})}, errors=(404,))
    def post(self, request: Request, marathon_id: UUID) -> Response:
        """Get a token that opens the socket for this public marathon, without a login."""
        marathon = find(ANYONE, marathon_id)
        access, expires_at = issue_guest(marathon.pk, self.now)
        return Response(GuestShape({"access": access, "expires_at": expires_at}).data)
