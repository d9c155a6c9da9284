"""The lowering of the steps that make a process what the task is to be: its outputs, groups, rights."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import struct
import termios

from ostler.executor.linux import syscalls
from ostler.executor.linux.places import AT_FDCWD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.linux.lowering import Lowering

_KEYCTL_JOIN_SESSION_KEYRING = 1
_INSTRUCTION_BYTES = 8
_WORD = 0xFFFFFFFF
_CAP_SYS_PTRACE = 19
_RESOLVE_NO_MAGICLINKS = 0x02
_OOM_SCORE = "/proc/self/oom_score_adj"


def map_user(to: Lowering, inside: tuple[int, int], outside: tuple[int, int]) -> None:
    """Map one user and one group of the new user namespace to the caller's."""
    write(to, "/proc/self/setgroups", "deny")
    write(to, "/proc/self/uid_map", f"{inside[0]} {outside[0]} 1")
    write(to, "/proc/self/gid_map", f"{inside[1]} {outside[1]} 1")


def write(to: Lowering, path: str, text: str) -> None:
    """Write a file of the kernel's."""
    to.reaches_all |= path == _OOM_SCORE
    encoded = text.encode()
    file = to.open("openat", AT_FDCWD, os.fsencode(path), os.O_WRONLY | os.O_CLOEXEC, 0)
    to.call("write", file, encoded, len(encoded))
    to.call("close", file)


def open_group(to: Lowering, path: str, members: str) -> None:
    """Open a cgroup's list of members, for ``join_groups`` in another root; or the group, to clone into."""
    if to.early is None:
        to.early = len(to.calls)
    if to.into_cgroup and members == "cgroup.procs":
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        to.group = to.open("openat", AT_FDCWD, os.fsencode(path), flags, 0)
        return
    name = os.fsencode(f"{path}/{members}")
    to.groups.append(to.open("openat", AT_FDCWD, name, os.O_WRONLY | os.O_CLOEXEC, 0))


def join_groups(to: Lowering) -> None:
    """Enter the cgroups that were opened."""
    for group in to.groups:
        to.call("write", group, b"0", 1)


def open_output(to: Lowering, number: int, path: str, owner: int | None = None) -> None:
    """Open what becomes descriptor 1 or 2; of a FIFO the reading end is held too, against a broken pipe."""
    name = os.fsencode(path)
    flags = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
    file = to.open("openat", AT_FDCWD, name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | flags, 0o644)
    to.call("fcntl", file, fcntl.F_SETFL, os.O_APPEND)
    # Only a pipe has such a size.
    to.call("fcntl", file, syscalls.F_GETPIPE_SZ, 0, tolerate={errno.EBADF: 1 if owner is None else 2})
    if owner is not None:
        to.call("fchown", file, owner, -1)
    to.held.append(to.open("openat", AT_FDCWD, name, os.O_RDONLY | flags, 0))
    to.streams[number] = file


def open_input(to: Lowering, number: int, path: str, owner: int | None = None) -> None:
    """Open what becomes descriptor 0; a FIFO is given to the task's user, who may open it again."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    file = to.open("openat", AT_FDCWD, os.fsencode(path), flags, 0)
    to.call("fcntl", file, fcntl.F_SETFL, 0)
    if owner is not None:
        to.call("fcntl", file, syscalls.F_GETPIPE_SZ, 0, tolerate={errno.EBADF: 1})
        to.call("fchown", file, owner, -1)
    to.streams[number] = file


def take_passed(to: Lowering, number: int, index: int) -> None:
    """Take a descriptor that came with the order for a standard stream."""
    to.streams[number] = to.passed[index]


def join_namespaces(to: Lowering) -> None:
    """Enter the namespaces of the task that a command is run in; the user namespace comes first."""
    for namespace in to.joined:
        to.call("setns", namespace, 0)


def control_terminal(to: Lowering, index: int) -> None:
    """Make a terminal that came with the order this session's own."""
    to.call("ioctl", to.passed[index], termios.TIOCSCTTY, 0)


def set_dumpable(to: Lowering, value: int) -> None:
    """Let its user look into this process, and write its files in /proc, or not."""
    to.call("prctl", syscalls.PR_SET_DUMPABLE, value, 0, 0, 0)


def hostname(to: Lowering, name: str) -> None:
    """Name the machine, as the task sees it."""
    encoded = os.fsencode(name)
    to.call("sethostname", encoded, len(encoded))


def new_session(to: Lowering) -> None:
    """Leave the supervisor's session."""
    to.call("setsid")


def new_keyring(to: Lowering) -> None:
    """Leave the caller's session keyring, which may hold its secrets.

    A kernel without keyrings has none to leave, and a container that denies keyctl denies it to the task.
    """
    to.call("keyctl", _KEYCTL_JOIN_SESSION_KEYRING, 0, tolerate={errno.ENOSYS: 0, errno.EPERM: 0})


def limit(to: Lowering, name: str, value: int) -> None:
    """Set a resource limit, as far as it may be set.

    That of open files waits until nothing more is opened, because the supervisor's are still there and count;
    one above the supervisor's own is set at once, while the right to raise it is there.
    """
    highest = to.facts.highest[f"RLIMIT_{name}"]
    clamped = value if highest == resource.RLIM_INFINITY else min(value, highest)
    if name == "NOFILE" and to.open_files is not None and clamped <= to.open_files[1]:
        to.open_files = clamped, clamped
        return
    if name == "NOFILE":
        to.open_files = None
    set_limit(to, name, clamped, clamped)


def set_limit(to: Lowering, name: str, soft: int, hard: int) -> None:
    """Set both values of a limit, to what may be had."""
    both = struct.pack("=QQ", soft, hard)
    to.call("prlimit64", 0, getattr(resource, f"RLIMIT_{name}"), both, 0)


def drop_capabilities(to: Lowering, keep: list[int]) -> None:
    """Take every capability but these out of reach, for good."""
    to.call("prctl", syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(to.facts.last_capability + 1):
        if capability not in keep:
            to.call("prctl", syscalls.PR_CAPBSET_DROP, capability, 0, 0, 0)


def keep_capabilities(to: Lowering) -> None:
    """Keep the permitted capabilities over the change of user."""
    to.call("prctl", syscalls.PR_SET_KEEPCAPS, 1, 0, 0, 0)


def set_capabilities(to: Lowering, keep: list[int], ambient: list[int], *, has_all: bool) -> None:
    """Have just these capabilities, as far as they were had; those that are ambient survive exec."""
    wanted = sum(1 << number for number in keep)
    needed = sum(1 << number for number in ambient)
    had = (wanted if has_all else wanted & to.facts.permitted) | needed
    halves = [(had >> shift & _WORD, needed >> shift & _WORD) for shift in (0, 32)]
    words = struct.pack("=6I", *(word for own, passed in halves for word in (own, own, passed)))
    to.call("capset", struct.pack("=Ii", syscalls.CAPABILITY_VERSION, 0), words)
    for number in ambient:
        to.call("prctl", syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_RAISE, number, 0, 0)


def outrank(to: Lowering) -> None:
    """Keep a capability over the exec of the init, in a user namespace, that the command is going to lack.

    Both are one user there, and until the init has said that nobody may look into it, nothing else keeps
    the command from tracing it, and from writing in its name whom to kill.
    """
    full = (1 << to.facts.last_capability + 1) - 1
    one = 1 << _CAP_SYS_PTRACE
    words = (word for shift in (0, 32) for word in (*[full >> shift & _WORD] * 2, one >> shift & _WORD))
    to.call("capset", struct.pack("=Ii", syscalls.CAPABILITY_VERSION, 0), struct.pack("=6I", *words))
    to.call("prctl", syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_RAISE, _CAP_SYS_PTRACE, 0, 0)


def become(to: Lowering, uid: int, gid: int, groups: list[int] | None) -> None:
    """Become a user with exactly these groups; None leaves the groups as they are."""
    if groups is not None:
        to.call("setgroups", len(groups), struct.pack(f"={len(groups)}I", *groups))
    to.call("setresgid", gid, gid, gid)
    to.call("setresuid", uid, uid, uid)


def die_with_parent(to: Lowering) -> None:
    """Die when the task's init does: without it nobody would learn of the end."""
    to.call("prctl", syscalls.PR_SET_PDEATHSIG, signal.SIGKILL.value, 0, 0, 0)


def no_new_privileges(to: Lowering) -> None:
    """Make set-uid programs and file capabilities powerless, for good."""
    to.call("prctl", syscalls.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def seccomp(to: Lowering, program: str) -> None:
    """Let every later system call pass through a filter of classic BPF."""
    code = bytes.fromhex(program)
    mode = syscalls.SECCOMP_MODE_FILTER
    to.call("prctl", syscalls.PR_SET_SECCOMP, mode, (len(code) // _INSTRUCTION_BYTES, code), 0, 0)


def change_directory(to: Lowering, path: str, *, confined: bool = False) -> None:
    """Go where the command starts; when ``confined``, by way of nothing that the supervisor has open."""
    if confined:
        _change_confined(to, path)
    else:
        to.call("chdir", os.fsencode(path))
    if to.open_files is not None:
        set_limit(to, "NOFILE", *to.open_files)


def _change_confined(to: Lowering, path: str) -> None:
    how = struct.pack("=QQQ", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, 0, _RESOLVE_NO_MAGICLINKS)
    folder = to.open("openat2", AT_FDCWD, os.fsencode(path), how, len(how))
    to.call("fchdir", folder)
    to.call("close", folder)


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each
    for each in (
        become,
        change_directory,
        control_terminal,
        die_with_parent,
        drop_capabilities,
        hostname,
        join_groups,
        join_namespaces,
        keep_capabilities,
        limit,
        map_user,
        new_keyring,
        new_session,
        no_new_privileges,
        open_group,
        open_input,
        open_output,
        outrank,
        seccomp,
        set_capabilities,
        set_dumpable,
        take_passed,
        write,
    )
}
