"""Try, one by one, what isolation is made of, each in a throw-away child.

Run as ``python -I -S .../linux/examine.py [GROUP]``, the group being one of cgroup v2 that may be written
to.  Prints one line for each try: its name, how it was tried (``plain``, or in a ``user`` namespace), what
of it failed (``clone``, ``map``, ``act``, or ``-``), the kernel's error number (0: it works), a remark.
"""

import errno
import os
import resource
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_CORE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SIGCHLD, _INTO_CGROUP = 17, 0x200000000
_RDONLY, _NOSUID, _DETACH, _BIND, _REC, _PRIVATE = 0x1, 0x2, 0x2, 0x1000, 0x4000, 0x40000
_RECURSIVE = 0x8000
_UID, _GID = os.geteuid(), os.getegid()
_AT = b"/tmp"

Act = Callable[[], object]


def _open_packages() -> None:
    for name, folder in (("ostler", _CORE), ("ostler.executor", os.path.join(_CORE, "executor"))):
        package = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package


def _call(name: str, *arguments: Any) -> int:  # noqa: ANN401 - what the call takes
    from ostler.executor.linux import syscalls

    result, number = syscalls.call(name, arguments)
    if number:
        raise OSError(number, os.strerror(number))
    return result


def _nothing() -> None:
    return


def _private() -> None:
    _call("mount", b"none", b"/", 0, _REC | _PRIVATE, 0)


def _mounted(kind: bytes, options: bytes = b"") -> Act:
    def act() -> None:
        _private()
        _call("mount", kind, _AT, kind, _NOSUID, options)

    return act


def _bound() -> None:
    _private()
    _call("mount", b"/usr", _AT, 0, _BIND | _REC, 0)
    _call("mount_setattr", -100, _AT, _RECURSIVE, (_RDONLY, 0, 0, 0), 32)


def _pivoted() -> None:
    _mounted(b"tmpfs")()
    os.chdir(_AT)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _DETACH)


def _named() -> None:
    _call("sethostname", b"canary", 6)


def _loopback_up() -> None:
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _dropped() -> None:
    _call("prctl", 24, 0, 0, 0, 0)


def _filtered() -> None:
    _call("prctl", 38, 1, 0, 0, 0)
    _call("prctl", 22, 2, (1, struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)), 0, 0)


def _landlock() -> str:
    return str(_call("landlock_create_ruleset", 0, 0, 1))


def _keyring() -> None:
    _call("keyctl", 1, 0, 0, 0, 0)


def _pidfd() -> None:
    os.close(os.pidfd_open(os.getpid()))


def _clone3(flags: int = 0, group: int = 0) -> None:
    words = (flags, 0, 0, 0, _SIGCHLD, 0, 0, 0, 0, 0, group)
    child = _call("clone3", words, 8 * len(words) if group else 64)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _born_in(group: str) -> Act:
    def act() -> None:
        place = os.path.join(group, f"canary-{os.getpid()}")
        os.mkdir(place)
        try:
            _clone3(_INTO_CGROUP, os.open(place, os.O_PATH | os.O_DIRECTORY))
        finally:
            os.rmdir(place)

    return act


def _closed() -> None:
    _call("close_range", 1_000_000, 1_000_001, 0)


def _raised() -> str:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard + 1))
    except ValueError as error:  # what Python makes of EPERM
        raise OSError(errno.EPERM, os.strerror(errno.EPERM)) from error
    return str(hard)


def _other_user() -> None:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def _canaries(group: str) -> list[tuple[str, str, int, Act]]:
    """List the name of each, the ways it may be tried in order, its namespaces, and what it does there."""
    from ostler.executor.linux import syscalls as calls

    own = calls.NEW_MOUNT
    return [
        ("user namespace", "user", 0, _nothing),
        ("mount namespace", "plain user", own, _private),
        ("pid namespace", "plain user", calls.NEW_PID, _nothing),
        ("ipc namespace", "plain user", calls.NEW_IPC, _nothing),
        ("uts namespace", "plain user", calls.NEW_UTS, _named),
        ("network namespace", "plain user", calls.NEW_NETWORK, _loopback_up),
        ("bind mount", "plain user", own, _bound),
        ("tmpfs", "plain user", own, _mounted(b"tmpfs")),
        ("proc", "plain user", own | calls.NEW_PID, _mounted(b"proc")),
        ("devpts", "plain user", own, _mounted(b"devpts", b"newinstance")),
        ("pivot_root", "plain user", own, _pivoted),
        ("capability bounding set", "plain user", 0, _dropped),
        ("other users", "plain", 0, _other_user),
        ("seccomp", "plain", 0, _filtered),
        ("landlock", "plain", 0, _landlock),
        ("session keyring", "plain", 0, _keyring),
        ("pidfd", "plain", 0, _pidfd),
        ("clone3", "plain", 0, _clone3),
        *([("clone into a cgroup", "plain", 0, _born_in(group))] if group else []),
        ("close_range", "plain", 0, _closed),
        ("raising limits", "plain", 0, _raised),
    ]


def _map() -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{_UID} {_UID} 1"),
        ("gid_map", f"{_GID} {_GID} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as target:
            target.write(text)


def _try(way: str, flags: int, act: Act) -> tuple[str, int, str]:
    """Carry one canary out in a child, and give what failed, the error number and a remark."""
    from ostler.executor.linux.syscalls import NEW_USER, clone

    reading, writing = os.pipe()
    try:
        child = clone(flags | (NEW_USER if way == "user" else 0))
    except OSError as error:
        os.close(reading)
        os.close(writing)
        return "clone", error.errno or errno.EIO, ""
    if child == 0:
        _answer(way, act, writing)
    os.close(writing)
    told = os.read(reading, 256).decode("ascii", "replace").split(" ", 2)
    os.close(reading)
    os.waitpid(child, 0)
    return (told[0], int(told[1]), told[2]) if len(told) == 3 else ("act", errno.EIO, "")  # noqa: PLR2004


def _answer(way: str, act: Act, writing: int) -> None:
    stage = "map"
    try:
        if way == "user":
            _map()
        stage = "act"
        remark = act()
        os.write(writing, f"- 0 {remark or ''}".encode())
    except OSError as error:
        os.write(writing, f"{stage} {error.errno or errno.EIO} ".encode())
    finally:
        os._exit(0)


def _examine(group: str) -> None:
    for name, ways, flags, act in _canaries(group):
        for way in ways.split():
            phase, number, remark = _try(way, flags, act)
            print(name, way, phase, number, remark, sep="\t")  # noqa: T201 - its answer
            if not number:
                break


if __name__ == "__main__":
    _open_packages()
    _examine(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.stdout.flush()
    os._exit(0)
