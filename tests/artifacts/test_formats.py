from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
from typing import TYPE_CHECKING

import pytest
import zstandard

from ostler.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.artifacts.site import Desk, Site

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("bin/tool")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"tool"))
    return file.getvalue()


def test_progress_tells_unpacking_from_fetching(site: Site, desk: Desk) -> None:
    (site.directory / "tool.tar").write_bytes(tar())
    desk.fetch(f"{site.url}/tool.tar")
    steps = [event["step"] for event in desk.events]
    assert list(dict.fromkeys(steps)) == ["fetching", "unpacking"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_is_unpacked_by_its_name(site: Site, desk: Desk, suffix: str) -> None:
    (site.directory / f"words.{suffix}").write_bytes(PACKERS[suffix](b"words"))
    desk.fetch(f"{site.url}/words.{suffix}")
    assert desk.files() == {"words": "words"}


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_tar_is_unpacked_by_its_name(site: Site, desk: Desk, suffix: str) -> None:
    (site.directory / f"a.tar.{suffix}").write_bytes(PACKERS[suffix](tar()))
    desk.fetch(f"{site.url}/a.tar.{suffix}")
    assert desk.files() == {"bin/tool": "tool"}


@pytest.mark.parametrize("suffix", PACKERS)
def test_what_two_packers_wrote_one_after_the_other_is_one_file(site: Site, desk: Desk, suffix: str) -> None:
    pack = PACKERS[suffix]
    (site.directory / f"words.{suffix}").write_bytes(pack(b"some ") + pack(b"words"))
    desk.fetch(f"{site.url}/words.{suffix}")
    assert desk.files() == {"words": "some words"}


@pytest.mark.parametrize("where", ["options", "source"])
def test_the_format_can_be_named(site: Site, desk: Desk, where: str) -> None:
    (site.directory / "release").write_bytes(PACKERS["zst"](tar()))
    if where == "options":
        desk.fetch(f"{site.url}/release", options={"archive": "tar.zst"})
    else:
        desk.fetch(f"{site.url}/release?archive=tzst")
    assert desk.files() == {"bin/tool": "tool"}


def test_a_format_that_is_not_that_of_the_file_is_refused(site: Site, desk: Desk) -> None:
    (site.directory / "release").write_bytes(PACKERS["gz"](tar()))
    with pytest.raises(RefusedError, match="can't be read as zip"):
        desk.fetch(f"{site.url}/release", options={"archive": "zip"})
    assert desk.files() == {}
    assert desk.is_clean()
