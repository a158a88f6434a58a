"""The strict reading of the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from marathon_site.environment import Environment


def test_an_empty_variable_counts_as_absent() -> None:
    assert Environment({"REDIS_URL": " "}).text("REDIS_URL", "default") == "default"


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    assert Environment({"JWT_SECRET_FILE": str(tmp_path / "secret")}).text("JWT_SECRET") == "from a file"


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="JWT_SECRET_FILE: cannot read /nowhere"):
        Environment({"JWT_SECRET_FILE": "/nowhere"}).text("JWT_SECRET")


@pytest.mark.parametrize(("said", "meant"), [("1", True), ("True", True), ("on", True), ("0", False), ("no", False)])
def test_a_flag_is_read_in_the_usual_spellings(said: str, meant: bool) -> None:
    assert Environment({"DJANGO_DEBUG": said}).flag("DJANGO_DEBUG", default=not meant) is meant


def test_a_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="DJANGO_DEBUG must be true or false, not 'maybe'"):
        Environment({"DJANGO_DEBUG": "maybe"}).flag("DJANGO_DEBUG", default=False)


@pytest.mark.parametrize(
    ("said", "why"), [("fast", "a whole number"), ("9", "within 10 and 60"), ("61", "within 10 and 60")]
)
def test_a_number_out_of_bounds_is_refused(said: str, why: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"LIVE_TICK_MS must .*{why}"):
        Environment({"LIVE_TICK_MS": said}).whole("LIVE_TICK_MS", 20, 10, 60)


def test_a_choice_outside_the_list_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT must be one of 'json', 'console', not 'xml'"):
        Environment({"LOG_FORMAT": "xml"}).choice("LOG_FORMAT", "json", ("json", "console"))


def test_a_list_is_split_at_commas() -> None:
    assert Environment({"HOSTS": "a.example, b.example,"}).names("HOSTS") == ["a.example", "b.example"]


def test_the_development_secret_is_refused_even_when_it_is_set() -> None:
    with pytest.raises(ImproperlyConfigured, match="JWT_SECRET is not set"):
        Environment({"JWT_SECRET": "dev"}).secret("JWT_SECRET", "dev", allow_development=False)
