"""What settings.py makes of an environment: each test runs the file anew."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).parents[2]
SECRETS = {"DJANGO_SECRET_KEY": "s" * 50, "JWT_SECRET": "j" * 50}


def settings_of(monkeypatch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    monkeypatch.setattr(os, "environ", variables)
    return runpy.run_path(str(ROOT / "marathon_site" / "settings.py"))


@pytest.mark.parametrize("missing", SECRETS)
def test_production_refuses_to_start_without_a_secret(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(ImproperlyConfigured, match=f"{missing} is not set.*openssl rand"):
        settings_of(monkeypatch, **given)


def test_the_command_line_says_what_to_do_about_a_missing_secret() -> None:
    bare = {name: value for name, value in os.environ.items() if name == "PATH"}
    run = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "DJANGO_SECRET_KEY is not set" in run.stderr.splitlines()[-1]


def test_a_checkout_in_debug_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, DJANGO_DEBUG="true")
    assert settings["DATABASES"]["default"]["NAME"] == str(ROOT / "db.sqlite3")
    assert settings["CHANNEL_LAYERS"]["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"


def test_sqlite_waits_for_its_turn_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    options = settings_of(monkeypatch, **SECRETS)["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_postgres_gets_a_bounded_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    config = settings_of(monkeypatch, **SECRETS, DATABASE_URL="postgres://u:p@db:5432/m?sslmode=require")["DATABASES"]
    options = config["default"]["OPTIONS"]
    assert options["pool"] == {"min_size": 1, "max_size": 8, "timeout": 10}
    assert options["sslmode"] == "require"
    assert config["default"].get("CONN_MAX_AGE", 0) == 0


def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must begin with postgres"):
        settings_of(monkeypatch, **SECRETS, DATABASE_URL="mysql://u:p@db/m")


def test_redis_is_never_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = settings_of(monkeypatch, **SECRETS, REDIS_URL="redis://r:6379/0")["CHANNEL_LAYERS"]["default"]
    assert layer["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
    host = layer["CONFIG"]["hosts"][0]
    assert (host["socket_timeout"], host["socket_connect_timeout"], host["socket_keepalive"]) == (5, 5, True)


def test_production_cookies_travel_over_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, **SECRETS)
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] > 0


def test_a_site_on_plain_http_can_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, **SECRETS, DJANGO_HTTPS="false")
    assert not settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"] == 0


def test_headers_of_proxies_are_ignored_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, **SECRETS)
    assert settings["SECURE_PROXY_SSL_HEADER"] is None
    assert settings["REST_FRAMEWORK"]["NUM_PROXIES"] == 0


def test_daphne_is_loaded_for_its_runserver_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "daphne" not in settings_of(monkeypatch, **SECRETS)["INSTALLED_APPS"]
    monkeypatch.setattr(sys, "argv", ["manage.py", "runserver"])
    assert settings_of(monkeypatch, **SECRETS)["INSTALLED_APPS"][0] == "daphne"
