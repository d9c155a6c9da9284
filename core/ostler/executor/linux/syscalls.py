"""System calls that Python does not wrap, by ctypes."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache

from ostler.executor.linux import call_numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Words = tuple[int | bytes, ...]

NEW_MOUNT = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PID = 0x20000000
NEW_NETWORK = 0x40000000
NAMESPACES = {
    "mount": NEW_MOUNT,
    "uts": NEW_UTS,
    "ipc": NEW_IPC,
    "user": NEW_USER,
    "pid": NEW_PID,
    "network": NEW_NETWORK,
}

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REC, MS_PRIVATE = 0x4000, 0x40000
FLAGS = {"ro": MS_RDONLY, "nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": MS_NOEXEC}
DETACH = 2
_PARENT, _PARENT_SETTID = 0x00008000, 0x00100000

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 8, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_CLEAR_ALL = 2, 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION = 0x20080522
F_GETPIPE_SZ = 1032

_SIGCHLD = 17
# PyDLL keeps the interpreter's lock: the child of a raw clone must come back into Python at once.
_syscall = ctypes.PyDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long


def supported() -> bool:
    """Tell whether the numbers of this machine's system calls are known here."""
    return sys.platform == "linux" and call_numbers.known(os.uname().machine)


@cache
def _number(name: str) -> ctypes.c_long:
    return ctypes.c_long(call_numbers.number(name, os.uname().machine))


def call(name: str, arguments: Iterable[int | bytes | Words]) -> tuple[int, int]:
    """Make a system call; gives its result and, where that is negative, the error number."""
    return made(words(name, arguments))


def words(name: str, arguments: Iterable[int | bytes | Words]) -> list[Any]:
    """Give what is passed to the kernel for a system call."""
    passed = (ctypes.c_long(each) if isinstance(each, int) else _pointed(each) for each in arguments)
    return [_number(name), *passed]


def made(words: Sequence[Any]) -> tuple[int, int]:
    """Make the system call of these words."""
    result = _syscall(*words)
    return result, ctypes.get_errno() if result < 0 else 0


def clone(flags: int) -> int:
    """Fork into new namespaces; 0 in the child, whose signal state is the caller's."""
    return _checked(*call("clone", (flags | _SIGCHLD, 0, 0, 0, 0)))


def shared_number() -> ctypes.c_int:
    """Give a number, 0 at first, in memory that stays this process's and its children's own together."""
    import mmap

    return ctypes.c_int.from_buffer(mmap.mmap(-1, ctypes.sizeof(ctypes.c_int)))


def clone_sibling(noted: ctypes.c_int) -> int:
    """Fork a child of this process's parent; the kernel notes its number before a kill can come between."""
    flags = _PARENT | _PARENT_SETTID | _SIGCHLD
    return _checked(*call("clone", (flags, 0, ctypes.addressof(noted), 0, 0)))


def prctl(option: int, first: int = 0) -> int:
    """Change or read an attribute of this process."""
    return _checked(*call("prctl", (option, first, 0, 0, 0)))


def _pointed(argument: bytes | Words) -> bytes | ctypes.Array[ctypes.c_void_p]:
    """Give what is passed by its address: bytes, or words of memory that are numbers or such addresses."""
    if isinstance(argument, bytes):
        return argument
    words = [
        ctypes.cast(ctypes.c_char_p(each), ctypes.c_void_p) if isinstance(each, bytes) else each
        for each in argument
    ]
    return (ctypes.c_void_p * len(words))(*words)


def _checked(result: int, number: int) -> int:
    if number:
        raise OSError(number, os.strerror(number))
    return result
