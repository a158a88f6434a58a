"""Fields that take exactly what the OpenAPI document says: no text for a number, no number for a text.

Amounts arrive as `Decimal` (see parsing) and leave as JSON numbers; times arrive with any offset and leave as UTC with
milliseconds and `Z`.
"""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST_COUNT = 2**31 - 1
# Fifteen digits before the point: what a JSON number holds exactly, and what the board's arithmetic is made for.
LARGEST_AMOUNT = Decimal(10**15 - 1)
# The smallest capital: a gain is divided by it, and the quotient has to fit its column.
SMALLEST_CAPITAL = Decimal("0.01")
EIGHT_PLACES = Decimal("0.00000001")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*", re.ASCII)
_LOGIN = re.compile(r"[!-~]{1,32}")


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class TextOrNull(serializers.CharField):
    """Shows an empty text as `null`."""

    def to_representation(self, value: Any) -> Any:
        return value or None


class Email(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": "^[!-~]{1,32}$"},
            {"type": "integer", "minimum": 1, "maximum": 10**18},
        ]
    }
)
class LoginField(serializers.Field[str, Any, str, Any]):
    """A trading account's login. Integers occur, on the feed and in spreadsheets, and stand for their digits."""

    default_error_messages = {"invalid": "A login is 1 to 32 characters, without white space, ASCII only."}

    def to_internal_value(self, data: Any) -> str:
        login = str(data) if isinstance(data, int) and not isinstance(data, bool) and 0 < data <= 10**18 else data
        if not isinstance(login, str) or not _LOGIN.fullmatch(login):
            self.fail("invalid")
        return login

    def to_representation(self, value: str) -> str:
        return value


class Whole(serializers.IntegerField):
    """A whole number: 5 and 5.0, not "5" and not true."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_value": LARGEST_COUNT, **options})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, Decimal) and -LARGEST_COUNT <= data <= LARGEST_COUNT and data == data.to_integral_value():
            return int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Amount(serializers.Field[Decimal, Any, float, Any]):
    """Money or a percentage, rounded to the eight places that are kept: a browser's 0.1 + 0.2 is not refused."""

    default_error_messages = {
        "invalid": "A number is required.",
        "min_value": "Ensure this value is greater than or equal to {min_value}.",
        "max_value": "Ensure this value is less than or equal to {max_value}.",
    }

    def __init__(self, *, min_value: Decimal = Decimal(0), max_value: Decimal = LARGEST_AMOUNT, **options: Any) -> None:
        super().__init__(**options)
        self.min_value, self.max_value = min_value, max_value

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            self.fail("invalid")
        amount = Decimal(data)
        if amount > self.max_value:
            self.fail("max_value", max_value=self.max_value)
        if amount < self.min_value:
            self.fail("min_value", min_value=self.min_value)
        return amount.quantize(EIGHT_PLACES, ROUND_HALF_EVEN) + 0  # no negative zero

    def to_representation(self, value: Decimal) -> float:
        return float(value)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.DateTimeField):
    """A time in ISO-8601. Without an offset it is UTC. Kept to the millisecond."""

    default_error_messages = {
        "invalid": "A time is written like 2026-01-05T09:00:00Z.",
        "absurd": "A time between the years 2000 and 2200 is required.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _MOMENT.fullmatch(data.upper()):
            self.fail("invalid")
        moment = super().to_internal_value(data.upper())
        if not EARLIEST <= moment < LATEST:
            self.fail("absurd")
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def to_representation(self, value: Any) -> str:
        return instant(value)


def instant(moment: datetime) -> str:
    """How times look on the wire: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
