"""Where and when something was measured: the head of every file in bench/results."""

import os
import platform
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.harness import proc
from bench.harness.meter import SERVICES
from bench.harness.services import ROOT, versions


def describe() -> dict[str, str]:
    """What is worth knowing of the machine, as it is before the run."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "CPU": f"{_cpu_model()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        **versions(),
        "Node": _said_by("node", "--version").removeprefix("v"),
        "cores of the services": _cores_of_services(),
    }


def heading(title: str, facts: dict[str, str]) -> str:
    """The facts as Markdown."""
    return f"# {title}\n\n" + "".join(f"- {name}: {value}\n" for name, value in facts.items())


def _cpu_model() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _commit() -> str:
    """The commit, and whether anything but results was changed since."""
    changed = _said_by("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results")
    return _said_by("git", "rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _said_by(program: str, *arguments: str) -> str:
    if not shutil.which(program):
        return "none"
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _cores_of_services() -> str:
    """Which cores PostgreSQL, Redis and RabbitMQ may use, where they run on this machine."""
    cores: set[int] = set()
    for pid in proc.named(*SERVICES):
        cores |= os.sched_getaffinity(pid)
    return ", ".join(map(str, sorted(cores))) if cores else "they run elsewhere"


def require_linux() -> None:
    """Ends the program elsewhere: what is measured is read from /proc, and processes are pinned to cores."""
    if sys.platform != "linux":
        raise SystemExit("The benchmarks read /proc and pin processes to cores: they need Linux.")
