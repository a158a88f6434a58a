"""What happens to a test whose service does not answer: a run of its own, with Redis at an address where nothing is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

NOWHERE = "redis://127.0.0.1:1/0"
# It lies beside this file for the run, so that it finds the same conftest.py.
CASE = '''"""One test that needs Redis, and one that needs nothing."""
import pytest

@pytest.mark.needs_redis
def test_needs_redis() -> None: pass

def test_asks_for_redis(redis_url: str) -> None: pass

def test_needs_nothing() -> None: pass
'''


def run_without_redis(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    case = tmp_path / "test_case.py"
    case.write_text(CASE)
    environment = {name: value for name, value in os.environ.items() if name not in _SET_BY_THESE_TESTS}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml",
         "--rootdir", ROOT, "--confcutdir", ROOT, "-p", "tests.conftest", case],
        cwd=ROOT, env=environment | variables | {"REDIS_URL": NOWHERE}, capture_output=True, text=True, check=False,
    )  # fmt: skip


_SET_BY_THESE_TESTS = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REQUIRE_SERVICES", "CI"}


def test_a_test_without_its_service_is_skipped_and_counted(tmp_path: Path) -> None:
    run = run_without_redis(tmp_path)
    assert "1 passed, 2 skipped" in run.stdout
    assert "2 tests went without: redis does not answer (REDIS_URL): " in run.stdout
    assert run.returncode == 0


def test_a_test_without_its_service_fails_where_services_are_required(tmp_path: Path) -> None:
    run = run_without_redis(tmp_path, REQUIRE_SERVICES="1")
    assert "REQUIRE_SERVICES=1 asks for it" in run.stdout
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
