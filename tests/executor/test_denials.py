"""What a machine denies is told by its name, and refuses a start that asks for more than there is."""

from __future__ import annotations

import errno
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.executor.linux import reasons
from ostler.executor.linux.said import Said, gather
from tests.executor.denials import DENIALS, DENYING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = """
import sys
from ostler.errors import RefusedError
from ostler.executor import Command, Executor, Isolation
executor = Executor(sys.argv[1])
isolation = Isolation(namespaces=frozenset({"mount", "pid"}), minimum="root")
try:
    executor.start(Command(id="refused", argv=("/bin/true",), isolation=isolation))
except RefusedError as error:
    print(error)
"""
CLONE = """
import sys
from ostler.executor import Command, Executor, Isolation, Mount, Tier
executor = Executor(sys.argv[1])
namespaces = frozenset({"mount", "pid"}) if executor.host().tier.reaches(Tier.USERNS) else frozenset()
for number in range(2):
    folders = ("/bin", "/lib", "/lib64", "/usr")
    isolation = Isolation(namespaces=namespaces, root=tuple(Mount(each, each) for each in folders))
    command = Command(id=str(number), argv=("/bin/sh", "-c", "exit 7"), isolation=isolation)
    process = executor.start(command)
    print(executor.wait(process, 20).code)
    executor.forget(process)
executor.close()
"""
LANDLOCK = """
import sys
from ostler.executor import Executor
(row,) = (each for each in Executor(sys.argv[1]).examine() if each.name == "landlock")
print(row.there, row.found, row.remedy, sep="; ")
"""
SAID = Said(
    user=1000,
    capabilities=0,
    filtered=False,
    profile="",
    modules=("lockdown", "capability", "landlock", "apparmor"),
    settings={"user.max_user_namespaces": "15000"},
    machine="x86_64",
    release="6.1.0",
)


@pytest.mark.parametrize("name", DENIALS)
def test_a_start_below_the_least_isolation_is_refused_with_the_remedy(
    name: str, tmp_path: Path, need_kernel: Callable[[str], None]
) -> None:
    denial = DENIALS[name]
    if reason := denial.can_not():
        need_kernel(reason)
    command = [*denial.words(), sys.executable, "-c", START, str(tmp_path / "data")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("isolation 'root' is asked for and ")
    assert denial.reason in said
    assert denial.remedy in said
    assert not (tmp_path / "data").exists()


def test_landlock_that_a_filter_hides_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(DENYING), "landlock", sys.executable, "-c", LANDLOCK, str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("False; this kernel")
    assert "a filter hides it (ENOSYS); run Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK" in said


def test_what_the_system_says_of_itself_is_read() -> None:
    found = gather()
    assert found.machine
    assert "user.max_user_namespaces" in found.settings or sys.platform != "linux"


@pytest.mark.parametrize(
    ("settings", "number", "remedy"),
    [
        (
            {"kernel.unprivileged_userns_clone": "0"},
            errno.EPERM,
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        (
            {"kernel.apparmor_restrict_unprivileged_userns": "1"},
            errno.EACCES,
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give the Python",
        ),
        ({"user.max_user_namespaces": "7"}, errno.ENOSPC, "raise user.max_user_namespaces"),
        ({}, errno.EINVAL, "run as root, or run a kernel with CONFIG_USER_NS"),
        ({}, errno.EPERM, "run as root, or run outside the chroot"),
    ],
)
def test_each_setting_that_denies_user_namespaces_has_its_remedy(
    settings: dict[str, str], number: int, remedy: str
) -> None:
    found = reasons.no_user_namespace(SAID._replace(settings=settings), number)
    assert found.remedy.startswith(remedy)


def test_a_profile_that_denies_mounts_is_named() -> None:
    found = reasons.no_mounts(SAID._replace(profile="docker-default"), errno.EACCES, "tmpfs")
    assert "the AppArmor profile docker-default denies it (EACCES)" in found.reason
    assert "apparmor=unconfined" in found.remedy


def test_a_kernel_without_the_newer_calls_for_mounts_is_told_by_its_version() -> None:
    old = SAID._replace(release="5.4.0", user=0, capabilities=-1, filtered=False)
    for found in (reasons.no_root(old, errno.ENOSYS), reasons.no_mounts(old, errno.ENOSYS)):
        assert found.reason.startswith("this kernel (5.4.0) has no openat2, open_tree or mount_setattr")
        assert found.remedy == "run Linux 5.12 or newer"


def test_landlock_left_out_at_boot_names_the_kernels_command_line() -> None:
    found = reasons.no_landlock(SAID._replace(modules=("lockdown", "yama")), errno.EOPNOTSUPP)
    assert "(lockdown, yama)" in found.reason
    assert found.remedy == "add landlock to lsm= on the kernel's command line"


def test_root_is_not_told_to_become_root() -> None:
    assert not reasons.no_user_namespace(SAID._replace(user=0), errno.EPERM).remedy.startswith("run as root")


def test_where_a_container_denies_the_newer_clone_the_older_one_will_do(tmp_path: Path) -> None:
    denying = [sys.executable, "-I", str(DENYING), "clone3"]
    command = [*denying, sys.executable, "-c", CLONE, str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["7", "7"], done.stderr
