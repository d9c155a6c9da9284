"""One attempt of a canary: clone, put an empty root together, tell the first step that failed."""

from __future__ import annotations

import errno
import os

from ostler.executor.linux import facts, run, syscalls
from ostler.executor.linux.lower import lower
from ostler.executor.planning import root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from ostler.executor.linux.program import Program

_ASK_VERSION = 1
_ALLOW_ALL = "060000000000ff7f"  # a filter of one instruction
_NAMESPACES = ("mount", "pid", "ipc", "uts")


def attempt(tier: str) -> tuple[str, int, int] | None:
    """Give None when everything could be done, else the phase, index and error number."""
    if not syscalls.supported():
        return "machine", 0, errno.ENOSYS
    if tier == "landlock":
        return _attempt_landlock()
    privileged = tier == "root"
    namespaces = _NAMESPACES if privileged else ("user", *_NAMESPACES)
    program = lower({"build": _steps(privileged=privileged), "enter": ()}, facts.read())
    reading, writing = os.pipe()
    try:
        child = syscalls.clone(sum(syscalls.NAMESPACES[name] for name in namespaces))
    except OSError as error:
        return "clone", 0, error.errno or errno.EIO
    if child == 0:
        _child(program, writing)
    return _told(child, reading, writing)


def landlock_version() -> int:
    """Ask the kernel for the version of Landlock that it offers; 0 for none."""
    if not syscalls.supported():
        return 0
    version, _ = syscalls.call("landlock_create_ruleset", (0, 0, _ASK_VERSION))
    return max(version, 0)


def _attempt_landlock() -> tuple[str, int, int] | None:
    """Be held to rules that allow nothing, and to a filter, and look whether they hold."""
    steps = [
        {"do": "no_new_privileges"},
        {"do": "landlock", "access": ["read_file"], "network": [], "scopes": []},
        {"do": "landlock_restrict"},
        {"do": "seccomp", "program": _ALLOW_ALL},
    ]
    program = lower({"build": steps, "enter": ()}, facts.read())
    reading, writing = os.pipe()
    child = syscalls.clone(0)
    if child == 0:
        _child(program, writing, denied=__file__)
    return _told(child, reading, writing)


def _told(child: int, reading: int, writing: int) -> tuple[str, int, int] | None:
    os.close(writing)
    told = os.read(reading, 64).split()
    os.close(reading)
    os.waitpid(child, 0)
    if len(told) != 2:  # noqa: PLR2004 - an index and a number
        return "build", 0, errno.EIO
    index, number = int(told[0]), int(told[1])
    return ("build", index, number) if number else None


def _steps(*, privileged: bool) -> list[dict[str, Any]]:
    """Plan the root of a task that brings nothing; an ordinary user is mapped before that."""
    ids = (os.geteuid(), os.getegid())
    mapping = [] if privileged else [{"do": "map_user", "inside": ids, "outside": ids}]
    anywhere = os.path.realpath("/tmp")  # noqa: S108 - it is mounted over, for the canary alone
    return [*mapping, *root.empty(anywhere, privileged=privileged)]


def _child(program: Program, writing: int, denied: str = "") -> NoReturn:
    try:
        run.carry_out(program.build, [-1] * program.registers)
        os.write(writing, b"0 %d" % (errno.ENOSYS if denied and _can_read(denied) else 0))
    except run.CallFailedError as error:
        os.write(writing, b"%d %d" % (error.step, error.number))
    finally:
        os._exit(0)


def _can_read(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except PermissionError:
        return False
    return True
