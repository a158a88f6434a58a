"""Tokens as JSON."""

from typing import Any

from rest_framework import serializers

from marathons.api.fields import Email, Moment, Text
from marathons.api.shapes import BodyShape, Shape
from marathons.tokens import LONGEST_TOKEN, Pair


class CredentialsBody(BodyShape[Any]):
    """Who logs in."""

    email = Email(max_length=254)
    password = Text(max_length=1000, trim_whitespace=False)


class RefreshBody(BodyShape[Any]):
    """The refresh token of a login."""

    refresh = Text(max_length=LONGEST_TOKEN)


class PairShape(Shape[Pair]):
    """What a login gives."""

    access = serializers.CharField(help_text="For `Authorization: Bearer`, and for the socket.")
    refresh = serializers.CharField(help_text="Gets new access tokens; opens nothing itself.")


class AccessShape(Shape[Any]):
    """What a refresh token gives."""

    access = serializers.CharField()


class GuestShape(Shape[Any]):
    """What visitors of a public marathon's page get."""

    access = serializers.CharField(help_text="Opens the socket for this marathon only.")
    expires_at = Moment()
