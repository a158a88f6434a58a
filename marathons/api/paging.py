"""Lists in pages: what the query string may say, and the form `{data, total, page, limit}`."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from marathons.api.shapes import BodyShape, Shape

Row = TypeVar("Row", bound=Model)

LONGEST_PAGE = 100
LONGEST_SEARCH = 200
# An offset that databases can count to; nobody turns so many pages.
LAST_PAGE = 1_000_000
_DIGITS = re.compile(r"[0-9]{1,9}")


class Number(serializers.IntegerField):
    """A whole number out of a query string: digits and nothing else."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """`true` or `false` out of a query string."""

    TRUE_VALUES = {"true", "True"}
    FALSE_VALUES = {"false", "False"}
    NULL_VALUES = set()


@extend_schema_field({"type": "string", "maxLength": LONGEST_SEARCH, "pattern": "^[^\\u0000]*$"})
class Search(serializers.CharField):
    """A part of a text; case does not matter."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default="", allow_blank=True, max_length=LONGEST_SEARCH, **options)


class Choice(serializers.ChoiceField):
    """One of a few, or nothing."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, default="", allow_blank=True, **options)


class PageQuery(BodyShape[Any]):
    """The query string of a list. Unknown names are ignored; an empty text or choice is no filter."""

    page = Number(default=1, min_value=1, max_value=LAST_PAGE, help_text="Counted from 1.")
    limit = Number(default=10, min_value=1, max_value=LONGEST_PAGE, help_text="Rows in a page.")
    search = Search(help_text="A part of the text; case does not matter.")


def page_shape(row: type[BodyShape[Any]], documentation: str) -> type[Shape[Any]]:
    """The shape of a page of such rows, for the OpenAPI document."""
    fields = {name: serializers.IntegerField() for name in ("total", "page", "limit")}
    name = row.__name__.removesuffix("Shape") + "Page"
    return type(name, (Shape,), {"__doc__": documentation, "data": row(many=True), **fields})


def read_query(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The validated query string, with defaults. An empty value counts as none, except as a number.

    Raises ValidationError.
    """
    fields = shape().fields
    given = request.query_params.items()
    query = shape(data={name: value for name, value in given if value or isinstance(fields.get(name), Number)})
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def page_of(rows: QuerySet[Row], query: dict[str, Any], shape: type[BodyShape[Row]]) -> dict[str, Any]:
    """One page of the rows, in the form of every list. `rows` must have a total order."""
    number, limit = query["page"], query["limit"]
    start = (number - 1) * limit
    return {"data": shown(rows[start : start + limit], shape), "total": rows.count(), "page": number, "limit": limit}


def shown(rows: Iterable[Row], shape: type[BodyShape[Row]]) -> list[dict[str, Any]]:
    """Each row in its shape."""
    one = shape()
    return [one.to_representation(row) for row in rows]
