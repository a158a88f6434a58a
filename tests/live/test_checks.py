"""What the system checks say about settings, and that each says what to do."""

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from pytest_django import Settings


@pytest.fixture
def overrides(settings: Settings) -> Settings:
    return settings


@pytest.fixture(autouse=True)
def _on_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever these tests run on, the checks see PostgreSQL; no check opens a connection."""
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")


@pytest.fixture
def _on_sqlite(_on_postgres: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")


def found(overrides: Settings, *, deploy: bool = False, **changes: Any) -> set[str]:
    """The ids of our own messages with these settings on top of a sound production."""
    sound = {"DEBUG": False, "REDIS_URL": "redis://r", "STATICFILES_COLLECTED": True}
    for name, value in (sound | changes).items():
        setattr(overrides, name, value)
    messages = [
        message for message in run_checks(include_deployment_checks=deploy) if str(message.id).startswith("live.")
    ]
    assert all(message.hint for message in messages)
    return {str(message.id) for message in messages}


def test_a_sound_production_is_left_alone(overrides: Settings) -> None:
    assert found(overrides, deploy=True) == set()


@pytest.mark.parametrize(
    ("changes", "id_"),
    [
        ({"JWT_SECRET": "short"}, "live.W001"),
        ({"REDIS_URL": ""}, "live.W003"),
        ({"STATICFILES_COLLECTED": False}, "live.W004"),
        ({"LIVE_EMBEDDED_FEED": "simulated"}, "live.E002"),
    ],
)
def test_a_setting_that_works_but_not_well_is_named(overrides: Settings, changes: dict[str, Any], id_: str) -> None:
    assert found(overrides, deploy=True, **changes) == {id_}


@pytest.mark.parametrize(
    ("name", "default"), [("SECRET_KEY", "DEVELOPMENT_SECRET_KEY"), ("JWT_SECRET", "DEVELOPMENT_JWT_SECRET")]
)
def test_a_development_secret_in_production_is_an_error(overrides: Settings, name: str, default: str) -> None:
    assert found(overrides, **{name: getattr(settings, default)}) == {"live.E001"}


@pytest.mark.usefixtures("_on_sqlite")
def test_sqlite_in_production_is_named(overrides: Settings) -> None:
    assert found(overrides) == {"live.W002"}


@pytest.mark.usefixtures("_on_sqlite")
def test_development_and_the_demo_are_left_alone(overrides: Settings) -> None:
    assert found(overrides, DEBUG=True, REDIS_URL="") == set()
    assert found(overrides, LIVE_EMBEDDED_FEED="simulated", REDIS_URL="") == set()
