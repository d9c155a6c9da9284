from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.cli.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGES: Final = ("attr", "attrs", "cattr", "cattrs", "click", "fsspec", "pluggy", "psutil", "rich")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


@pytest.fixture
def ostler(tmp_path: Path, data_dir: Path) -> Shell:
    """Give the command, on a data directory of its own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return Shell(folder, data_dir)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a directory; its URL and its path."""
    directory = tmp_path / "site"
    directory.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="site")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", directory
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def everybodys() -> Iterator[Path]:
    """Give a folder that everybody can read, with a copy of the program and of what it imports in ``site``."""
    folder = Path(tempfile.mkdtemp(prefix="ostler-everybody-"))
    installed = Path(sysconfig.get_path("purelib"))
    for path in (
        *(REPOSITORY / "core").glob("ostler"),
        *(REPOSITORY / "builtin_drivers").glob("ostler_drivers"),
    ):
        shutil.copytree(path, folder / "site" / path.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*PACKAGES, *(path.name for path in installed.glob("ostler-*.dist-info"))):
        shutil.copytree(
            installed / name, folder / "site" / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    yield folder
    shutil.rmtree(folder)
