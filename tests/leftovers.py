"""What a test may not leave behind or change: found by comparing the scene before with the scene after."""

from __future__ import annotations

import binascii
import contextlib
import itertools
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
NUL = "\0"
MOST_DOTS = 8  # in the name of a cgroup
NO_FOLDERS = 2  # links: its name and its own dot
FEW = 300  # pids, which are sooner tried than all processes of the machine looked at
_seen: dict[int, tuple[int, set[keeper.Running]]] = {}  # by the keeper: the last pid given, and what ran


class Scene(NamedTuple):
    """Everything that a test has to leave as it found it."""

    processes: frozenset[keeper.Running]
    threads: frozenset[threading.Thread]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    environment: tuple[tuple[str, str], ...]
    umask: str
    folder: str


def look(root: int) -> Scene:
    """Take in the scene; ``root`` is the keeper's pid."""
    return Scene(
        processes=_processes(root),
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
    return sorted(each for each in left if not _of_another_run(each, root, own))


def _of_another_run(left: str, root: int, own: Path) -> bool:
    """Tell whether an empty cgroup is of no data directory of ours, while another run goes on beside."""
    kind, _, group = left.partition(" ")
    return kind == "cgroup" and not is_ours(Path(group).name, own) and _another_runs(root)


def is_ours(group: str, own: Path) -> bool:
    """Tell whether a cgroup is named after a data directory below ``own``, and the id of a task in it."""
    folder, _, code = group.rpartition(".")
    parts = folder.split(".")
    names = ["".join(map("".join, zip(parts, (*ends, ""), strict=True))) for ends in _ends(len(parts) - 1)]
    directories = [place for place, _, files in os.walk(own) if "supervisor.lock" in files]
    wholes = (f"{directory}{NUL}{name}" for directory in directories for name in names)
    return any(f"{binascii.crc32(whole.encode()):08x}" == code for whole in wholes)


def _ends(count: int) -> Iterator[tuple[str, ...]]:
    """Give what may have stood where a cgroup's name has dots."""
    return itertools.product("./", repeat=count) if count <= MOST_DOTS else iter(())


def _another_runs(root: int) -> bool:
    ours = {process.pid for process in keeper.descendants(root)} | {root, os.getpid()}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int(folder.name) not in ours and b"pytest" in (folder / "cmdline").read_bytes():
                return True
    return False


def differences(before: Scene, after: Scene, root: int, own: Path) -> list[str]:
    """Name each difference, in words."""
    left = [str(process) for process in _more(before, after)]
    left += [f"thread {thread.name!r}" for thread in after.threads - before.threads]
    left += [f"mount {point}" for point in after.mounts - before.mounts if not _foreign(point, own)]
    left += [f"cgroup {group}" for group in after.cgroups - before.cgroups if not _others(group, root)]
    left += [f"environment: {k}={v!r}" for k, v in set(before.environment) ^ set(after.environment)]
    left += [f"umask {before.umask} became {after.umask}"] * (before.umask != after.umask)
    left += [f"the current folder became {after.folder}"] * (before.folder != after.folder)
    return left


def clear(root: int, before: Scene) -> None:
    """Kill what is left, so that it can't fail the next test too."""
    for process in _more(before, look(root)):
        with contextlib.suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)


def _more(before: Scene, after: Scene) -> list[keeper.Running]:
    """Give the processes that are new: by number, since one that was there may run another program now."""
    numbers = {process.pid for process in before.processes}
    return [process for process in after.processes if process.pid not in numbers]


def _processes(root: int) -> frozenset[keeper.Running]:
    """Find the keeper's descendants: those found last that still live, and what was born since."""
    last = keeper.last_pid()
    before, found = _seen.pop(root, (0, set()))
    if before and before <= last <= before + FEW:
        born = keeper.among(range(before + 1, last + 1), root)
        numbers = {each.pid for each in born}
        found = born | {each for each in found if each.pid not in numbers and keeper.lives(each, root)}
    else:
        found = keeper.descendants(root)
    _seen[root] = (last, found)
    return frozenset(found)


def _mount_points() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
            yield line.split(maxsplit=5)[4]


def _foreign(mount_point: str, own: Path) -> bool:
    """Tell whether a mount belongs to another run of pytest at the same time."""
    return "/pytest-of-" in mount_point and not Path(mount_point).is_relative_to(own)


def _cgroups() -> Iterator[str]:
    """Find the cgroups below those called ``ostler``, beside our own and at each hierarchy's root."""
    for parent in _cgroup_parents():
        for name in _folders(parent):
            if name.startswith("ostler"):
                yield from _below(f"{parent}/{name}")


def _below(folder: str) -> Iterator[str]:
    for name in _folders(folder):
        yield f"{folder}/{name}"
        yield from _below(f"{folder}/{name}")


def _folders(folder: str) -> list[str]:
    """Name the folders in a folder of cgroups; none where it has gone meanwhile."""
    try:
        if os.stat(folder).st_nlink == NO_FOLDERS:  # noqa: PTH116 - hundreds of times
            return []
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _cgroup_parents() -> set[str]:
    mounts = [point for point in _mount_points() if point.startswith("/sys/fs/cgroup")]
    own = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines() if mounts else []
    paths = {line.split(":", 2)[2] for line in own}
    return {f"{mount}{path}".rstrip("/") for mount in mounts for path in paths | {""}}


def _others(group: str, root: int) -> bool:
    """Tell whether a cgroup is another user's, or another run's by its name or by who is in it."""
    words = Path(group).name.split(".")
    if words[0] == "test" and len(words) > 1 and words[1].isdecimal() and int(words[1]) != os.getpid():
        return True
    try:
        if Path(group).stat().st_uid != os.geteuid():
            return True
        pids = {int(pid) for pid in Path(group, "cgroup.procs").read_text(encoding="ascii").split()}
    except OSError:
        return True  # gone meanwhile
    return bool(pids - {process.pid for process in keeper.descendants(root)} - {os.getpid()})


def _umask() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("Umask:"):
                return line.split()[1]
    return ""
