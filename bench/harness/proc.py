"""CPU time and memory of processes and of the machine, as Linux counts them in /proc."""

import os
from collections.abc import Iterable
from pathlib import Path

import psutil

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def tree(pids: Iterable[int]) -> set[int]:
    """These processes and all that they started; those that are gone are left out."""
    found: set[int] = set()
    for pid in pids:
        try:
            found |= {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
        except psutil.NoSuchProcess:
            continue
    return found


def named(*names: str) -> set[int]:
    """Every process of these names."""
    return {process.pid for process in psutil.process_iter(["name"]) if process.info["name"] in names}


def name_of(pid: int) -> str:
    """The name of a process; empty when it is gone."""
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def cpu_of(pid: int) -> float:
    """CPU seconds of a process: its threads by the scheduler's nanoseconds, children that ended by its ticks."""
    try:
        return _threads(pid) + _ended_children(pid)
    except OSError:
        return 0.0


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds of process trees."""
    return sum(cpu_of(pid) for pid in tree(pids))


def _threads(pid: int) -> float:
    tasks = (_PROC / str(pid) / "task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def _ended_children(pid: int) -> float:
    fields = (_PROC / str(pid) / "stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / _TICK


def cpu_of_everyone() -> dict[int, float]:
    """CPU seconds of every process by its id, without children that ended."""
    found: dict[int, float] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = _threads(int(folder.name))
            except OSError:
                continue
    return found


def memory(pids: Iterable[int]) -> int:
    """Resident bytes of process trees; pages that they share are counted in each."""
    total = 0
    for pid in tree(pids):
        try:
            total += psutil.Process(pid).memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def machine_times() -> dict[str, float]:
    """Seconds since the start: `busy` of all cores and of `core0`, and `steal`, which another guest of the host had."""
    lines = [line.split() for line in (_PROC / "stat").read_text().splitlines() if line.startswith("cpu")]
    values = {name: [int(value) / _TICK for value in rest] for name, *rest in lines}
    return {"busy": _busy(values["cpu"]), "core0": _busy(values["cpu0"]), "steal": values["cpu"][7]}


def _busy(values: list[float]) -> float:
    """All but idle, waiting for disks, and stolen."""
    user, nice, system, _, _, interrupt, soft_interrupt = values[:7]
    return user + nice + system + interrupt + soft_interrupt
