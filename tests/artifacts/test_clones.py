"""Placing by clones where a file system can, and between two file systems, where nothing can be linked."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts.cache import Cache, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

HELLO = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
NOBODY = 65534


@pytest.fixture
def cloning(tmp_path: Path, need_kernel: object) -> Iterator[Path]:
    """Mount a file system whose files can share their bytes."""
    assert callable(need_kernel)
    if os.geteuid() != 0:
        need_kernel("mount as an ordinary user")
    image, place = tmp_path / "image", tmp_path / "cloning"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(128 * 2**20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    mounted = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, check=False)
    if mounted.returncode:
        need_kernel(f"mounting btrfs: {mounted.stderr.decode()}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.need("mkfs.btrfs")
def test_a_clone_is_the_tasks_own_whoever_it_runs_as(site: Site, desk: Desk, cloning: Path) -> None:
    desk.allocation, desk.cache = cloning / "allocation", Cache(directory=cloning / "cache")
    desk.local.mkdir(parents=True)
    fields = {"checksum": HELLO, "owner": (NOBODY, NOBODY), "executable": True, "mode": "file"}
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/hello.txt", f"web/local/{name}", **fields)
    (desk.local / "one").write_text("evil")
    assert desk.files() == {"one": "evil", "two": "hello\n"}
    found = (desk.local / "two").stat()
    assert (found.st_uid, found.st_mode & 0o777, found.st_nlink) == (NOBODY, 0o755, 1)
    assert [each.differing for each in verify(desk.cache.store)] == [()]
    assert len(site.asked) == 1


@pytest.mark.need("mkfs.btrfs")
def test_a_tree_is_kept_where_it_can_be_cloned(site: Site, desk: Desk, cloning: Path) -> None:
    desk.allocation, desk.cache = cloning / "allocation", Cache(directory=cloning / "cache")
    desk.local.mkdir(parents=True)
    with tarfile.open(site.directory / "a.tar", "w") as archive:
        member = tarfile.TarInfo("bin/tool")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"tool"))
    checksum = f"sha256:{hashlib.sha256((site.directory / 'a.tar').read_bytes()).hexdigest()}"
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/a.tar", f"web/local/{name}", checksum=checksum)
    (desk.local / "one/bin/tool").write_text("evil")
    assert desk.files() == {"one/bin/tool": "evil", "two/bin/tool": "tool"}
    assert len(list(desk.cache.directory.glob("entries/*-tree"))) == 1
    assert [each.differing for each in verify(desk.cache.store)] == [(), ()]


@pytest.mark.need("mkfs.btrfs")
@pytest.mark.parametrize("users", [None, frozenset({NOBODY})])
def test_what_lies_on_another_file_system_is_copied(
    site: Site, desk: Desk, cloning: Path, users: frozenset[int] | None
) -> None:
    desk.cache = Cache(directory=cloning / "cache")
    for name in ("one", "two"):
        desk.fetch(f"{site.url}/hello.txt", f"web/local/{name}/", checksum=HELLO, users=users)
    desk.fetch(f"{site.url}/hello.txt", "web/local/three/")
    assert set(desk.files().values()) == {"hello\n"}
    assert len(site.asked) == 2
    assert desk.is_clean()
