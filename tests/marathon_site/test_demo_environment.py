"""The environment that the demo makes for itself."""

from pathlib import Path

from marathon_site.demo_environment import prepare


def secret_of(environment: dict[str, str], name: str) -> str:
    return Path(environment[f"{name}_FILE"]).read_text()


def test_the_demo_makes_secrets_that_only_its_owner_can_read(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    prepare(tmp_path, environment)
    assert len(secret_of(environment, "JWT_SECRET")) >= 32
    assert secret_of(environment, "JWT_SECRET") != secret_of(environment, "DJANGO_SECRET_KEY")
    assert Path(environment["JWT_SECRET_FILE"]).stat().st_mode & 0o077 == 0


def test_a_second_start_keeps_the_secrets(tmp_path: Path) -> None:
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    prepare(tmp_path, first)
    prepare(tmp_path, second)
    assert secret_of(first, "JWT_SECRET") == secret_of(second, "JWT_SECRET")


def test_what_the_caller_has_set_stays(tmp_path: Path) -> None:
    environment = {"JWT_SECRET": "mine", "LOG_FORMAT": "json"}
    prepare(tmp_path, environment)
    assert "JWT_SECRET_FILE" not in environment
    assert environment["LOG_FORMAT"] == "json"


def test_the_demo_stays_out_of_databases_and_layers_that_are_configured(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgres://real", "REDIS_URL": "redis://real", "DATABASE_URL_FILE": "/run/secret"}
    prepare(tmp_path, environment)
    assert environment["DATABASE_URL"] == f"sqlite:///{tmp_path}/.demo/db.sqlite3"
    assert not environment["REDIS_URL"]
    assert "DATABASE_URL_FILE" not in environment
