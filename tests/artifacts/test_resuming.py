"""A download that was cut goes on where it was, or from the beginning, and never ends in a wrong file."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from ostler.artifacts.cache import Cache, contents
from ostler.errors import RecoverableError, RefusedError
from tests.artifacts.lines import Lines, Manner, digest, serving

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ostler.artifacts import Fetched
    from tests.artifacts.site import Desk

CONTENT = random.Random(6).randbytes(300_000)
OTHER = random.Random(7).randbytes(300_000)
MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"


def fetched(desk: Desk, lines: Lines, content: bytes = CONTENT) -> Fetched:
    """Fetch, and see that what lies there is right."""
    came = desk.fetch(lines.url, options={"checksum": digest(content)})
    assert hashlib.sha256((desk.local / "file").read_bytes()).digest() == hashlib.sha256(content).digest()
    assert desk.is_clean()
    return came


@pytest.mark.parametrize(
    ("manners", "ranges", "kept"),
    [
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT)], [None, "bytes=100000-"], 100_000, id="cut"
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT, sent=200_000), Manner(CONTENT)],
            [None, "bytes=100000-", "bytes=200000-"],
            200_000,
            id="cut twice",
        ),
        pytest.param(
            [
                Manner(CONTENT, sent=100_000, etag="", modified=MODIFIED),
                Manner(CONTENT, etag="", modified=MODIFIED),
            ],
            [None, "bytes=100000-"],
            100_000,
            id="known by its date and size",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT, whole=True)],
            [None, "bytes=100000-"],
            0,
            id="the server ignores ranges",
        ),
        pytest.param(
            [Manner(OTHER, sent=100_000, etag='"old"'), Manner(CONTENT, etag='"new"')],
            [None, "bytes=100000-"],
            0,
            id="the file is another meanwhile",
        ),
        pytest.param(
            [Manner(OTHER, sent=100_000, etag='W/"weak"'), Manner(CONTENT, etag='W/"weak"')],
            [None, None],
            0,
            id="a weak validator is none",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000, etag=""), Manner(CONTENT, etag="")],
            [None, None],
            0,
            id="no validator",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT, status=416), Manner(CONTENT)],
            [None, "bytes=100000-", None],
            0,
            id="the server does not know the range",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT, first=0), Manner(CONTENT)],
            [None, "bytes=100000-", None],
            0,
            id="the server gives another range",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000), Manner(CONTENT, status=503), Manner(CONTENT)],
            [None, "bytes=100000-", "bytes=100000-"],
            100_000,
            id="the server is busy for a while",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000, chunked=True), Manner(CONTENT, chunked=True)],
            [None, "bytes=100000-"],
            100_000,
            id="chunks are cut",
        ),
        pytest.param(
            [Manner(CONTENT, sent=100_000, length=400_000, etag=""), Manner(CONTENT)],
            [None, None],
            0,
            id="the server says too much once",
        ),
        pytest.param(
            [Manner(CONTENT[:1000], extra=CONTENT[1000:], length=1000), Manner(CONTENT)],
            [None, None],
            0,
            id="the server says too little once",
        ),
        pytest.param([Manner(CONTENT, encoded=True)], [None], 0, id="the server compresses all the same"),
    ],
)
def test_the_file_is_right_in_the_end(
    desk: Desk, manners: Sequence[Manner], ranges: Sequence[str | None], kept: int
) -> None:
    with serving(*manners) as lines:
        came = fetched(desk, lines)
    assert lines.asked == ranges
    assert came.kept_bytes == desk.events[-1]["kept"] == kept


def test_a_range_is_asked_for_only_of_the_same_bytes(desk: Desk) -> None:
    with serving(Manner(CONTENT, sent=100_000, etag='"tag"'), Manner(CONTENT, etag='"tag"')) as lines:
        fetched(desk, lines)
    assert lines.conditions == [None, '"tag"']


def test_what_came_from_elsewhere_is_not_gone_on_from(desk: Desk, tmp_path: Path) -> None:
    """Else whoever knows a checksum and a tag could spoil the download of another."""
    desk.cache = Cache(directory=tmp_path / "cache")
    with serving(Manner(OTHER, sent=100_000)) as lines, pytest.raises(RecoverableError, match="was cut"):
        desk.fetch(lines.url, options={"checksum": digest(CONTENT)})
    with serving(Manner(CONTENT)) as lines:
        fetched(desk, lines)
    assert lines.asked == [None]


def test_a_stall_is_a_cut(desk: Desk) -> None:
    desk.allow(stall_seconds=0.3)
    with serving(Manner(CONTENT, sent=100_000, stalls=True), Manner(CONTENT)) as lines:
        fetched(desk, lines)
    assert lines.asked == [None, "bytes=100000-"]


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (Manner(CONTENT, sent=1000), "cut after 1000 bytes"),
        (Manner(CONTENT, length=400_000), "cut after 300000 bytes"),
        (Manner(CONTENT[:1000], extra=CONTENT, length=1000), "sent more bytes than it said"),
        (Manner(CONTENT, status=503), "answered 503"),
    ],
)
def test_three_tries_without_a_new_byte_are_the_end(desk: Desk, manner: Manner, words: str) -> None:
    with serving(manner) as lines, pytest.raises(RecoverableError, match=words):
        desk.fetch(lines.url)
    came = 0 if manner.status or manner.extra else 1  # what is too much is nothing
    assert len(lines.asked) == came + 3
    assert desk.files() == {}
    assert desk.is_clean()


def test_progress_sets_the_tries_back(desk: Desk) -> None:
    with serving(*(Manner(CONTENT, sent=count * 50_000) for count in range(1, 6)), Manner(CONTENT)) as lines:
        fetched(desk, lines)
    assert len(lines.asked) == 6


def test_a_server_that_gives_wrong_bytes_is_found_out(desk: Desk) -> None:
    with serving(Manner(OTHER)) as lines, pytest.raises(RefusedError, match="checksum differs"):
        desk.fetch(lines.url, options={"checksum": digest(CONTENT)})
    assert desk.files() == {}
    assert desk.is_clean()


def test_what_is_compressed_itself_is_not_unpacked_for_the_servers_word(desk: Desk, tmp_path: Path) -> None:
    """Many servers call a .gz file an encoding of what is in it."""
    import gzip

    packed = gzip.compress(b"text", mtime=0)
    with serving(Manner(b"text", encoded=True)) as lines:
        desk.fetch(
            lines.url.replace("/file", "/file.gz"), options={"checksum": digest(packed), "archive": "false"}
        )
    assert (desk.local / "file.gz").read_bytes() == packed


def test_a_fetcher_that_is_killed_leaves_a_part_that_the_next_goes_on_from(
    desk: Desk, tmp_path: Path
) -> None:
    desk.cache = Cache(directory=tmp_path / "cache")
    content = random.Random(8).randbytes(4 << 20)
    deadline = time.monotonic() + 10

    def kill_once_it_waits() -> None:
        parts: list[Path] = []
        while time.monotonic() < deadline and not any(part.stat().st_size >= 1 << 20 for part in parts):
            time.sleep(0.05)
            parts = list((tmp_path / "cache").rglob("*.part"))
        for child in psutil.Process().children():
            child.kill()

    with serving(Manner(content, sent=3 << 20, stalls=True), Manner(content)) as lines:
        killing = threading.Thread(target=kill_once_it_waits)
        killing.start()
        with pytest.raises(RecoverableError, match="was killed by signal 9"):
            desk.fetch(lines.url)
        killing.join()
        assert desk.files() == {}
        came = desk.fetch(lines.url)
    assert (desk.local / "file").read_bytes() == content
    start = int((lines.asked[1] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
    assert start >= 1 << 20
    assert (came.kept_bytes, came.size_bytes, came.cached) == (start, len(content), False)


def test_what_is_kept_compressed_is_not_given_to_who_wants_it_plain(desk: Desk, tmp_path: Path) -> None:
    desk.cache = Cache(directory=tmp_path / "cache")
    with serving(Manner(b"text", encoded=True)) as lines:
        desk.fetch(lines.url, options={"archive": "gz", "filename": "unpacked"})
        desk.fetch(lines.url, options={"filename": "plain"})
    assert desk.files() == {"unpacked": "text", "plain": "text"}
    assert len(contents(desk.cache.store)) >= 2
