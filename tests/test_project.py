"""The files around the code: the locks, the commands, CI, the containers, migrations."""

import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.tree import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock", "bench/requirements.lock")


def pinned(lock: str) -> dict[str, str]:
    """Package -> version."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", (ROOT / lock).read_text(), re.MULTILINE))


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[~=<>!;]", requirement)[0].lower() for requirement in requirements}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_fetch_from(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert re.search(r"^\s*(--?(i|index|extra|find|trusted)\b|-e )", text, re.MULTILINE) is None


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z])", (ROOT / lock).read_text().strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_the_project_asks_for_is_locked(project: dict[str, Any]) -> None:
    runtime = wanted(project["project"]["dependencies"])
    assert runtime <= pinned("requirements.lock").keys()
    assert runtime | wanted(project["dependency-groups"]["dev"]) <= pinned("requirements-dev.lock").keys()


def test_development_runs_the_versions_of_production() -> None:
    assert pinned("requirements.lock").items() <= pinned("requirements-dev.lock").items()


@pytest.mark.parametrize("script", [".ci/run", "manage.py"])
def test_a_script_can_be_run(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & stat.S_IXUSR
    assert path.read_text().startswith("#!")


def test_ci_is_a_sound_shell_script() -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)


def test_ci_requires_the_services_and_runs_the_tests() -> None:
    text = (ROOT / ".ci/run").read_text()
    assert "REQUIRE_SERVICES=1" in text
    assert text.rstrip().endswith("exec make test")


def test_an_unchanged_lock_installs_nothing(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-dev.lock"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "installed.lock").write_text((ROOT / "requirements-dev.lock").read_text())
    run = subprocess.run(
        ["make", "--no-print-directory", "install", "PYTHON3=false"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == ""


def test_an_old_python_is_refused_with_a_reason(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements-dev.lock"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    run = subprocess.run(
        ["make", "install", "PYTHON3=false"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "Python 3.11 or newer is needed" in run.stderr


def test_the_containers_get_their_secrets_from_outside() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    assert set(yaml.safe_load(compose)["services"]) >= {"postgres", "redis", "rabbitmq", "migrate", "web", "worker"}
    required = set(re.findall(r"\$\{(\w+):\?", compose))
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {"JWT_SECRET", "DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"} <= required <= example


def test_the_image_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "--require-hashes" in text


@pytest.mark.parametrize("name", ["Dockerfile", "Makefile", "README.md", "docs/OPERATIONS.md"])
def test_servers_are_started_without_compression_of_their_own(name: str) -> None:
    text = (ROOT / name).read_text().replace('", "', " ").replace("\\\n", " ")
    commands = re.findall(r"^.*\buvicorn.* marathon_site\.asgi.*$", text, re.MULTILINE)
    assert commands
    assert [command for command in commands if "--ws-per-message-deflate false" not in command] == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_tests_use_no_secret_of_the_caller() -> None:
    assert os.environ["JWT_SECRET"].startswith("a jwt secret for tests only")
