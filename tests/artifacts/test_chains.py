"""What the links of a chain may be, and what may come out of them."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.site import Desk, Site


@pytest.mark.parametrize("confined", [True, False])
def test_a_file_of_this_machine_is_read_by_no_first_link(
    site: Site, desk: Desk, tmp_path: Path, *, confined: bool
) -> None:
    """Only of the last link is it asked where its file lies."""
    (tmp_path / "secret").write_text("secret")
    desk.allow(confined=confined)
    with pytest.raises(
        RefusedError, match="'file' reads nothing of the link after it; it can only be the last"
    ):
        desk.fetch(f"file://{tmp_path}/secret::{site.url}/hello.txt")
    assert site.asked == []
    assert desk.files() == {}


@pytest.mark.parametrize("scheme", ["git", "http", "s3"])
def test_what_connects_to_a_host_is_no_first_link(site: Site, desk: Desk, scheme: str) -> None:
    desk.allow(schemes=frozenset({"git", "http", "s3"}))
    with pytest.raises(RefusedError, match=f"'{scheme}' reads nothing of the link after it"):
        desk.fetch(f"{scheme}://example.com/x::{site.url}/hello.txt")
    assert site.asked == []


@pytest.mark.parametrize("scheme", ["asynclocal", "dask", "generic", "local", "reference"])
def test_what_opens_others_past_the_rules_is_refused_even_where_it_is_allowed(
    desk: Desk, scheme: str
) -> None:
    desk.allow(schemes=frozenset({scheme}))
    with pytest.raises(RefusedError, match=f"the scheme {scheme!r} is never fetched by"):
        desk.fetch(f"{scheme}:///etc/passwd")


def test_what_a_chain_takes_out_of_an_archive_is_held_to_the_ratio(site: Site, desk: Desk) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb", "w") as member:
        for _ in range(101):
            member.write(bytes(1024 * 1024))
    (site.directory / "a.zip").write_bytes(inner.getvalue())
    desk.allow(schemes=frozenset({"http", "zip"}), max_ratio=10)
    with pytest.raises(RefusedError, match="unpacks to more than the 104857600 bytes"):
        desk.fetch(f"zip://bomb::{site.url}/a.zip")
    desk.allow(max_ratio=0, max_unpacked_bytes=1000)
    with pytest.raises(RefusedError, match="unpacks to more than the 1000 bytes"):
        desk.fetch(f"zip://bomb::{site.url}/a.zip")
    assert desk.is_clean()
