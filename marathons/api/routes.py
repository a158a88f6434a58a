"""Paths of the HTTP interface: the same with and without a trailing slash, and once in the OpenAPI document."""

from typing import Any

from django.urls import URLPattern, register_converter
from django.urls.converters import UUIDConverter
from django.urls.resolvers import RoutePattern
from rest_framework.views import APIView


class IdConverter(UUIDConverter):
    """A UUID in either case: some platforms print them in capitals."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


register_converter(IdConverter, "id")


class EitherWayPattern(RoutePattern):
    """A route without a trailing slash that matches with one too; a redirect would lose the body of a POST."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def route(path: str, view: type[APIView], name: str) -> URLPattern:
    """Like `django.urls.path`; `path` has no trailing slash. Ids are `<id:...>`."""
    return URLPattern(EitherWayPattern(path, name=name, is_endpoint=True), view.as_view(), name=name)
