"""The typed settings of the live part."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest
from pytest_django import Settings

from live.conf import live_settings


def test_the_defaults_are_those_of_the_contracts() -> None:
    conf = live_settings()
    assert (conf.rabbitmq.queue, conf.rabbitmq.exchange, conf.rabbitmq.dead_letters) == (
        "socket_data",
        "",
        "socket_data.dead",
    )
    assert conf.tick == timedelta(milliseconds=200)


def test_they_follow_djangos_settings(settings: Settings) -> None:
    settings.LIVE_TICK_MS = 50
    settings.RABBITMQ_QUEUE = "other"
    assert live_settings().tick_seconds == 0.05
    assert live_settings().rabbitmq.dead_letters == "other.dead"


def test_nobody_changes_them_on_the_way() -> None:
    with pytest.raises(FrozenInstanceError):
        live_settings().tick = timedelta()  # type: ignore[misc]
