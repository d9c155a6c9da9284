"""Which processors are reserved by whom: each by one task at most, for as long as it runs."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ostler.executor.supervisor.task import Task

_PROMISE_SECONDS = 60.0


class Cores:
    """The cores of running tasks, as their records say, and those promised to tasks about to start.

    Cores that the supervisors of other data directories gave away are seen in the cpusets of their tasks.
    """

    def __init__(self, tasks: Callable[[], Iterable[Task]]) -> None:
        self._tasks = tasks
        self._promised: dict[str, tuple[set[int], float]] = {}

    def reserve(self, name: str, count: int, parent: str) -> dict[str, Any]:
        """Promise the lowest cores that are free; ``busy`` says why there are too few, ``wrong`` why ever.

        None takes a promise back.
        """
        if count == 0:
            self.free(name)
            return {"cores": ""}
        present = _present(parent)
        taken = self._taken(name, parent)
        free = sorted(present - taken.keys())
        if count > len(present):
            has = f"{len(present)} ({written(present)})"
            return {"wrong": f"{count} cores are asked for and the machine has {has}; ask for fewer"}
        if count > len(free):
            holders = ", ".join(sorted({holder for core, holder in taken.items() if core in present}))
            left = f"{len(free)} of {len(present)} are free ({written(free)})" if free else "none is free"
            return {"busy": f"{count} cores are asked for and {left}: the others are reserved by {holders}"}
        self._promised[name] = (set(free[:count]), time.monotonic() + _PROMISE_SECONDS)
        return {"cores": written(free[:count])}

    def free(self, name: str) -> None:
        """Take a promise back, or leave it to the task's record."""
        self._promised.pop(name, None)

    def conflict(self, name: str, cores: str) -> str:
        """Say which running task has one of these: a supervisor that ended may have promised them."""
        wanted = read(cores)
        for core, holder in self._recorded(name):
            if core in wanted:
                return f"core {core} was reserved by {holder} meanwhile"
        return ""

    def _taken(self, name: str, parent: str) -> dict[int, str]:
        now = time.monotonic()
        self._promised = {key: each for key, each in self._promised.items() if each[1] > now}
        promised = ((core, key) for key, (cores, _) in self._promised.items() for core in cores)
        elsewhere = _elsewhere(parent)
        return dict((*elsewhere, *promised, *self._recorded(name)))

    def _recorded(self, name: str) -> Iterator[tuple[int, str]]:
        for task in self._tasks():
            if task.id != name and not task.ended:
                for core in read(task.record.get("reserved") or ""):
                    yield core, task.id


def read(text: str) -> set[int]:
    """Read cpus as the kernel lists them: ``0-1,3``."""
    found: set[int] = set()
    for part in text.replace("\n", "").split(","):
        first, _, last = part.strip().partition("-")
        if first:
            found.update(range(int(first), int(last or first) + 1))
    return found


def written(cores: Iterable[int]) -> str:
    """List cpus as the kernel does."""
    runs: list[list[int]] = []
    for core in sorted(cores):
        if runs and runs[-1][1] == core - 1:
            runs[-1][1] = core
        else:
            runs.append([core, core])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def _present(parent: str) -> set[int]:
    for name in ("cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"):
        if text := _content(os.path.join(parent, name)):
            return read(text)
    return set(range(os.cpu_count() or 1))


def _elsewhere(parent: str) -> Iterator[tuple[int, str]]:
    """Look at the cpusets that have processes; of this directory's tasks the records say the same."""
    try:
        names = [entry.name for entry in os.scandir(parent) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for name in names:
        text = _content(os.path.join(parent, name, "cpuset.cpus"))
        if text and _content(os.path.join(parent, name, "cgroup.procs")):
            for core in read(text):
                yield core, name


def _content(path: str) -> str:
    try:
        with open(path, encoding="ascii") as source:
            return source.read().strip()
    except OSError:
        return ""
