"""The server and the allocation that the tests of artifacts work with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.artifacts.site import Desk, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve a directory that holds hello.txt."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "hello.txt").write_text("hello\n")
    server = Site(directory)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="site")
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Give an allocation that allows files from this test's own ``site`` directory."""
    desk = Desk(tmp_path / "allocation", tmp_path / "scratch")
    desk.local.mkdir(parents=True)
    desk.scratch.mkdir()
    desk.allow(schemes=frozenset({"http", "https", "file"}), file_paths=(str(tmp_path / "site"),))
    return desk
