"""GET apiv1/marathons/websocket-docs: the AsyncAPI document, or for a browser a page to read and try the socket."""

from typing import Any

import msgspec
import yaml
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from rest_framework import serializers
from rest_framework.request import Request

from live.doors.asyncapi.document import served
from live.doors.asyncapi.page import context
from marathons.api.openapi import Body, operation
from marathons.api.paging import read_query
from marathons.api.view import ApiView

JSON, YAML, HTML = "application/json", "application/yaml", "text/html"
FORMATS = {"json": JSON, "yaml": YAML}


class DocumentQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(list(FORMATS), allow_blank=True, required=False)


class WebSocketDocsView(ApiView):
    authentication_classes = ()
    cache_control = "public, max-age=300"
    tag = "Documents"

    @operation(
        "getWebSocketDocs",
        query=DocumentQuery,
        answers={
            (200, JSON, YAML): Body(dict[str, Any], {"Its beginning": {"asyncapi": "3.0.0"}}),
            (200, HTML): Body(str, {"Its beginning": "<!doctype html>"}),
        },
        errors=(400,),
    )
    def get(self, request: Request) -> HttpResponse:
        """Get the WebSocket protocol. AsyncAPI 3 as JSON or YAML; a browser that names no format gets a page."""
        wanted = read_query(DocumentQuery, request).get("format", "")
        media_type = FORMATS.get(wanted) or request._request.get_preferred_type([JSON, YAML, HTML]) or JSON  # noqa: SLF001
        made = served(request.get_host(), secure=request.is_secure())
        answer = _page(request, made) if media_type == HTML else HttpResponse(_written(made, media_type), media_type)
        patch_vary_headers(answer, ["Accept"])
        return answer


def _written(made: dict[str, Any], media_type: str) -> bytes:
    if media_type == YAML:
        text: str = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120)
        return text.encode()
    return msgspec.json.format(msgspec.json.encode(made), indent=2)


def _page(request: Request, made: dict[str, Any]) -> HttpResponse:
    """The header of the page says who is logged in: no shared cache keeps it."""
    answer = render(request._request, "websocket_docs.html", context(made))  # noqa: SLF001 - Django's own request
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
