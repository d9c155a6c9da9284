"""System calls that Python does not wrap, by ctypes; each raises OSError."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache

NEW_MOUNT = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PID = 0x20000000
NAMESPACES = {"mount": NEW_MOUNT, "uts": NEW_UTS, "ipc": NEW_IPC, "user": NEW_USER, "pid": NEW_PID}

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
FLAGS = {"ro": MS_RDONLY, "nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": MS_NOEXEC}
DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 4, 8, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_CLEAR_ALL = 2, 4

_AT_RECURSIVE = 0x8000
_AT_EMPTY_PATH = 0x1000
_SIGCHLD = 17
_SET_SECCOMP, _FILTER = 22, 2
_CAPABILITY_VERSION = 0x20080522
_KEYCTL_JOIN_SESSION_KEYRING = 1
_NUMBERS = {
    "x86_64": {
        "capget": 125,
        "capset": 126,
        "clone": 56,
        "keyctl": 250,
        "mount_setattr": 442,
        "pivot_root": 155,
    },
    "aarch64": {
        "capget": 90,
        "capset": 91,
        "clone": 220,
        "keyctl": 219,
        "mount_setattr": 442,
        "pivot_root": 41,
    },
}
# PyDLL keeps the interpreter's lock: the child of a raw clone must come back into Python at once.
_libc = ctypes.PyDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


def supported() -> bool:
    """Tell whether the numbers of this machine's system calls are known here."""
    return sys.platform == "linux" and os.uname().machine in _NUMBERS


@cache
def _number(name: str) -> int:
    return _NUMBERS[os.uname().machine][name]


def _checked(result: int, subject: str | None = None) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result


def join_new_session_keyring() -> None:
    """Begin with an empty session keyring; a kernel without keyrings has none to leave."""
    join = ctypes.c_long(_KEYCTL_JOIN_SESSION_KEYRING)
    try:
        _checked(_syscall(ctypes.c_long(_number("keyctl")), join, ctypes.c_void_p(None)))
    except OSError as error:
        # A container that denies keyctl denies it to the task too.
        if error.errno not in {errno.ENOSYS, errno.EPERM}:
            raise


def clone(flags: int) -> int:
    """Fork into new namespaces; 0 in the child, whose signal state is the caller's."""
    arguments = [ctypes.c_ulong(flags | _SIGCHLD), *(ctypes.c_ulong(0) for _ in range(4))]
    return _checked(_syscall(ctypes.c_long(_number("clone")), *arguments))


def mount(source: str, target: str, kind: str = "", *, flags: int = 0, options: str = "") -> None:
    """Mount, bind or change a mount, as ``flags`` say."""
    encoded = [os.fsencode(text) if text else None for text in (source, target, kind, options)]
    result = _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _checked(result, target)


def unmount(target: str, flags: int = DETACH) -> None:
    """Unmount, by default lazily."""
    _checked(_libc.umount2(os.fsencode(target), flags), target)


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root of this mount namespace and put the old one at ``old``."""
    call = ctypes.c_long(_number("pivot_root"))
    _checked(_syscall(call, os.fsencode(new), os.fsencode(old)), new)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


def set_mount_attributes(descriptor: int, flags: int, *, recursive: bool) -> None:
    """Add MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC to a mount, and to those below it (Linux 5.12)."""
    attributes = _MountAttributes(set=flags)
    result = _syscall(
        ctypes.c_long(_number("mount_setattr")),
        ctypes.c_int(descriptor),
        b"",
        ctypes.c_uint(_AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _checked(result)


def prctl(option: int, first: int = 0, second: int = 0) -> int:
    """Change or read an attribute of this process."""
    words = [ctypes.c_ulong(word) for word in (first, second, 0, 0)]
    return _checked(_libc.prctl(ctypes.c_int(option), *words))


def set_hostname(name: str) -> None:
    """Name the machine, as this UTS namespace sees it."""
    encoded = os.fsencode(name)
    _checked(_libc.sethostname(encoded, ctypes.c_size_t(len(encoded))), name)


def permitted_capabilities() -> int:
    """Give what this process may make effective, one bit for each."""
    words = (ctypes.c_uint32 * 6)()
    _checked(_syscall(ctypes.c_long(_number("capget")), _capability_header(), words))
    return int(words[1]) | int(words[4]) << 32


def set_capabilities(permitted: int, *, inheritable: int) -> None:
    """Have these capabilities, all of them effective."""
    halves = [(permitted >> shift & 0xFFFFFFFF, inheritable >> shift & 0xFFFFFFFF) for shift in (0, 32)]
    words = (ctypes.c_uint32 * 6)(*(word for had, passed in halves for word in (had, had, passed)))
    _checked(_syscall(ctypes.c_long(_number("capset")), _capability_header(), words))


def _capability_header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def set_filter(program: bytes) -> None:
    """Filter the system calls of this process and its children by a program of classic BPF."""
    held = _Program(len(program) // 8, program)
    words = [ctypes.c_ulong(_FILTER), ctypes.byref(held), ctypes.c_ulong(0), ctypes.c_ulong(0)]
    _checked(_libc.prctl(ctypes.c_int(_SET_SECCOMP), *words))
