"""The steps that make a task's private root out of binds, and nothing else of the host."""

from __future__ import annotations

import posixpath
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ostler.executor.host.survey import Source, Survey
    from ostler.executor.values import Isolation

    Step = dict[str, Any]

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
HIDDEN_FILES = (
    "interrupts",
    "kcore",
    "keys",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "timer_list",
    "timer_stats",
)
HIDDEN_FOLDERS = ("acpi", "asound", "scsi")
HIDDEN_OF_SYS = ("firmware", "devices/virtual/powercap")
READONLY = ("bus", "fs", "irq", "sys", "sysrq-trigger")
SEAL = 1  # the last step, before which everything of the host is still there
_NO_SPECIAL = ("nosuid", "nodev")
_NO_USE = ("nosuid", "nodev", "noexec")
_DEVICES_ONLY = ("nosuid", "noexec")


def steps(isolation: Isolation, survey: Survey, *, privileged: bool) -> list[Step]:
    """Plan the root: /proc, /dev and /tmp, then the binds as they come, then the change of root.

    A bind of all of / comes before everything, because it would hide it.  ``privileged`` tells that it is
    put together by the real root, not by that of a user namespace.
    """
    fresh = "pid" in isolation.namespaces or privileged
    return list(_steps(place(survey), survey.directory, survey.sources, fresh=fresh, privileged=privileged))


@lru_cache(maxsize=64)
def _steps(
    at: str, directory: str, sources: tuple[Source, ...], *, fresh: bool, privileged: bool
) -> tuple[Step, ...]:
    """Plan what most tasks of a data directory have in common, once."""
    whole = [source for source in sources if posixpath.normpath(source.mount.target) == "/"]
    parts = [source for source in sources if source not in whole]
    made = _begin(at)
    for source in whole:
        made += _source(source, at, directory)
    made += _proc(f"{at}/proc", fresh=fresh)
    made += _dev(f"{at}/dev", privileged=privileged, alone=bool(whole))
    made += _tmp(at, sources)
    for source in parts:
        made += _source(source, at, directory)
    return (*made, *_sys(at, sources), *_seal(at, [f"{at}/dev"] if whole else []))


def place(survey: Survey) -> str:
    """Name the folder that the root is put together on."""
    return posixpath.join(survey.directory, "root")


def empty(at: str, *, privileged: bool) -> list[Step]:
    """Plan a root without any bind of the job's, put together at ``at``."""
    devices = _dev(f"{at}/dev", privileged=privileged, alone=False)
    return [*_begin(at), *_proc(f"{at}/proc", fresh=True), *devices, *_tmp(at, ()), *_seal(at, [])]


def _begin(at: str) -> list[Step]:
    return [{"do": "make_mounts_private"}, _mount("tmpfs", at, _NO_SPECIAL, "mode=755,size=1m")]


def _seal(at: str, alone: Sequence[str]) -> list[Step]:
    """Make what only holds mounts read-only, now that all are made, and change the root."""
    return [
        *({"do": "restrict", "target": each, "flags": ["ro", *_DEVICES_ONLY]} for each in alone),
        {"do": "restrict", "target": at, "flags": ["ro"]},
        {"do": "pivot", "root": at},
    ]


def _source(source: Source, at: str, directory: str) -> list[Step]:
    """Bind a source, with the data directory hidden where it lies inside."""
    target = at + posixpath.normpath(posixpath.join("/", source.mount.target)).rstrip("/")
    if source.link:
        return [{"do": "link", "text": source.link, "target": target}]
    exact = source.mount.exact
    flags: tuple[str, ...] = ("ro", "nosuid") if source.mount.readonly else _NO_SPECIAL
    if exact and source.directory:
        flags = tuple(dict.fromkeys((*flags, "nodev")))
    bind = _bind(source.mount.source, target, flags, file=not source.directory)
    if exact:
        bind["exact"] = True
    inside = _below(directory, source.holds or source.mount.source)
    if inside is None:
        return [bind]
    return [bind, _mount("tmpfs", target + inside, _NO_USE, "mode=755,size=64k")]


def _below(directory: str, source: str) -> str | None:
    """Give what follows ``source`` in the data directory's path, if it lies in there."""
    stem = source.rstrip("/")
    if directory == stem or directory.startswith(f"{stem}/"):
        return directory[len(stem) :]
    return None


def _proc(proc: str, *, fresh: bool) -> list[Step]:
    """Give a /proc in which what steers the machine is read-only, and what tells its secrets hidden."""
    first = _mount("proc", proc, _NO_USE) if fresh else _bind("/proc", proc, _NO_USE)
    sealed = [{"do": "seal", "target": f"{proc}/{name}", "flags": ["ro", *_NO_USE]} for name in READONLY]
    files = [_cover("/dev/null", f"{proc}/{name}") for name in HIDDEN_FILES]
    folders = [_cover("", f"{proc}/{name}") for name in HIDDEN_FOLDERS]
    return [first, *({**step, "if_there": True} for step in (*sealed, *files, *folders))]


def _sys(at: str, sources: Sequence[Source]) -> list[Step]:
    """Hide what tells the machine's secrets, where somebody chose to show /sys."""
    if not any(posixpath.normpath(source.mount.target) in {"/", "/sys"} for source in sources):
        return []
    return [{**_cover("", f"{at}/sys/{name}"), "if_there": True} for name in HIDDEN_OF_SYS]


def _dev(dev: str, *, privileged: bool, alone: bool) -> list[Step]:
    """Give a /dev of a few devices: in the root's own file system, or in one for it ``alone``."""
    terminals = "newinstance,ptmxmode=0666,mode=0620" + (",gid=5" if privileged else "")
    return [
        *([_mount("tmpfs", dev, _DEVICES_ONLY, "mode=755,size=64k")] if alone else []),
        *(_bind(f"/dev/{name}", f"{dev}/{name}", _DEVICES_ONLY, file=True) for name in DEVICES),
        *({"do": "link", "text": text, "target": f"{dev}/{name}"} for name, text in DEVICE_LINKS.items()),
        {**_mount("devpts", f"{dev}/pts", _DEVICES_ONLY, terminals), "optional": True},
        _mount("tmpfs", f"{dev}/shm", _NO_USE, "mode=1777,size=64m"),
    ]


def _tmp(at: str, sources: Sequence[Source]) -> list[Step]:
    """Give a /tmp of its own to a task that brings none."""
    own = "/tmp"  # noqa: S108 - inside the task's root
    if any(posixpath.normpath(source.mount.target) == own for source in sources):
        return []
    return [_mount("tmpfs", at + own, _NO_SPECIAL, "mode=1777")]


def _mount(kind: str, target: str, flags: Sequence[str], options: str = "") -> Step:
    return {"do": "mount", "kind": kind, "target": target, "flags": list(flags), "options": options}


def _bind(source: str, target: str, flags: Sequence[str], *, file: bool = False) -> Step:
    step: Step = {"do": "bind", "source": source, "target": target, "flags": list(flags)}
    return {**step, "file": True} if file else step


def _cover(source: str, target: str) -> Step:
    return {"do": "cover", "source": source, "target": target}
