"""The two kinds of serializers here: what is sent, and what is shown. Both are camelCase outside and snake_case inside.

Fields are declared under the names that models and value types have; the JSON name follows from it, everywhere.
"""

from typing import Any, TypeVar

from rest_framework import serializers

T = TypeVar("T")


def camel_case(name: str) -> str:
    """`starts_at` -> `startsAt`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class BodyShape(serializers.Serializer[T]):
    """For what is sent."""

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, field in super().get_fields().items():
            outside = camel_case(name)
            if field.source is None and outside != name:
                field.source = name
            fields[outside] = field
        return fields


class Shape(BodyShape[T]):
    """For what is shown: every field is always there, and the OpenAPI document says so."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = True
        return fields
