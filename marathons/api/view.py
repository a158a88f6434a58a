"""What every view of the HTTP interface has in common, the live part's included."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.cache import patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from marathons.access import Viewer
from marathons.api.authentication import CHALLENGE, BearerAuthentication, viewer_of
from marathons.api.errors import error_response
from marathons.api.openapi import ApiSchema
from marathons.api.parsing import JSONBody
from marathons.api.throttles import PerAddress, PerUser


class WhatWeHave(BaseContentNegotiation):
    """One representation for everybody: a header that asks for another one is no reason to fail."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        asked = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == asked), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class ApiView(APIView):
    """JSON in, JSON out; Bearer tokens; limits; errors in one form.

    A subclass says who may call (`permission_classes`; everybody, if it says nothing) and asks marathons.access what
    `self.viewer` may see. `self.now` is the one moment at which the request happens.
    """

    authentication_classes: Sequence[type[BaseAuthentication]] = (BearerAuthentication,)
    permission_classes: Sequence[type[BasePermission]] = ()
    throttle_classes: Sequence[type[BaseThrottle]] = (PerUser, PerAddress)
    parser_classes: Sequence[type[BaseParser]] = (JSONBody,)
    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer,)
    content_negotiation_class = WhatWeHave
    metadata_class = None
    format_kwarg = None
    http_method_names = ["get", "head", "post", "patch", "delete"]
    # Answers depend on who asks: no shared cache keeps them.
    cache_control = "private, no-cache"
    schema = ApiSchema()
    tag = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF's own, with limits before permissions: being refused is no way around them."""
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.now: datetime = timezone.now()
        self.perform_authentication(request)
        self.viewer: Viewer = viewer_of(request)
        self.check_throttles(request)
        self.check_permissions(request)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response.headers.setdefault("Cache-Control", self.cache_control)
        patch_vary_headers(response, ["Authorization"])
        finished: Response = super().finalize_response(request, response, *args, **kwargs)
        return finished

    def get_authenticate_header(self, request: Request) -> str:
        """Also where a view reads no token itself: a 401 without a challenge would become a 403."""
        return CHALLENGE

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return error_response
