"""Strict reading of the environment, for settings.py: a value is right, absent (the default), or refused by its name.

An empty variable counts as absent, because compose files pass `REDIS_URL=` for "none". Every variable may be given as
NAME_FILE instead, the path of a file that holds the value: that is how orchestrators hand out secrets.
"""

from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class Environment:
    """The variables of one process. Every method raises ImproperlyConfigured, naming the variable and what it wants."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        path = self._variables.get(f"{name}_FILE", "").strip()
        if not path:
            return self._variables.get(name, "").strip() or default
        try:
            return Path(path).read_text(encoding="utf-8").strip() or default
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from error

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, str(default)).lower()
        if value not in TRUE | FALSE:
            raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")
        return value in TRUE

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within low..high, both included."""
        value = self.text(name, str(default))
        try:
            number = int(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from error
        if not low <= number <= high:
            raise ImproperlyConfigured(f"{name} must lie within {low} and {high}, not {number}")
        return number

    def names(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list, without blanks."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def secret(self, name: str, development: str, *, allow_development: bool) -> str:
        """A secret; the development value stands in only where that is allowed."""
        value = self.text(name, development)
        if value == development and not allow_development:
            raise ImproperlyConfigured(
                f"{name} is not set, and the development value is not used when DJANGO_DEBUG is off. Set {name} (or "
                f"{name}_FILE, a path) to 32 random characters or more, for example from `openssl rand -base64 48`. "
                "For development set DJANGO_DEBUG=true; to just look around run `make demo`."
            )
        return value
