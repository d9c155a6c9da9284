"""The steps of a plan, carried out one by one between clone and exec."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat

from ostler.executor.linux import place, syscalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

_MOST_CAPABILITIES = 64

_CONDITIONS = frozenset({"do", "optional", "if_there"})


class Stage:
    """What steps hand on to later ones: descriptors held open, by name."""

    def __init__(self, passed: Sequence[int] = ()) -> None:
        self.passed = passed
        self.groups: list[int] = []
        self.outputs: dict[int, int] = {}
        self.held: list[int] = []


class StepFailedError(Exception):
    """One step failed: its index in its phase and the kernel's error number."""

    def __init__(self, index: int, number: int) -> None:
        super().__init__(index, number)
        self.index = index
        self.number = number


def carry_out(steps: Iterable[Mapping[str, Any]], stage: Stage) -> None:
    """Carry the steps out in order; raises StepFailedError at the first that fails.

    A step that is ``optional`` may fail; one that is ``if_there`` only because what it is about is not.
    """
    for index, step in enumerate(steps):
        arguments = {key: value for key, value in step.items() if key not in _CONDITIONS}
        try:
            STEPS[step["do"]](stage, **arguments)
        except OSError as error:
            absent = error.errno in {errno.ENOENT, errno.ENOTDIR}
            if not (step.get("optional") or (step.get("if_there") and absent)):
                raise StepFailedError(index, error.errno or errno.EIO) from error


def make_group(_: Stage, path: str) -> None:
    """Make a cgroup that nobody else has; an empty one is a leftover, and is made anew."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        os.rmdir(path)
        os.mkdir(path, 0o755)


def write(_: Stage, path: str, text: str) -> None:
    """Write a file of the kernel's."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def copy(_: Stage, source: str, path: str) -> None:
    """Write to one file of the kernel's what another holds."""
    with open(source, encoding="ascii") as held:
        write(_, path, held.read().strip())


def map_user(_: Stage, inside: tuple[int, int], outside: tuple[int, int]) -> None:
    """Map one user and one group of the new user namespace to the caller's."""
    write(_, "/proc/self/setgroups", "deny")
    write(_, "/proc/self/uid_map", f"{inside[0]} {outside[0]} 1")
    write(_, "/proc/self/gid_map", f"{inside[1]} {outside[1]} 1")


def open_group(stage: Stage, path: str) -> None:
    """Open a cgroup's list of members, for ``join_groups`` in another root.

    Version 1 lists threads too.  Who joins has only one, and adding that one does not have to wait, 10 ms
    and more, until nothing on the machine forks.
    """
    try:
        members = os.open(f"{path}/tasks", os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        members = os.open(f"{path}/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
    stage.groups.append(members)


def join_groups(stage: Stage) -> None:
    """Enter the cgroups that were opened."""
    for descriptor in stage.groups:
        os.write(descriptor, b"0")


def open_output(stage: Stage, number: int, path: str, owner: int | None = None) -> None:
    """Open what becomes descriptor 1 or 2; of a FIFO the reading end is held too, against a broken pipe."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    os.set_blocking(descriptor, True)
    stage.outputs[number] = descriptor
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return
    stage.held.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    if owner is not None:
        os.fchown(descriptor, owner, -1)


def open_input(stage: Stage, number: int, path: str, owner: int | None = None) -> None:
    """Open what becomes descriptor 0; a FIFO is given to the task's user, who may open it again."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    os.set_blocking(descriptor, True)
    stage.outputs[number] = descriptor
    if owner is not None and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.fchown(descriptor, owner, -1)


def take_passed(stage: Stage, number: int, index: int) -> None:
    """Take a descriptor that came with the order for a standard stream."""
    stage.outputs[number] = stage.passed[index]


def make_mounts_private(_: Stage) -> None:
    """Keep what is mounted from here on out of the host's sight."""
    syscalls.mount("", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)


def mount(_: Stage, kind: str, target: str, flags: list[str], options: str = "") -> None:
    """Mount a new file system."""
    with place.opened(target) as point:
        syscalls.mount(kind, point, kind, flags=_flags(flags), options=options)


def bind(_: Stage, source: str, target: str, flags: list[str]) -> None:
    """Show a file or directory of the host, and what is mounted below it, at ``target``."""
    with place.opened(target, directory=os.path.isdir(source)) as point:
        syscalls.mount(source, point, flags=syscalls.MS_BIND | syscalls.MS_REC)
    if flags:
        _restrict(target, _flags(flags))


def cover(_: Stage, source: str, target: str) -> None:
    """Hide a file behind ``source``, or a directory behind an empty one; what isn't there needs none."""
    os.stat(target)
    if source:
        syscalls.mount(source, target, flags=syscalls.MS_BIND)
    else:
        flags = syscalls.MS_RDONLY | syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
        syscalls.mount("tmpfs", target, "tmpfs", flags=flags, options="mode=755,size=4k")


def link(_: Stage, text: str, target: str) -> None:
    """Make a symbolic link, where nothing is yet."""
    folder, name = os.path.split(target)
    descriptor = place.find(folder)
    try:
        os.symlink(text, name, dir_fd=descriptor)
    except FileExistsError:
        return
    finally:
        os.close(descriptor)


def restrict(_: Stage, target: str, flags: list[str]) -> None:
    """Add flags to one mount, not to those below it."""
    _change(target, _flags(flags), recursive=False)


def pivot(_: Stage, root: str) -> None:
    """Make ``root`` the root and let go of the host's."""
    os.chdir(root)
    syscalls.pivot_root(".", ".")
    syscalls.unmount(".")
    os.chdir("/")


def hostname(_: Stage, name: str) -> None:
    """Name the machine, as the task sees it."""
    syscalls.set_hostname(name)


def new_session(_: Stage) -> None:
    """Leave the supervisor's session."""
    os.setsid()


def new_keyring(_: Stage) -> None:
    """Leave the caller's session keyring, which may hold its secrets."""
    syscalls.join_new_session_keyring()


def limit(_: Stage, name: str, value: int) -> None:
    """Set a resource limit, as far as it may be set."""
    number = getattr(resource, f"RLIMIT_{name}")
    hard = resource.getrlimit(number)[1]
    clamped = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (clamped, clamped))


def drop_capabilities(_: Stage, keep: list[int]) -> None:
    """Take every capability but these out of reach, for good."""
    syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
    for capability in range(_MOST_CAPABILITIES):
        if capability not in keep and not _dropped(capability):
            return


def keep_capabilities(_: Stage) -> None:
    """Keep the permitted capabilities over the change of user."""
    syscalls.prctl(syscalls.PR_SET_KEEPCAPS, 1)


def set_capabilities(_: Stage, keep: list[int], ambient: list[int], *, has_all: bool) -> None:
    """Have just these capabilities, as far as they were had; those that are ambient survive exec."""
    wanted = sum(1 << number for number in keep)
    needed = sum(1 << number for number in ambient)
    had = wanted if has_all else syscalls.permitted_capabilities()
    syscalls.set_capabilities((wanted & had) | needed, inheritable=needed)
    for number in ambient:
        syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_RAISE, number)


def become(_: Stage, uid: int, gid: int, groups: list[int] | None) -> None:
    """Become a user with exactly these groups; None leaves the groups as they are."""
    if groups is not None:
        os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def die_with_parent(_: Stage) -> None:
    """Die when the task's init does: without it nobody would learn of the end."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def no_new_privileges(_: Stage) -> None:
    """Make set-uid programs and file capabilities powerless, for good."""
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)


def seccomp(_: Stage, program: str) -> None:
    """Let every later system call pass through a filter."""
    syscalls.set_filter(bytes.fromhex(program))


def change_directory(_: Stage, path: str) -> None:
    """Go where the command starts."""
    os.chdir(path)


def _flags(names: Iterable[str]) -> int:
    return sum(syscalls.FLAGS[name] for name in names)


def _dropped(capability: int) -> bool:
    """Drop a capability; False when the kernel knows no such one, nor any higher."""
    try:
        syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return False
    return True


def _restrict(target: str, flags: int) -> None:
    try:
        _change(target, flags, recursive=True)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        for each in _mounts_below(target):
            _remount(each, flags)


def _change(target: str, flags: int, *, recursive: bool) -> None:
    descriptor = place.find(target, directory=os.path.isdir(target))
    try:
        syscalls.set_mount_attributes(descriptor, flags, recursive=recursive)
    except OSError as error:
        if error.errno != errno.ENOSYS or recursive:
            raise
        _remount(target, flags)
    finally:
        os.close(descriptor)


def _remount(target: str, flags: int) -> None:
    # What a mount already forbids stays forbidden: in a user namespace the kernel insists on it.
    with place.opened(target, directory=os.path.isdir(target)) as point:
        kept = os.statvfs(point).f_flag & sum(syscalls.FLAGS.values())
        syscalls.mount("", point, flags=syscalls.MS_REMOUNT | syscalls.MS_BIND | flags | kept)


def _mounts_below(target: str) -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        points = [line.split()[4].replace("\\040", " ") for line in lines]
    return [each for each in points if each == target or each.startswith(f"{target}/")]


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each
    for each in (
        become,
        bind,
        copy,
        cover,
        change_directory,
        die_with_parent,
        drop_capabilities,
        hostname,
        join_groups,
        keep_capabilities,
        limit,
        link,
        make_group,
        make_mounts_private,
        map_user,
        mount,
        new_keyring,
        new_session,
        no_new_privileges,
        open_group,
        open_input,
        open_output,
        pivot,
        restrict,
        seccomp,
        set_capabilities,
        take_passed,
        write,
    )
}
