"""Try, one by one, what isolation is made of, each in a throw-away child.

Run as ``python -I -S .../linux/examine.py [GROUP]``, the group being one of cgroup v2 that may be written
to.  Prints one line for each try: its name, how it was tried (``plain``, or in a ``user`` namespace), what
of it failed (``clone``, ``map``, ``act``, or ``-``), the kernel's error number (0: it works), a remark.
"""

import ctypes
import errno
import os
import resource
import struct
import sys
from collections.abc import Callable
from types import ModuleType

_CORE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_SIGCHLD, _INTO_CGROUP = 17, 0x200000000
_NEW_CGROUP, _NEW_NET = 0x02000000, 0x40000000
_NUMBERS = {"clone3": 435, "close_range": 436, "landlock_create_ruleset": 444}
_AT = "/tmp"  # noqa: S108 - it is mounted over, in the child's own namespace
_ALLOW_ALL = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)
_libc = ctypes.PyDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long

Act = Callable[[], object]


def _open_packages() -> None:
    for name, folder in (("ostler", _CORE), ("ostler.executor", os.path.join(_CORE, "executor"))):
        package = ModuleType(name)
        package.__path__ = [folder]
        sys.modules[name] = package


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _call(name: str, *arguments: object) -> int:
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return _checked(_syscall(ctypes.c_long(_NUMBERS[name]), *words))


def _nothing() -> None:
    return


def _private() -> None:
    from ostler.executor.linux.syscalls import MS_PRIVATE, MS_REC, mount

    mount("", "/", flags=MS_REC | MS_PRIVATE)


def _mounted(kind: str, options: str = "") -> Act:
    def act() -> None:
        from ostler.executor.linux.syscalls import MS_NOSUID, mount

        _private()
        mount(kind, _AT, kind, flags=MS_NOSUID, options=options)

    return act


def _bound() -> None:
    from ostler.executor.linux.syscalls import MS_BIND, MS_RDONLY, MS_REC, mount, set_mount_attributes

    _private()
    mount("/usr", _AT, flags=MS_BIND | MS_REC)
    descriptor = os.open(_AT, os.O_PATH)
    set_mount_attributes(descriptor, MS_RDONLY, recursive=True)


def _pivoted() -> None:
    from ostler.executor.linux.syscalls import pivot_root, unmount

    _mounted("tmpfs")()
    os.chdir(_AT)
    pivot_root(".", ".")
    unmount(".")


def _named() -> None:
    from ostler.executor.linux.syscalls import set_hostname

    set_hostname("canary")


def _loopback_up() -> None:
    import fcntl
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _dropped() -> None:
    from ostler.executor.linux.syscalls import PR_CAPBSET_DROP, prctl

    prctl(PR_CAPBSET_DROP, 0)


def _filtered() -> None:
    from ostler.executor.linux.syscalls import PR_SET_NO_NEW_PRIVS, prctl, set_filter

    prctl(PR_SET_NO_NEW_PRIVS, 1)
    set_filter(_ALLOW_ALL)


def _landlock() -> str:
    return str(_call("landlock_create_ruleset", None, 0, 1))


def _keyring() -> None:
    from ostler.executor.linux.syscalls import join_new_session_keyring

    join_new_session_keyring()


def _pidfd() -> None:
    os.close(os.pidfd_open(os.getpid()))


def _clone3(flags: int = 0, group: int = 0) -> None:
    words = (ctypes.c_uint64 * 11)(flags, 0, 0, 0, _SIGCHLD, 0, 0, 0, 0, 0, group)
    child = _call("clone3", words, 88 if group else 64)
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
        ("network namespace", "plain user", _NEW_NET, _loopback_up),
        ("bind mount", "plain user", own, _bound),
        ("tmpfs", "plain user", own, _mounted("tmpfs")),
        ("proc", "plain user", own | calls.NEW_PID, _mounted("proc")),
        ("devpts", "plain user", own, _mounted("devpts", "newinstance")),
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


_UID, _GID = os.geteuid(), os.getegid()


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
