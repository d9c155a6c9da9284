"""Attempts at files that are not the task's."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import subprocess
import time
from typing import TYPE_CHECKING

from tests.escape.probe.calls import call, open_to_write
from tests.escape.probe.table import PreventedError, attempt

if TYPE_CHECKING:
    from tests.escape.probe.table import Given


def _read(path: str) -> None:
    with open(path, "rb") as source:
        source.read(64)


def _make(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


@attempt("see the data directory")
def _(given: Given) -> None:
    if not os.listdir(given["data_dir"]):
        message = "it is empty"
        raise PreventedError(message)


@attempt("read a file of the host that everybody may read")
def _(given: Given) -> None:
    _read(given["readable"])


@attempt("write to a folder of the host that everybody may write to")
def _(given: Given) -> None:
    _make(os.path.join(given["writable"], f"made-{os.getpid()}"))


@attempt("see what is in the host's /tmp")
def _(given: Given) -> None:
    _read(given["temporary"])


@attempt("see what is in the host's /dev/shm")
def _(given: Given) -> None:
    _read(given["memory"])


@attempt("see /root or /home")
def _(given: Given) -> None:
    if not os.path.exists("/root") and not os.path.exists("/home"):
        message = "neither is there"
        raise PreventedError(message)


@attempt("read what everybody may read in /etc and /usr")
def _(given: Given) -> None:
    _read("/etc/passwd")


@attempt("read /etc/shadow")
def _(given: Given) -> None:
    _read("/etc/shadow")


@attempt("read what only a further group of whoever ran Ostler may read")
def _(given: Given) -> None:
    _read(given["of_group"])


@attempt("write to /usr")
def _(given: Given) -> None:
    _make("/usr/share/ostler-probe")


@attempt("write to /etc")
def _(given: Given) -> None:
    _make("/etc/ostler-probe")


@attempt("write to /")
def _(given: Given) -> None:
    _make("/ostler-probe")


@attempt("write to the folder in which its output is kept")
def _(given: Given) -> None:
    _make(os.path.join(given["shared"], "logs", "ostler-probe"))


@attempt("read the secrets of another task of its group")
def _(given: Given) -> None:
    _read(given["secret"])


@attempt("link a program of the host into its own folder")
def _(given: Given) -> None:
    os.link(given["program"], os.path.join(given["own"], "linked"))


@attempt("overwrite a program of the host through /proc/PID/exe")
def _(given: Given) -> None:
    with subprocess.Popen([given["program"], "0.05"]) as process:
        found = os.open(f"/proc/{process.pid}/exe", os.O_PATH)
    _open_once_free(f"/proc/self/fd/{found}")


def _open_once_free(path: str) -> None:
    """Open for writing what others may run just now."""
    for _ in range(40):
        try:
            open_to_write(path)
        except OSError as error:
            if error.errno != errno.ETXTBSY:
                raise
            time.sleep(0.05)
        else:
            return
    raise OSError(errno.ETXTBSY, path)


@attempt("overwrite its init through /proc/1/exe")
def _(given: Given) -> None:
    found = os.open("/proc/1/exe", os.O_PATH)
    try:
        open_to_write(f"/proc/self/fd/{found}")
    except OSError as error:
        if error.errno != errno.ETXTBSY:  # it runs: with patience it can be had
            raise


@attempt("make a device file and open it")
def _(given: Given) -> None:
    path = os.path.join(given["own"], "device")
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    open_to_write(path)


@attempt("open the memory of the machine (/dev/mem)")
def _(given: Given) -> None:
    path = "/dev/mem"
    if not os.path.exists(path):
        path = os.path.join(given["own"], "mem")
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 1))
    _open(path)


def _open(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


@attempt("open the kernel's log (/dev/kmsg)")
def _(given: Given) -> None:
    open_to_write("/dev/kmsg")


@attempt("open a file by its handle, past its folders")
def _(given: Given) -> None:
    handle = ctypes.create_string_buffer(136)
    ctypes.memmove(handle, (128).to_bytes(4, "little"), 4)
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, given["own"], handle, ctypes.byref(mount), 0)
    folder = os.open(given["own"], os.O_RDONLY)
    call("open_by_handle_at", folder, handle, os.O_RDONLY)
