from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts.cache import Cache
from ostler.artifacts.checksums import found_in
from ostler.artifacts.fetcher.failures import RefusalError
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site

SUM = hashlib.sha256(b"hello\n").hexdigest()
OTHER = "0" * 64


@pytest.mark.parametrize(
    "text",
    [
        f"{OTHER}  other.txt\n{SUM}  hello.txt\n",
        f"{SUM} *hello.txt\n",
        f"{SUM}  ./dist/hello.txt\r\n",
        f"SHA256 (hello.txt) = {SUM.upper()}\nSHA256 (other.txt) = {OTHER}\n",
        f"# of the release\n\n{SUM}  hello.txt\n",
        f"{SUM}\n",
    ],
)
def test_the_line_about_the_artifact_is_found(text: str) -> None:
    assert found_in(text, "hello.txt", "http://x/sums") == ("sha256", SUM)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{SUM}  other.txt\n", "no checksum of 'hello.txt' .it names 'other.txt'."),
        (f"{SUM}  a/hello.txt\n{OTHER}  b/hello.txt\n", "several checksums of 'hello.txt'"),
        ("<html>", "no file at all"),
        (f"MD5 (hello.txt) = {SUM}\n", "no checksum"),
    ],
)
def test_what_is_not_clear_is_refused(text: str, words: str) -> None:
    with pytest.raises(RefusalError, match=words):
        found_in(text, "hello.txt", "http://x/sums")


def test_the_checksum_is_fetched_first_and_the_artifact_checked_by_it(
    site: Site, desk: Desk, tmp_path: Path
) -> None:
    desk.cache = Cache(directory=tmp_path / "cache")
    (site.directory / "SHA256SUMS").write_text(f"{SUM}  hello.txt\n")
    for name in ("one", "two"):
        desk.fetch(
            f"{site.url}/hello.txt",
            f"web/local/{name}/",
            options={"checksum": f"file:{site.url}/SHA256SUMS"},
        )
    assert [path for _, path, _ in site.asked] == ["/SHA256SUMS", "/hello.txt", "/SHA256SUMS"]
    assert desk.files() == {"one/hello.txt": "hello\n", "two/hello.txt": "hello\n"}
    assert desk.is_clean()


def test_what_differs_from_the_file_of_checksums_is_refused(site: Site, desk: Desk) -> None:
    (site.directory / "SHA256SUMS").write_text(f"{OTHER}  hello.txt\n")
    with pytest.raises(RefusedError, match="checksum differs"):
        desk.fetch(f"{site.url}/hello.txt", options={"checksum": f"file:{site.url}/SHA256SUMS"})
    assert desk.files() == {}
    assert desk.is_clean()


def test_a_file_of_checksums_obeys_the_policy(desk: Desk) -> None:
    desk.allow(schemes=frozenset({"http"}))
    with pytest.raises(RefusedError, match="checksum file:file:///etc/passwd: the scheme 'file' is not"):
        desk.fetch("http://127.0.0.1:1/x", options={"checksum": "file:file:///etc/passwd"})


def test_headers_go_to_the_checksums_only_on_the_same_host(site: Site, desk: Desk) -> None:
    (site.directory / "SHA256SUMS").write_text(f"{SUM}  hello.txt\n")
    for host in (site.url, site.url.replace("127.0.0.1", "localhost")):
        desk.fetch(
            f"{site.url}/hello.txt",
            options={"checksum": f"file:{host}/SHA256SUMS"},
            headers={"X-Token": "secret"},
        )
    sent = [headers.get("X-Token") for _, path, headers in site.asked if path == "/SHA256SUMS"]
    assert sent == ["secret", None]
