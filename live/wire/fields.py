"""Reading one field of a client's message: the value as the type that it should have, or what is wrong with it."""

import re
from collections.abc import Mapping
from typing import TypeAlias
from uuid import UUID

LARGEST_INTEGER = 2**63 - 1
_LONGEST_ECHO = 64
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.ASCII | re.IGNORECASE)

Fields: TypeAlias = Mapping[str, object]


class WrongFieldError(Exception):
    """A field that is missing or not what it should be; its text is for the client."""


def as_object(value: object, name: str) -> Fields:
    """Return the fields of an object; none at all where there is no value."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongFieldError(f"{name} must be an object")
    return value


def text(fields: Fields, name: str, longest: int | None = None) -> str:
    """Return a string that is not blank and that a database can hold."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise WrongFieldError(f"{name} must be a string")
    if not value or not value.strip():
        raise WrongFieldError(f"{name} is required")
    if "\0" in value or not is_unicode(value):
        raise WrongFieldError(f"{name} is not valid text")
    if longest is not None and len(value) > longest:
        raise WrongFieldError(f"{name} is too long")
    return value


def uuid(fields: Fields, name: str) -> UUID:
    """Return a UUID, written with or without hyphens."""
    value = fields.get(name)
    if value is None or value == "":
        raise WrongFieldError(f"{name} is required")
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise WrongFieldError(f"{name} must be a UUID")
    return UUID(value)


def number(fields: Fields, name: str, least: int, most: int, parent: str = "") -> int:
    """Return an integer that must be there, inside its bounds; `parent` is put before its name in complaints."""
    value = optional_number(fields, name, least, most, parent)
    if value is None:
        raise WrongFieldError(f"{parent}{name} is required")
    return value


def optional_number(fields: Fields, name: str, least: int, most: int, parent: str = "") -> int | None:
    """Return an integer inside its bounds, or None where there is none. `true` is not a number."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongFieldError(f"{parent}{name} must be an integer")
    if not least <= value <= most:
        raise WrongFieldError(f"{parent}{name} must be between {least} and {most}")
    return value


def can_be_echoed(value: str) -> bool:
    """Whether a client's own word is short enough, and writable, to be sent back to it."""
    return len(value) <= _LONGEST_ECHO and is_unicode(value)


def is_unicode(value: str) -> bool:
    """Whether a string can be encoded: half of a surrogate pair, which JSON can spell, cannot."""
    try:
        value.encode()
    except UnicodeError:
        return False
    return True
