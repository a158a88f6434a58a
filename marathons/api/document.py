"""GET apiv1/schema (the OpenAPI document), GET swagger (a page to read and try it), and whatever path nobody has."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from marathons.api.openapi import Body, operation
from marathons.api.paging import read_query
from marathons.api.view import ApiView

RENDERERS = {"json": OpenApiJsonRenderer2, "yaml": OpenApiYamlRenderer}
MEDIA_TYPES = [str(renderer.media_type) for renderer in RENDERERS.values()]


@cache
def document(language: str) -> bytes:
    """The OpenAPI document in `json` or `yaml`. It depends on the code alone, so a process makes it once."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    rendered = RENDERERS[language]().render(made, renderer_context={})
    return rendered if isinstance(rendered, bytes) else rendered.encode()


class SchemaQuery(serializers.Serializer[Any]):
    format = serializers.ChoiceField(list(RENDERERS), allow_blank=True, default="json")


class SchemaView(ApiView):
    authentication_classes = ()
    cache_control = "public, max-age=300"
    tag = "Documents"

    @operation(
        "getSchema",
        query=SchemaQuery,
        answers={(200, *MEDIA_TYPES): Body(dict[str, Any], {"Its beginning": {"openapi": "3.0.3"}})},
        errors=(400,),
    )
    def get(self, request: Request) -> HttpResponse:
        """Get this document. OpenAPI 3, as JSON or YAML."""
        language = read_query(SchemaQuery, request)["format"]
        return HttpResponse(document(language), content_type=RENDERERS[language].media_type)


class SwaggerView(ApiView):
    """Swagger UI from files of our own: no other host is asked, and no script stands in the page."""

    authentication_classes = ()
    renderer_classes = (TemplateHTMLRenderer,)
    cache_control = "public, max-age=300"
    tag = "Documents"

    @operation("getSwagger", answers={(200, "text/html"): Body(str, {})})
    def get(self, request: Request) -> Response:
        """Read and try this interface in a browser."""
        return Response(template_name="marathons/swagger.html")


class NothingView(ApiView):
    """An error of our form for paths that lead nowhere."""

    authentication_classes = ()
    schema: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is nothing at this address.")
