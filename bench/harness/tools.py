"""What a benchmark needs beyond the development environment, made on first use in folders that git ignores.

The load client is compiled; rivals get their Node and Python packages beside them. Each is made again when its source
or its lock changes.
"""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

from bench.harness.services import ROOT

BENCH = ROOT / "bench"
_LOAD_CLIENT = BENCH / "load" / "wsload"
_PACKAGES = BENCH / ".packages"


def load_client() -> Path:
    """The compiled load client."""
    source = _LOAD_CLIENT.with_suffix(".c")
    if not _LOAD_CLIENT.exists() or _LOAD_CLIENT.stat().st_mtime < source.stat().st_mtime:
        compiler = _program("cc", "the load client is compiled; on Debian: apt-get install gcc libc6-dev zlib1g-dev")
        _run([compiler, "-O2", "-o", str(_LOAD_CLIENT), str(source), "-lz"], BENCH)
    return _LOAD_CLIENT


def node(folder: Path) -> str:
    """The path of node, once the folder's packages are installed as locked."""
    program = _program("node", "a rival runs in it; on Debian: apt-get install nodejs npm")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / "installed.lock"
    if not _same(lock, installed):
        npm = _program("npm", "a rival's packages are installed by it; on Debian: apt-get install npm")
        _run([npm, "ci", "--no-audit", "--no-fund", "--silent"], folder)
        shutil.copy(lock, installed)
    return program


def python_packages() -> Path:
    """A folder for PYTHONPATH with the packages that only rivals need."""
    lock, installed = BENCH / "requirements.lock", _PACKAGES / "installed.lock"
    if not _same(lock, installed):
        shutil.rmtree(_PACKAGES, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "--no-deps", "--require-hashes", "--target", str(_PACKAGES), "-r", str(lock)], BENCH)
        shutil.copy(lock, installed)
    return _PACKAGES


def _same(lock: Path, installed: Path) -> bool:
    return installed.exists() and filecmp.cmp(lock, installed, shallow=False)


def _program(name: str, reason: str) -> str:
    if path := shutil.which(name):
        return path
    raise SystemExit(f"`{name}` is missing: {reason}")


def _run(command: list[str], folder: Path) -> None:
    print("preparing:", " ".join(Path(part).name for part in command[:3]), "...", flush=True)
    if subprocess.run(command, cwd=folder, check=False).returncode:
        raise SystemExit(f"this failed: {' '.join(command)}")
