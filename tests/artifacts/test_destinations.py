from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts import destination
from ostler.drivers.values import Directories
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from tests.artifacts.site import Desk, Site

PLACE = Directories(
    allocation="/d/a",
    shared="/d/a/alloc",
    task="/d/a/web",
    local="/d/a/web/local",
    secrets="/d/a/web/secrets",
)
ESCAPES = "artifact destination path escapes the allocation directory"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", "/d/a/web/local/"),
        ("local/", "/d/a/web/local/"),
        ("local/sub", "/d/a/web/local/sub"),
        ("./local/../bin", "/d/a/web/bin"),
        ("../alloc/data", "/d/a/alloc/data"),
        ("alloc/data/", "/d/a/alloc/data/"),
        ("/local/x", "/d/a/web/local/x"),
        ("/d/a/alloc/data", "/d/a/alloc/data"),
        ("/d/a/web/local/x", "/d/a/web/local/x"),
        ("/etc", "/d/a/web/etc"),
    ],
)
def test_a_destination_is_found_below_the_task(written: str, found: str) -> None:
    assert destination(PLACE, written) == found


@pytest.mark.parametrize("written", ["..", "../../x", "../other/local", "local/../../../x", "../web2/x"])
def test_a_destination_outside_is_refused(written: str) -> None:
    with pytest.raises(RefusedError, match=ESCAPES):
        destination(PLACE, written)


@pytest.mark.parametrize("name", ["hello.txt", "a.tar"])
def test_a_link_that_a_task_planted_redirects_nothing(site: Site, desk: Desk, name: str) -> None:
    with tarfile.open(site.directory / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("x"), io.BytesIO())
    outside = desk.allocation.parent / "outside"
    outside.mkdir()
    (desk.local / "sub").symlink_to(outside)
    with pytest.raises(RefusedError, match=f"{ESCAPES}: 'web/local/sub' is a symbolic link"):
        desk.fetch(f"file://{site.directory}/{name}", "web/local/sub/deeper")
    assert list(outside.iterdir()) == []
    assert desk.is_clean()


def test_a_link_where_the_file_goes_is_replaced_not_followed(site: Site, desk: Desk) -> None:
    outside = desk.allocation.parent / "outside"
    outside.write_text("untouched")
    (desk.local / "hello.txt").symlink_to(outside)
    desk.fetch(f"file://{site.directory}/hello.txt")
    assert desk.files() == {"hello.txt": "hello\n"}
    assert outside.read_text() == "untouched"


def test_a_link_where_an_archive_has_a_directory_is_refused(site: Site, desk: Desk) -> None:
    outside = desk.allocation.parent / "outside"
    outside.mkdir()
    with tarfile.open(site.directory / "a.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("first"), io.BytesIO())
        archive.addfile(tarfile.TarInfo("sub/x"), io.BytesIO())
    (desk.local / "sub").symlink_to(outside)
    with pytest.raises(RefusedError, match="only one of the two is a directory"):
        desk.fetch(f"file://{site.directory}/a.tar")
    assert desk.files() == {"sub": f"-> {outside}"}
    assert list(outside.iterdir()) == []


def test_a_directory_where_a_file_is_meant_is_refused(site: Site, desk: Desk) -> None:
    (desk.local / "hello.txt").mkdir()
    with pytest.raises(RefusedError, match="is a directory; give destination a file's name"):
        desk.fetch(f"file://{site.directory}/hello.txt")
    assert desk.is_clean()


def test_a_file_where_a_directory_is_meant_is_refused(site: Site, desk: Desk) -> None:
    (desk.local / "sub").write_text("a file")
    with pytest.raises(RefusedError, match="'web/local/sub' is not a directory"):
        desk.fetch(f"file://{site.directory}/hello.txt", "web/local/sub/deeper")


def test_a_directory_as_the_source_is_refused(site: Site, desk: Desk) -> None:
    (site.directory / "folder").mkdir()
    with pytest.raises(RefusedError, match="is a directory; name a file or an archive"):
        desk.fetch(f"file://{site.directory}/folder")


def test_a_pipe_as_the_source_is_refused(site: Site, desk: Desk) -> None:
    import os

    os.mkfifo(site.directory / "pipe")
    with pytest.raises(RefusedError, match="is no regular file"):
        desk.fetch(f"file://{site.directory}/pipe")
