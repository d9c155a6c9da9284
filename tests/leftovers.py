"""What a test may not leave behind or change: found by comparing the scene before with the scene after."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests import keeper

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 3.0  # less than an idle supervisor stays
KEPT_THREADS = frozenset({"fsspecIO"})  # fsspec starts one for the life of the program


class Scene(NamedTuple):
    """Everything that a test has to leave as it found it."""

    processes: frozenset[keeper.Running]
    threads: frozenset[threading.Thread]
    mounts: frozenset[str]
    cgroups: frozenset[Path]
    environment: tuple[tuple[str, str], ...]
    umask: str
    folder: str


def look(root: int) -> Scene:
    """Take in the scene; ``root`` is the keeper's pid."""
    return Scene(
        processes=frozenset(keeper.descendants(root)),
        threads=frozenset(thread for thread in threading.enumerate() if thread.name not in KEPT_THREADS),
        mounts=frozenset(_mount_points()),
        cgroups=frozenset(_cgroups()),
        environment=tuple(sorted((k, v) for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST")),
        umask=_umask(),
        folder=str(Path.cwd()),
    )


def settle(root: int, before: Scene, own: Path) -> list[str]:
    """Wait a moment for what is just ending; name what stays.  ``own`` is this run's temporary folder."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    left = set(differences(before, look(root), root, own))
    while left and time.monotonic() < deadline:
        time.sleep(0.01)
        left &= set(differences(before, look(root), root, own))  # what others make meanwhile comes and goes
    return sorted(left)


def differences(before: Scene, after: Scene, root: int, own: Path) -> list[str]:
    """Name each difference, in words."""
    left = [str(process) for process in after.processes - before.processes]
    left += [f"thread {thread.name!r}" for thread in after.threads - before.threads]
    left += [f"mount {point}" for point in after.mounts - before.mounts if not _foreign(point, own)]
    left += [f"cgroup {group}" for group in after.cgroups - before.cgroups if not _others(group, root)]
    left += [f"environment: {k}={v!r}" for k, v in set(before.environment) ^ set(after.environment)]
    left += [f"umask {before.umask} became {after.umask}"] * (before.umask != after.umask)
    left += [f"the current folder became {after.folder}"] * (before.folder != after.folder)
    return left


def clear(root: int, before: Scene) -> None:
    """Kill what is left, so that it can't fail the next test too."""
    for process in look(root).processes - before.processes:
        with contextlib.suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)


def _mount_points() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            yield line.split()[4]


def _foreign(mount_point: str, own: Path) -> bool:
    """Tell whether a mount belongs to another run of pytest at the same time."""
    return "/pytest-of-" in mount_point and not Path(mount_point).is_relative_to(own)


def _cgroups() -> Iterator[Path]:
    """Find the cgroups below those called ``ostler``, beside our own and at each hierarchy's root."""
    for parent in _cgroup_parents():
        for group in parent.glob("ostler*"):
            for folder, names, _ in os.walk(group):  # which passes over what goes away meanwhile
                yield from (Path(folder, name) for name in names)


def _cgroup_parents() -> set[Path]:
    mounts = [Path(point) for point in _mount_points() if point.startswith("/sys/fs/cgroup")]
    own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines() if mounts else []
    paths = {line.split(":", 2)[2].lstrip("/") for line in own}
    return {mount / path for mount in mounts for path in paths | {""}}


def _others(group: Path, root: int) -> bool:
    """Tell whether a cgroup is named by another run of tests, or holds processes which none of ours began."""
    words = group.name.split(".")
    if words[0] == "test" and len(words) > 1 and words[1].isdecimal() and int(words[1]) != os.getpid():
        return True
    try:
        pids = {int(pid) for pid in (group / "cgroup.procs").read_text(encoding="ascii").split()}
    except OSError:
        return True  # gone meanwhile
    return bool(pids - {process.pid for process in keeper.descendants(root)} - {os.getpid()})


def _umask() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("Umask:"):
                return line.split()[1]
    return ""
