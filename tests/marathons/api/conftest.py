"""The HTTP interface as the cast calls it: `as_alice.get("marathons")`. Models load late, as in tests/cast.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.marathons.api.caller import Caller

if TYPE_CHECKING:
    from marathons.models import User


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract: Schemathesis against the HTTP interface, up to a minute")


def calling(user: User) -> Caller:
    from marathons.tokens import issue

    return Caller(issue(user).access)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """No test runs into the limit of another."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """The real hash is slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def anybody(db: None) -> Caller:
    return Caller()


@pytest.fixture
def as_alice(alice: User) -> Caller:
    return calling(alice)


@pytest.fixture
def as_bob(bob: User) -> Caller:
    return calling(bob)


@pytest.fixture
def as_charlie(charlie: User) -> Caller:
    return calling(charlie)


@pytest.fixture
def as_sam(sam: User) -> Caller:
    return calling(sam)
