"""Attempts at mounts, namespaces and the root directory."""

from __future__ import annotations

import os
import signal
import struct
from typing import TYPE_CHECKING

from tests.escape.probe.calls import (
    DETACH,
    MS_BIND,
    MS_REMOUNT,
    NEW_CGROUP,
    NEW_IPC,
    NEW_MOUNT,
    NEW_NET,
    NEW_PID,
    NEW_USER,
    NEW_UTS,
    call,
    enter_user_namespace,
)
from tests.escape.probe.table import PreventedError, attempt

if TYPE_CHECKING:
    from tests.escape.probe.table import Given


def _folder(given: Given, name: str) -> str:
    path = os.path.join(given["own"], name)
    os.makedirs(path, exist_ok=True)
    return path


@attempt("mount a tmpfs")
def _(given: Given) -> None:
    call("mount", "tmpfs", _folder(given, "tmpfs"), "tmpfs", 0, None)


@attempt("mount a fresh /proc")
def _(given: Given) -> None:
    call("mount", "proc", _folder(given, "proc"), "proc", 0, None)


@attempt("mount debugfs")
def _(given: Given) -> None:
    call("mount", "debugfs", _folder(given, "debugfs"), "debugfs", 0, None)


@attempt("bind a folder elsewhere")
def _(given: Given) -> None:
    call("mount", "/usr", _folder(given, "bind"), None, MS_BIND, None)


@attempt("begin a mount with fsopen")
def _(given: Given) -> None:
    call("fsopen", "tmpfs", 0)


@attempt("copy a mount with open_tree")
def _(given: Given) -> None:
    call("open_tree", -100, given["readonly"], 1)


@attempt("take off what covers a file of /proc")
def _(given: Given) -> None:
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        points = [line.split()[4] for line in lines]
    covers = [point for point in points if point.startswith("/proc/")]
    if not covers:
        message = "nothing covers any"
        raise PreventedError(message)
    for point in reversed(covers):
        call("umount2", point, DETACH)


@attempt("make a read-only mount writable")
def _(given: Given) -> None:
    call("mount", None, given["readonly"], None, MS_REMOUNT | MS_BIND, None)


@attempt("make a read-only mount writable with mount_setattr")
def _(given: Given) -> None:
    call("mount_setattr", -100, given["readonly"], 0, struct.pack("4Q", 0, 1, 0, 0), 32)


@attempt("make a mount namespace")
def _(given: Given) -> None:
    call("unshare", NEW_MOUNT)


@attempt("make a network namespace")
def _(given: Given) -> None:
    call("unshare", NEW_NET)


@attempt("make PID, IPC, UTS and cgroup namespaces")
def _(given: Given) -> None:
    call("unshare", NEW_PID | NEW_IPC | NEW_UTS | NEW_CGROUP)


@attempt("make a user namespace")
def _(given: Given) -> None:
    call("unshare", NEW_USER)


@attempt("make a user namespace with clone3")
def _(given: Given) -> None:
    child = call("clone3", struct.pack("8Q", NEW_USER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@attempt("mount a tmpfs in a user namespace of its own")
def _(given: Given) -> None:
    enter_user_namespace(NEW_MOUNT)
    call("mount", "tmpfs", _folder(given, "inner"), "tmpfs", 0, None)


@attempt("configure a network in a user namespace of its own")
def _(given: Given) -> None:
    enter_user_namespace(NEW_NET)


@attempt("make a read-only mount writable from a user namespace of its own")
def _(given: Given) -> None:
    enter_user_namespace(NEW_MOUNT)
    call("mount", None, given["loose"], None, MS_REMOUNT | MS_BIND, None)


@attempt("join a namespace of a process outside")
def _(given: Given) -> None:
    descriptor = os.open(f"/proc/{given['pid']}/ns/uts", os.O_RDONLY)
    call("setns", descriptor, NEW_UTS)


@attempt("join the mount namespace of process 1")
def _(given: Given) -> None:
    call("setns", os.open("/proc/1/ns/mnt", os.O_RDONLY), NEW_MOUNT)


@attempt("join the namespaces of process 1 by a pidfd")
def _(given: Given) -> None:
    call("setns", call("pidfd_open", 1, 0), NEW_MOUNT | NEW_UTS)


@attempt("leave its root with chroot")
def _(given: Given) -> None:
    if "cell" in given:
        os.chroot(given["cell"])
    os.chdir("/own" if "cell" in given else given["own"])
    before = os.stat("/")
    os.makedirs("prison", exist_ok=True)
    call("chroot", "prison")
    for _ in range(64):
        os.chdir("..")
    call("chroot", ".")
    if os.path.samestat(before, os.stat("/")):
        message = "it is the same root still"
        raise PreventedError(message)


@attempt("change its root with pivot_root")
def _(given: Given) -> None:
    os.chdir(given["mounted"])
    call("pivot_root", ".", ".")
