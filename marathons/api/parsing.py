"""Request bodies: strict JSON of bounded size. Numbers with a fraction become `Decimal`, never a float."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from marathons.api.errors import BodyTooLarge


class JSONBody(BaseParser):
    """An object. Raises ParseError (400) for what is not JSON in the strict sense, BodyTooLarge (413)."""

    media_type = "application/json"
    longest = 256 * 1024  # bytes

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(self.longest + 1)
        if len(body) > self.longest:
            raise BodyTooLarge(self.longest)
        return parse_json(body)


class JSONList(JSONBody):
    """An object, or a list of up to 10,000 of them."""

    longest = 8 * 1024 * 1024  # 10,000 entries of 800 bytes


def parse_json(body: bytes) -> Any:
    """What the body says. Raises ParseError."""
    try:
        return json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_without_repetition, parse_float=Decimal, parse_constant=_refuse
        )
    except (ValueError, ArithmeticError) as error:  # Decimal refuses exponents beyond its own with an ArithmeticError
        raise ParseError(f"The body is not valid JSON: {error}.") from error
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values for one name: whichever we took, the sender may have meant the other."""
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("an object has the same name twice")
    return names


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")
