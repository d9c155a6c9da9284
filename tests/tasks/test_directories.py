from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler.drivers.values import Directories, Filesystem
from ostler.errors import RefusedError
from ostler.tasks import build_allocation, build_task

if TYPE_CHECKING:
    from tests.conftest import NeedKernel

NOBODY = 65534


def modes(directory: Path) -> dict[str, str]:
    found = {str(path.relative_to(directory)): path for path in sorted(directory.rglob("*")) if path.is_dir()}
    return {name: oct(stat.S_IMODE(path.stat().st_mode)) for name, path in found.items()}


def test_an_allocation_has_the_directories_that_nomad_makes(tmp_path: Path) -> None:
    allocation = build_allocation(tmp_path / "alloc", "1234")
    build_task(allocation, "web", filesystem=Filesystem.CHROOT)
    assert modes(tmp_path) == {
        "alloc": "0o711",
        "alloc/1234": "0o700",
        "alloc/1234/alloc": "0o755",
        "alloc/1234/alloc/data": "0o777",
        "alloc/1234/alloc/logs": "0o755",
        "alloc/1234/alloc/tmp": "0o1777",
        "alloc/1234/web": "0o700",
        "alloc/1234/web/local": "0o777",
        "alloc/1234/web/secrets": "0o777",
        "alloc/1234/web/tmp": "0o1777",
    }


def test_a_task_without_a_private_root_can_walk_to_its_directories(tmp_path: Path) -> None:
    allocation = build_allocation(tmp_path, "1234")
    build_task(allocation, "web")
    found = modes(tmp_path)
    assert found["1234"] == "0o711"
    assert found["1234/web"] == "0o711"
    assert found["1234/web/secrets"] == "0o700"


def test_the_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        allocation = build_allocation(tmp_path, "1234")
    finally:
        os.umask(before)
    assert modes(allocation)["alloc/data"] == "0o777"


def test_building_twice_keeps_what_is_there(tmp_path: Path) -> None:
    first = build_task(build_allocation(tmp_path, "1234"), "web")
    Path(first.local, "kept").touch()
    assert build_task(build_allocation(tmp_path, "1234"), "web") == first
    assert Path(first.local, "kept").exists()


def test_a_second_task_does_not_close_what_a_plain_one_needs(tmp_path: Path) -> None:
    allocation = build_allocation(tmp_path, "1234")
    build_task(allocation, "plain")
    build_task(build_allocation(tmp_path, "1234"), "closed", filesystem=Filesystem.CHROOT)
    assert modes(tmp_path)["1234"] == "0o711"


def as_user(directories: Directories, script: str, user: int) -> bool:
    command = ["/bin/sh", "-c", script]
    environment = {name: getattr(directories, name) for name in ("shared", "task", "local", "secrets")}
    return (
        subprocess.run(command, check=False, user=user, group=user, env=environment, stderr=-3).returncode
        == 0
    )


@pytest.fixture
def open_path(tmp_path: Path, need_kernel: NeedKernel) -> Path:
    if os.geteuid() != 0:
        need_kernel("only root can try as another user")
    for each in (tmp_path, *tmp_path.parents):
        if each.stat().st_uid == 0 and each.name.startswith(("pytest", "test")):
            each.chmod(0o711)
    return tmp_path


@pytest.mark.parametrize(
    "script",
    [
        "echo x > $local/x",
        "echo x > $shared/data/x",
        "echo x > $shared/tmp/x",
        "echo x > $task/x",
        "echo x > $secrets/x && cat $secrets/x",
    ],
)
def test_the_user_of_a_plain_task_can(open_path: Path, script: str) -> None:
    owner = (NOBODY, NOBODY)
    directories = build_task(build_allocation(open_path, "1234"), "web", owner=owner)
    assert as_user(directories, script, NOBODY)


@pytest.mark.parametrize("script", ["ls $task/..", "ls $secrets", "echo x > $task/x", "cat $secrets/x"])
def test_another_user_can_not(open_path: Path, script: str) -> None:
    owner = (NOBODY, NOBODY)
    directories = build_task(build_allocation(open_path, "1234"), "web", owner=owner)
    Path(directories.secrets, "x").touch()
    assert not as_user(directories, script, 12345)


@pytest.mark.parametrize("script", ["ls $local", "cat $secrets/x", "ls $shared/data", "cd $task"])
def test_nobody_of_the_host_gets_into_a_task_with_a_private_root(open_path: Path, script: str) -> None:
    directories = build_task(build_allocation(open_path, "1234"), "web", filesystem=Filesystem.CHROOT)
    Path(directories.secrets, "x").touch()
    assert not as_user(directories, script, NOBODY)


@pytest.mark.parametrize("name", ["", ".", "..", "alloc", "a/b", "../x", "a\0b"])
def test_a_name_that_is_no_directory_of_its_own_is_refused(tmp_path: Path, name: str) -> None:
    allocation = build_allocation(tmp_path, "1234")
    with pytest.raises(RefusedError, match="choose another name"):
        build_task(allocation, name)


def test_a_link_in_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    directories = build_task(build_allocation(tmp_path, "1234"), "web")
    Path(directories.local).rmdir()
    Path(directories.local).symlink_to(outside)
    with pytest.raises(RefusedError, match="can't make the directory"):
        build_task(build_allocation(tmp_path, "1234"), "web")
    assert stat.S_IMODE(outside.stat().st_mode) == 0o700


def test_a_data_directory_that_can_not_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        RefusedError, match=r"can't make the directory .*/file: .*; choose another with --data-dir"
    ):
        build_allocation(tmp_path / "file", "1234")
