"""Attempts at other processes, and at more privileges."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import termios
from pathlib import Path
from typing import TYPE_CHECKING

from tests.escape.probe.calls import SESSION_KEYRING, become_nobody, call
from tests.escape.probe.table import PreventedError, attempt

if TYPE_CHECKING:
    from tests.escape.probe.table import Given

ATTACH, SEIZE = 16, 0x4206


@attempt("see a process outside")
def _(given: Given) -> None:
    os.stat(f"/proc/{given['pid']}")


@attempt("signal a process outside")
def _(given: Given) -> None:
    os.kill(given["pid"], signal.SIGURG)


@attempt("signal a process outside by a pidfd")
def _(given: Given) -> None:
    signal.pidfd_send_signal(call("pidfd_open", given["pid"], 0), signal.SIGURG)


@attempt("signal the supervisor")
def _(given: Given) -> None:
    os.kill(given["supervisor"], 0)


@attempt("kill its own init")
def _(given: Given) -> None:
    if given["init"] == 1:
        os.kill(1, signal.SIGKILL)  # which the kernel keeps from the init of a namespace
        os.kill(1, 0)
        message = "it takes no SIGKILL"
        raise PreventedError(message)
    os.kill(given["init"], 0)


@attempt("attach to a process outside with ptrace")
def _(given: Given) -> None:
    call("ptrace", SEIZE, given["pid"], 0, 0)


@attempt("attach to process 1 with ptrace")
def _(given: Given) -> None:
    call("ptrace", SEIZE, 1, 0, 0)


@attempt("read the memory of a process outside")
def _(given: Given) -> None:
    address, size = _readable(given["pid"])
    held = ctypes.create_string_buffer(16)
    local = struct.pack("2Q", ctypes.addressof(held), 16)
    remote = struct.pack("2Q", address, min(size, 16))
    call("process_vm_readv", given["pid"], local, 1, remote, 1, 0)


@attempt("write to the memory of a process outside in /proc")
def _(given: Given) -> None:
    os.close(os.open(f"/proc/{given['pid']}/mem", os.O_RDWR))


def _readable(pid: int) -> tuple[int, int]:
    with open(f"/proc/{pid}/maps", encoding="utf-8") as source:
        start, end = source.readline().split()[0].split("-")
    return int(start, 16), int(end, 16) - int(start, 16)


@attempt("read the environment of a process outside")
def _(given: Given) -> None:
    if given["mark"] not in Path(f"/proc/{given['pid']}/environ").read_text(encoding="utf-8"):
        message = "it is not there"
        raise PreventedError(message)


@attempt("be handed the environment of whoever runs Ostler")
def _(given: Given) -> None:
    if given["mark"] not in os.environ.values():
        message = "it is not there"
        raise PreventedError(message)


@attempt("take a descriptor from a process outside")
def _(given: Given) -> None:
    call("pidfd_getfd", call("pidfd_open", given["pid"], 0), 0, 0)


@attempt("inherit open descriptors")
def _(given: Given) -> None:
    if not given["descriptors"]:
        message = "there are none"
        raise PreventedError(message)


@attempt("see the root of a process outside")
def _(given: Given) -> None:
    os.listdir(f"/proc/{given['pid']}/root")


@attempt("reach another root through /proc/1/root")
def _(given: Given) -> None:
    if os.path.samestat(os.stat("/proc/1/root/."), os.stat("/")):
        message = "it is the same root"
        raise PreventedError(message)


@attempt("raise its priority")
def _(given: Given) -> None:
    os.nice(-5)


@attempt("become a real-time process")
def _(given: Given) -> None:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


@attempt("spare itself when memory runs out")
def _(given: Given) -> None:
    path = Path("/proc/self/oom_score_adj")
    before = int(path.read_text(encoding="ascii"))
    path.write_text(str(max(before - 1, -1000)), encoding="ascii")


@attempt("become root with setuid")
def _(given: Given) -> None:
    if "apart" in given:
        os.setresuid(65534, 65534, 0)  # as a program does that gives its privileges up in part
    elif os.getuid() == 0:
        message = "it is what it calls root already"
        raise PreventedError(message)
    os.setresuid(0, 0, 0)


@attempt("gain privileges by a set-user-id program")
def _(given: Given) -> None:
    become_nobody()
    places = ("/usr/bin/su", "/usr/bin/passwd", "/usr/bin/mount", given["set_id"])
    program = next((each for each in places if _is_set_id(each)), "")
    if not program:
        message = "no such program is there"
        raise PreventedError(message)
    # Who gains privileges has this variable ignored.
    done = subprocess.run(
        [program, "--version"], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, check=False
    )
    if b"=>" in done.stdout:
        message = "it ran without"
        raise PreventedError(message)


def _is_set_id(path: str) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return bool(found.st_mode & 0o4000)  # whose it is can't be told in a user namespace


@attempt("gain capabilities by those of a file")
def _(given: Given) -> None:
    program = os.path.join(given["own"], "capable")
    shutil.copy("/bin/grep", program)
    os.chmod(program, 0o755)
    everything = struct.pack("<5I", 0x02000001, 1 << 21, 0, 0, 0)  # CAP_SYS_ADMIN, and effective
    call("setxattr", program, "security.capability", everything, 20, 0)
    become_nobody()
    done = subprocess.run([program, "CapEff", "/proc/self/status"], capture_output=True, check=False)
    if not int(done.stdout.split()[1], 16):
        message = "it ran without"
        raise PreventedError(message)


@attempt("leave a set-user-id program of root's on the host")
def _(given: Given) -> None:
    program = os.path.join(given["own"], "set-id")
    shutil.copy("/bin/true", program)
    os.chmod(program, 0o4755)
    if os.stat(program).st_uid != 0:
        message = "it is not root's"
        raise PreventedError(message)


@attempt("type into a terminal of the caller's (TIOCSTI)")
def _(given: Given) -> None:
    terminal = os.open("/dev/tty", os.O_RDWR)
    fcntl.ioctl(terminal, termios.TIOCSTI, b"x")


@attempt("read a key of the session keyring of whoever ran Ostler")
def _(given: Given) -> None:
    call("keyctl", 10, SESSION_KEYRING, "user", given["mark"], 0)


@attempt("add a key to a keyring")
def _(given: Given) -> None:
    call("add_key", "user", "ostler-probe", "x", 1, -1)


@attempt("use shared memory (System V) of the host")
def _(given: Given) -> None:
    call("shmget", given["shared_memory"], 1, 0)


@attempt("use a message queue (POSIX) of the host")
def _(given: Given) -> None:
    call("mq_open", given["queue"], os.O_RDONLY, 0, None)
