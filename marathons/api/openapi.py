"""How views describe themselves: `@operation(...)` on a method is its whole entry in the OpenAPI document.

The docstring of the method is the description, its first sentence the summary; `tag` of the view is the group.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

Method = TypeVar("Method", bound=Callable[..., Any])

TOO_MANY = 429
BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent or answered: a serializer, and examples by their titles."""

    shape: Any
    examples: Mapping[str, Any]


class Error(serializers.Serializer[Any]):
    """What is wrong, in words."""

    detail = serializers.CharField()


FIELD_ERRORS = {
    "type": "object",
    "description": "For each wrong field what is wrong; a field inside another is named with a dot.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
ERROR_REF = {"$ref": "#/components/schemas/Error"}
LINE_ERRORS = {
    "type": "object",
    "description": "For a list: the errors of each wrong line, under its index.",
    "additionalProperties": {"type": "object", "additionalProperties": True},
}
ERRORS: Mapping[int, tuple[str, str]] = {
    401: ("No valid access token.", "The token has expired."),
    403: ("Not allowed to this caller.", "Only staff may do this."),
    404: ("It does not exist, or the caller may not see it.", "There is no such marathon."),
    409: ("It cannot be done as things stand.", "The marathon is full: it takes 100 players."),
    413: ("The body is too long.", "The body is too long: 262144 bytes are taken."),
    415: ("The body is not `application/json`.", 'Unsupported media type "text/plain" in request.'),
    TOO_MANY: ("Too many requests.", "Request was throttled. Expected available in 2 seconds."),
}
NOT_JSON = {"detail": "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)."}
BAD_QUERY = {"A wrong parameter": {"limit": ["Ensure this value is less than or equal to 100."]}}
BAD_LINES = {
    "3": {"email": ["Enter a valid email address."]},
    "17": {"accountLogin": ["This account belongs to somebody else."]},
}
RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    int,
    OpenApiParameter.HEADER,
    response=[TOO_MANY],
    description="Seconds until the next try is worth it.",
)


def operation(
    name: str,
    *,
    answers: Mapping[Any, Body | None],
    body: Body | None = None,
    query: type[serializers.Serializer[Any]] | None = None,
    errors: Iterable[int] = (),
) -> Callable[[Method], Method]:
    """Describes a method: `name` is its id, `errors` the statuses it fails with besides those of all.

    `answers` by status, or by (status, media type) where it is not JSON.
    """
    failing = {*errors, TOO_MANY, *((413, 415) if body else ())}
    decorate: Callable[[Method], Method] = extend_schema(
        operation_id=name,
        parameters=[*([query] if query else []), RETRY_AFTER],
        request=body.shape if body else None,
        examples=_examples(body.examples, request_only=True) if body else [],
        responses={status: _answer(status, answer) for status, answer in answers.items()}
        | {status: _failure(status, body) for status in sorted(failing)},
    )
    return decorate


def _answer(status: Any, answer: Body | None) -> OpenApiResponse:
    if answer is None:
        return OpenApiResponse(description="Done.")
    code = status[0] if isinstance(status, tuple) else status
    return OpenApiResponse(answer.shape, "As asked for.", _examples(answer.examples, status_codes=[str(code)]))


def _failure(status: int, body: Body | None) -> OpenApiResponse:
    if status == 400:
        return _bad_request(body)
    description, example = ERRORS[status]
    form: Any = {"anyOf": [ERROR_REF, FIELD_ERRORS]} if status == 409 else Error
    examples = _examples({description.rstrip("."): {"detail": example}}, status_codes=[str(status)])
    return OpenApiResponse(form, description, examples)


def _bad_request(body: Body | None) -> OpenApiResponse:
    lists = body is not None and getattr(body.shape, "component_name", "") == "Entries"
    forms = [ERROR_REF, FIELD_ERRORS, LINE_ERRORS] if lists else [ERROR_REF, FIELD_ERRORS]
    examples = _bad_bodies(body, lists=lists) if body else BAD_QUERY
    return OpenApiResponse({"anyOf": forms}, "The request is wrong.", _examples(examples, status_codes=["400"]))


def _bad_bodies(body: Body, *, lists: bool) -> dict[str, Any]:
    field = next(iter(next(iter(body.examples.values()))))
    examples = {"Not JSON": NOT_JSON, "A wrong field": {field: ["This field may not be null."]}}
    return examples | ({"Two lines of a list": BAD_LINES} if lists else {})


def _examples(examples: Mapping[str, Any], **where: Any) -> list[OpenApiExample]:
    return [OpenApiExample(title, value=value, **where) for title, value in examples.items()]


class ApiSchema(AutoSchema):
    """drf-spectacular's, with what our views say of themselves."""

    view: Any

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def _get_serializer_name(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> str:
        """The class's, for both directions: what is sent and what is shown are classes of their own here."""
        name: str = getattr(serializer, "component_name", type(serializer).__name__)
        return name.removesuffix("Shape")

    def get_summary(self) -> str:
        return str(self.get_description()).partition(".")[0]

    def get_auth(self) -> list[dict[str, Any]]:
        """A token where the method demands one; else with or without."""
        if not self.view.authentication_classes:
            return []
        demanded = any(self.method not in permission.open_to_all for permission in self.view.permission_classes)
        return [{BEARER: []}] if demanded else [{BEARER: []}, {}]

    def _get_request_body(self, direction: Any = "request") -> Any:
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and self.method == "POST":
            body["required"] = True
        return body


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "marathons.api.authentication.BearerAuthentication"
    name = BEARER

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token, of ours or of whoever else signs with the same secret.",
        }


class AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "marathons.api.fields.Amount"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        number = {"type": "number", "format": "double"}
        if direction == "response":
            return number
        return number | {"minimum": float(self.target.min_value), "maximum": float(self.target.max_value)}


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """What DRF refuses in a text, as a pattern: NUL anywhere, and white space alone."""

    target_class = "marathons.api.fields.Text"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        text: dict[str, Any] = auto_schema._map_serializer_field(  # noqa: SLF001 - as their own extensions do
            self.target, direction, bypass_extensions=True
        )
        if direction == "request" and not self.target.allow_blank:
            some = r"[^\s\u0000]" if self.target.trim_whitespace else r"[^\u0000]"
            text["pattern"] = rf"^[^\u0000]*{some}[^\u0000]*$"
        return text
