"""Run tests as root, and as an ordinary user for whom a cgroup of version 2 was delegated.

usage: python -m tools.cgroup2_tests PYTEST-ARGUMENT...

As root, in a machine of one's own such as tools/vm-cgroup2 boots.  Both come from one process, which has
imported pytest: that takes seconds there.
"""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

USER: Final = pwd.getpwnam("nobody")
GROUP: Final = Path("/sys/fs/cgroup/delegated")
CONTROLLERS: Final = "+cpu +cpuset +memory +pids +io"
MINE: Final = ("", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control")


def delegate() -> None:
    """Make a group with a leaf, both the user's, as a service manager does it."""
    leaf = GROUP / "leaf"
    leaf.mkdir(parents=True)
    (GROUP / "cgroup.subtree_control").write_text(CONTROLLERS)
    for group in (GROUP, leaf):
        for name in MINE:
            os.chown(group / name, USER.pw_uid, USER.pw_gid)


def open_the_way() -> None:
    """Let others reach the interpreter, which may lie in root's home; only this machine sees it."""
    for folder in Path(sys.executable).resolve().parents:
        if not folder.stat().st_mode & 1:
            folder.chmod(folder.stat().st_mode | 1)


def become_user() -> None:
    """Enter the leaf, and be that user from now on."""
    (GROUP / "leaf" / "cgroup.procs").write_text(str(os.getpid()))
    os.setgroups([])
    os.setresgid(USER.pw_gid, USER.pw_gid, USER.pw_gid)
    os.setresuid(USER.pw_uid, USER.pw_uid, USER.pw_uid)


def tested(arguments: list[str], before: Callable[[], None]) -> int:
    """Run the tests in a process of their own; give its exit code."""
    pid = os.fork()
    if pid == 0:
        before()
        os._exit(pytest.main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> int:
    """Run them twice; 0 if all is well."""
    code = tested(sys.argv[1:], lambda: None)
    delegate()
    open_the_way()
    print(f"the same as {USER.pw_name}, in {GROUP}", flush=True)
    return code or tested(sys.argv[1:], become_user)


if __name__ == "__main__":
    sys.exit(main())
