from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ostler.errors import OstlerError
from ostler.tasks import build_allocation, build_task, remove

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NeedKernel


@pytest.fixture
def allocation(tmp_path: Path) -> Path:
    found = build_allocation(tmp_path, "1234")
    build_task(found, "web")
    return found


def test_an_allocation_is_removed_whole(allocation: Path) -> None:
    (allocation / "web/local/file").write_text("x")
    remove(allocation)
    assert list(allocation.parent.iterdir()) == []


def test_removing_twice_succeeds(allocation: Path) -> None:
    remove(allocation)
    remove(allocation)
    remove(allocation.parent / "never" / "was")


def test_links_are_removed_and_not_followed(allocation: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (allocation / "web/local/to-directory").symlink_to(outside)
    (allocation / "web/local/to-file").symlink_to(outside / "kept")
    remove(allocation)
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_a_link_in_place_of_the_allocation_is_removed_alone(allocation: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(allocation)
    remove(link)
    assert allocation.is_dir()
    assert not link.is_symlink()


def test_directories_deeper_than_any_path_are_removed(allocation: Path) -> None:
    deep = os.open(allocation / "web/local", os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d" * 200, dir_fd=deep)
        deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = deeper
    os.close(deep)
    remove(allocation)
    assert not allocation.exists()


def test_what_nobody_may_read_or_write_is_removed(tmp_path: Path, need_kernel: NeedKernel) -> None:
    if os.geteuid() == 0:
        need_kernel("root may read and write everything")
    deep = tmp_path / "top" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    deep.chmod(0o500)
    deep.parent.chmod(0)
    remove(tmp_path / "top")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.need("unshare", "mount")
def test_a_mount_is_never_crossed(allocation: Path, tmp_path: Path, need_kernel: NeedKernel) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    script = (
        "import sys; from pathlib import Path; from ostler.tasks import remove\n"
        "try: remove(Path(sys.argv[1]))\nexcept Exception as error: print(error)\n"
    )
    shell = f'mount --bind "{outside}" "{allocation}/web/local" || exit 99; exec "$@"'
    command = ["unshare", "-m", "sh", "-c", shell, "sh", sys.executable, "-c", script, str(allocation)]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), "PATH": os.environ["PATH"]}
    answer = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if answer.returncode:
        need_kernel(f"a mount of its own: {answer.stderr.strip()}")
    assert f"something is mounted on {allocation}/web/local; unmount it first" in answer.stdout
    assert (outside / "kept").exists()


def test_what_can_not_be_removed_is_named(allocation: Path, need_kernel: NeedKernel) -> None:
    if os.geteuid() == 0:
        need_kernel("root may remove anything")
    allocation.parent.chmod(0o500)
    try:
        with pytest.raises(OstlerError, match="can't remove"):
            remove(allocation)
    finally:
        allocation.parent.chmod(0o700)
