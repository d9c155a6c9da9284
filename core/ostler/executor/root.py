"""The steps that make a task's private root out of binds, and nothing else of the host."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from ostler.executor.values import Tier

if TYPE_CHECKING:
    from ostler.executor.survey import Source, Survey
    from ostler.executor.values import Host, Isolation

    Step = dict[str, Any]

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
HIDDEN_FILES = ("kcore", "keys", "kpagecount", "kpageflags", "kpagecgroup", "latency_stats", "sched_debug", "timer_list")
HIDDEN_FOLDERS = ("acpi", "asound", "scsi")
READONLY = ("bus", "fs", "irq", "sys", "sysrq-trigger")
_SEALED = ["ro", "nosuid", "nodev", "noexec"]


def steps(isolation: Isolation, survey: Survey, host: Host, *, at: str = "") -> list[Step]:
    """Plan the root: binds as they come, then /proc, /dev and /tmp, then the change of root.

    ``at`` is where it is put together, by default a directory of the data directory.
    """
    at = at or posixpath.join(survey.directory, "root")
    made: list[Step] = [
        {"do": "make_mounts_private"},
        {"do": "mount", "kind": "tmpfs", "target": at, "flags": ["nosuid", "nodev"], "options": "mode=755,size=1m"},
    ]
    for source in survey.sources:
        made += _source(source, at, survey.directory)
    taken = {posixpath.normpath(each.mount.target) for each in survey.sources}
    made += _proc(at, fresh="pid" in isolation.namespaces or host.tier is Tier.ROOT)
    made += _dev(at, host)
    made += _tmp(at, taken)
    return [
        *made,
        {"do": "restrict", "target": at, "flags": ["ro"]},
        {"do": "pivot", "root": at},
    ]


def _source(source: Source, at: str, directory: str) -> list[Step]:
    target = at + posixpath.normpath(posixpath.join("/", source.mount.target)).rstrip("/")
    if source.link:
        return [{"do": "link", "text": source.link, "target": target}]
    flags = ["ro", "nosuid"] if source.mount.readonly else ["nosuid", "nodev"]
    bind: Step = {"do": "bind", "source": source.mount.source, "target": target, "flags": flags}
    inside = _below(directory, source.mount.source)
    if inside is None:
        return [bind]
    return [bind, _empty(target + inside)]


def _below(directory: str, source: str) -> str | None:
    """Give what follows ``source`` in the data directory's path, if it lies in there."""
    stem = source.rstrip("/")
    if directory == stem or directory.startswith(f"{stem}/"):
        return directory[len(stem) :]
    return None


def _empty(target: str) -> Step:
    return {"do": "mount", "kind": "tmpfs", "target": target, "flags": _SEALED[1:], "options": "mode=755,size=64k"}


def _proc(at: str, *, fresh: bool) -> list[Step]:
    proc = f"{at}/proc"
    flags = _SEALED[1:]
    made: list[Step] = [
        {"do": "mount", "kind": "proc", "target": proc, "flags": flags}
        if fresh
        else {"do": "bind", "source": "/proc", "target": proc, "flags": flags}
    ]
    made += [
        {"do": "bind", "source": f"{proc}/{name}", "target": f"{proc}/{name}", "flags": _SEALED, "optional": True}
        for name in READONLY
    ]
    made += [
        {"do": "cover", "source": "/dev/null", "target": f"{proc}/{name}", "optional": True}
        for name in HIDDEN_FILES
    ]
    return made + [
        {"do": "cover", "source": "", "target": f"{proc}/{name}", "optional": True} for name in HIDDEN_FOLDERS
    ]


def _dev(at: str, host: Host) -> list[Step]:
    dev = f"{at}/dev"
    terminals = "newinstance,ptmxmode=0666,mode=0620" + (",gid=5" if host.tier is Tier.ROOT else "")
    made: list[Step] = [
        {"do": "mount", "kind": "tmpfs", "target": dev, "flags": ["nosuid", "noexec"], "options": "mode=755,size=64k"}
    ]
    made += [
        {"do": "bind", "source": f"/dev/{name}", "target": f"{dev}/{name}", "flags": ["nosuid", "noexec"]}
        for name in DEVICES
    ]
    made += [{"do": "link", "text": text, "target": f"{dev}/{name}"} for name, text in DEVICE_LINKS.items()]
    return [
        *made,
        {
            "do": "mount",
            "kind": "devpts",
            "target": f"{dev}/pts",
            "flags": ["nosuid", "noexec"],
            "options": terminals,
            "optional": True,
        },
        {
            "do": "mount",
            "kind": "tmpfs",
            "target": f"{dev}/shm",
            "flags": ["nosuid", "nodev", "noexec"],
            "options": "mode=1777,size=64m",
        },
        {"do": "restrict", "target": dev, "flags": ["ro", "nosuid", "noexec"]},
    ]


def _tmp(at: str, taken: set[str]) -> list[Step]:
    if "/tmp" in taken:  # noqa: S108 - the task's own
        return []
    target = f"{at}/tmp"
    return [
        {"do": "mount", "kind": "tmpfs", "target": target, "flags": ["nosuid", "nodev"], "options": "mode=1777"}
    ]
