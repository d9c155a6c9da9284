from __future__ import annotations

import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.artifacts.site import Desk, Site


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", text: bytes = b"") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.size = kind, target, len(text)
    return found


def extended(name: str, *, kind: bytes = tarfile.REGTYPE, **headers: str) -> tarfile.TarInfo:
    """Make a member whose extended header says something else than the plain one."""
    found = member(name, kind)
    found.pax_headers = headers
    return found


def make_tar(path: Path, members: Sequence[tarfile.TarInfo]) -> None:
    with tarfile.open(path, "w") as archive:
        for each in members:
            archive.addfile(each, io.BytesIO(b"x" * each.size))


def make_zip(path: Path, name: str, mode: int, text: bytes = b"x") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, mode << 16
        archive.writestr(entry, text)


def refused(site: Site, desk: Desk, name: str, words: str) -> None:
    """Fetch an archive and see that it is refused with these words and leaves nothing at all."""
    outside = {path for path in desk.allocation.parent.rglob("*") if not path.is_relative_to(site.directory)}
    with pytest.raises(RefusedError, match=words):
        desk.fetch(f"file://{site.directory}/{name}")
    left = {path for path in desk.allocation.parent.rglob("*") if not path.is_relative_to(site.directory)}
    assert left == outside


HOSTILE = {
    "a name that climbs": ([member("../evil", text=b"x")], "leaves the destination"),
    "a name that climbs later": ([member("a/../../evil", text=b"x")], "leaves the destination"),
    "an absolute name": ([member("/tmp/evil", text=b"x")], "leaves the destination"),
    "an absolute link": ([member("l", tarfile.SYMTYPE, "/etc")], "leaves the destination"),
    "a link that climbs": ([member("a/l", tarfile.SYMTYPE, "../../x")], "leaves the destination"),
    "a link that climbs in the middle": (
        [member("d/s", tarfile.SYMTYPE, "../d"), member("e", tarfile.SYMTYPE, "d/s/../..")],
        "leaves the destination",
    ),
    "a file through a link": (
        [member("d/x", text=b"x"), member("l", tarfile.SYMTYPE, "d"), member("l/x", text=b"x")],
        "writes through 'l'",
    ),
    "a hard link to a climbing name": ([member("h", tarfile.LNKTYPE, "../evil")], "leaves the destination"),
    "a hard link to nothing": ([member("h", tarfile.LNKTYPE, "later")], "no file unpacked before it"),
    "a hard link to a link": (
        [member("l", tarfile.SYMTYPE, "x"), member("h", tarfile.LNKTYPE, "l")],
        "no file unpacked before it",
    ),
    "a device": ([member("null", tarfile.CHRTYPE)], "device or a pipe"),
    "a pipe": ([member("pipe", tarfile.FIFOTYPE)], "device or a pipe"),
    "a file over a directory": ([member("d/x", text=b"x"), member("d", text=b"x")], "twice"),
    "a name without end": ([member("/".join(["d" * 200] * 12), text=b"x")], "longer than 2048 bytes"),
    "a step without end": ([member("d" * 300, text=b"x")], "File name too long"),
    "a target without end": ([member("l", tarfile.SYMTYPE, "d" * 5000)], "File name too long"),
    "a name that climbs, in an extended header": (
        [extended("evil", path="../evil")],
        "leaves the destination",
    ),
    "a target that climbs, in an extended header": (
        [extended("l", kind=tarfile.SYMTYPE, linkpath="../../evil")],
        "leaves the destination",
    ),
    "a hard link to itself": ([member("h", tarfile.LNKTYPE, "h")], "no file unpacked before it"),
    "a link, and a hard link through it": (
        [
            member("d/x", text=b"x"),
            member("l", tarfile.SYMTYPE, "d"),
            member("h", tarfile.LNKTYPE, "l/x"),
        ],
        "writes through 'l'",
    ),
    "a directory through a link": (
        [member("l", tarfile.SYMTYPE, "d"), member("l/x", tarfile.DIRTYPE)],
        "writes through 'l'",
    ),
    "a directory over a link": (
        [member("d/x", text=b"x"), member("l", tarfile.SYMTYPE, "d"), member("l", tarfile.DIRTYPE)],
        "writes through 'l'",
    ),
    "a name with a null": ([extended("x", path="a\0b")], "leaves the destination"),
    "a block device": ([member("sda", tarfile.BLKTYPE)], "device or a pipe"),
    "an unknown kind": ([member("x", b"Z")], "device or a pipe"),
    "a depth without end": ([member("d/" * 70 + "x", text=b"x")], "directories deep"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_tar_is_refused_that_holds(site: Site, desk: Desk, name: str) -> None:
    members, words = HOSTILE[name]
    make_tar(site.directory / "a.tar", members)
    refused(site, desk, "a.tar", words)


@pytest.mark.parametrize(
    ("name", "mode", "words"),
    [
        ("../evil", stat.S_IFREG | 0o644, "leaves the destination"),
        ("/evil", stat.S_IFREG | 0o644, "leaves the destination"),
        ("link", stat.S_IFLNK | 0o777, "leaves the destination"),
        ("pipe", stat.S_IFIFO | 0o644, "device or a pipe"),
    ],
)
def test_a_zip_is_refused_that_leaves_the_destination(
    site: Site, desk: Desk, name: str, mode: int, words: str
) -> None:
    make_zip(site.directory / "a.zip", name, mode, b"/etc/passwd")
    refused(site, desk, "a.zip", words)


def test_a_link_within_the_archive_is_kept(site: Site, desk: Desk) -> None:
    links = [member("bin/tool", tarfile.SYMTYPE, "../lib/tool"), member("lib/tool", text=b"x")]
    make_tar(site.directory / "a.tar", [*links, member("lib/same", tarfile.LNKTYPE, "lib/tool")])
    desk.fetch(f"file://{site.directory}/a.tar")
    assert desk.files() == {"bin/tool": "-> ../lib/tool", "lib/tool": "x", "lib/same": "x"}


def test_too_many_files_are_refused(site: Site, desk: Desk) -> None:
    desk.allow(max_files=10)
    make_tar(site.directory / "a.tar", [member(f"{number}", text=b"x") for number in range(11)])
    refused(site, desk, "a.tar", "more than the 10 files")


def test_directories_count_as_files_too(site: Site, desk: Desk) -> None:
    desk.allow(max_files=10)
    make_tar(site.directory / "a.tar", [member("a/b/c/d/e/f/g/h/i/j/k", text=b"x")])
    refused(site, desk, "a.tar", "more than the 10 files")


def test_extended_headers_without_end_are_refused(site: Site, desk: Desk) -> None:
    header = extended("x", comment="x").tobuf(tarfile.PAX_FORMAT)[:1024]
    (site.directory / "a.tar").write_bytes(header * 3000 + bytes(10_240))
    refused(site, desk, "a.tar", "can't be read as tar")


def test_an_archive_that_asks_for_all_memory_is_refused(site: Site, desk: Desk) -> None:
    whole = bytearray(lzma.compress(b"x"))
    # the dictionary's size is in the header of the first block: 40 is 4 GiB less one
    at = whole.index(b"\x21\x01", 12) + 2
    whole[at] = 40
    start = 12
    length = (whole[start] + 1) * 4
    whole[start + length - 4 : start + length] = zlib.crc32(whole[start : start + length - 4]).to_bytes(
        4, "little"
    )
    (site.directory / "a.xz").write_bytes(whole)
    refused(site, desk, "a.xz", "can't be read as xz: MemoryError")


def test_what_is_odd_and_harmless_is_unpacked(site: Site, desk: Desk) -> None:
    long = "/".join(["d" * 100] * 4)
    names = ["./a//b", long, "späce and ünicode", "a\\b", "-rf"]
    make_tar(site.directory / "a.tar", [member(name, text=b"x") for name in names])
    desk.fetch(f"file://{site.directory}/a.tar")
    assert set(desk.files()) == {"a/b", long, "späce and ünicode", "a\\b", "-rf"}


def test_a_name_that_is_no_text_is_kept(site: Site, desk: Desk) -> None:
    import os

    header = member("x" * 3, text=b"x").tobuf(tarfile.GNU_FORMAT)
    odd = bytearray(header)
    odd[0:3] = b"\xff\xfe!"
    total = sum(odd[:148]) + sum(odd[156:512]) + 8 * 32
    odd[148:156] = f"{total:06o}\0 ".encode()
    (site.directory / "a.tar").write_bytes(bytes(odd) + b"x".ljust(512, b"\0") + bytes(1024))
    desk.fetch(f"file://{site.directory}/a.tar")
    assert [os.fsencode(path.name) for path in desk.local.iterdir()] == [b"\xff\xfe!"]


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.gz", "a.zst"])
def test_a_bomb_stops_at_the_size_allowed(site: Site, desk: Desk, name: str) -> None:
    desk.allow(max_unpacked_bytes=1_000_000)
    make_bomb(site.directory / name, 2_000_000)
    refused(site, desk, name, "unpacks to more than the 1000000 bytes")


def test_a_bomb_stops_at_the_ratio_allowed(site: Site, desk: Desk) -> None:
    desk.allow(max_ratio=2)
    make_bomb(site.directory / "a.gz", 110 * 1024 * 1024)
    refused(site, desk, "a.gz", "unpacks to more than the 104857600 bytes")


def make_bomb(path: Path, size: int) -> None:
    zeros = bytes(size)
    if path.suffix == ".zip":
        make_zip(path, "zeros", stat.S_IFREG | 0o644, zeros)
        return
    if path.suffix == ".zst":
        import zstandard

        path.write_bytes(zstandard.compress(zeros))
        return
    if path.name.endswith(".tar.gz"):
        zeros = member("zeros", text=zeros).tobuf() + zeros
    path.write_bytes(gzip.compress(zeros, 6))


def test_a_header_that_would_fill_the_memory_is_refused(site: Site, desk: Desk) -> None:
    header = member("././@LongLink", b"L")
    header.size = 2_000_000_000
    (site.directory / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(10_240))
    refused(site, desk, "a.tar", "header larger than any name")


def test_a_sparse_file_can_not_grow_without_end(site: Site, desk: Desk) -> None:
    desk.allow(max_unpacked_bytes=1_000_000)
    sparse = member("hole", text=b"")
    sparse.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0"}
    sparse.pax_headers |= {"GNU.sparse.size": str(10**15), "GNU.sparse.name": "hole"}
    make_tar(site.directory / "a.tar", [sparse])
    refused(site, desk, "a.tar", "unpacks to more than")


@pytest.mark.parametrize(
    "name",
    ["a.zip", "a.tar", "a.tar.gz", "a.gz", "a.bz2", "a.xz", "a.zst", "a.tar.bz2", "a.tar.xz", "a.tar.zst"],
)
def test_garbage_is_no_archive(site: Site, desk: Desk, name: str) -> None:
    (site.directory / name).write_bytes(bytes(range(1, 200)) * 10)
    refused(site, desk, name, "can't be read as")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.gz"])
def test_an_archive_that_was_cut_is_refused(site: Site, desk: Desk, name: str) -> None:
    make_bomb(site.directory / name, 200_000)
    whole = (site.directory / name).read_bytes()
    (site.directory / name).write_bytes(whole[: len(whole) // 2])
    refused(site, desk, name, "can't be read as")


def test_a_zip_with_a_password_is_refused(site: Site, desk: Desk) -> None:
    make_zip(site.directory / "a.zip", "x", stat.S_IFREG | 0o644)
    whole = bytearray((site.directory / "a.zip").read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        whole[whole.index(signature) + offset] |= 1
    (site.directory / "a.zip").write_bytes(bytes(whole))
    refused(site, desk, "a.zip", "encrypted")


def test_a_zip_that_lies_about_a_size_is_refused(site: Site, desk: Desk) -> None:
    make_zip(site.directory / "a.zip", "x", stat.S_IFREG | 0o644, zlib.compress(b"lie"))
    whole = bytearray((site.directory / "a.zip").read_bytes())
    whole[whole.index(b"PK\1\2") + 24] += 5
    (site.directory / "a.zip").write_bytes(bytes(whole))
    refused(site, desk, "a.zip", "can't be read as zip")
