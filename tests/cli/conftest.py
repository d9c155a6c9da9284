from __future__ import annotations

import os
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

from tests.cli.shell import NOBODY, Shell
from tests.conftest import KEEPER, end_supervisors

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGES: Final = (
    "attr",
    "attrs",
    "cattr",
    "cattrs",
    "click",
    "fsspec",
    "packaging",
    "pluggy",
    "psutil",
    "rich",
)


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
    """Give a folder that everybody can read, with a copy of the program and what it imports in ``site``."""
    folder = Path(tempfile.mkdtemp(prefix="ostler-everybody-"))
    installed = Path(sysconfig.get_path("purelib"))
    ours = (REPOSITORY / "core" / "ostler", REPOSITORY / "builtin_drivers" / "ostler_drivers")
    for path in (*ours, *(installed / name for name in PACKAGES), *installed.glob("ostler-*.dist-info")):
        shutil.copytree(path, folder / "site" / path.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(installed / "typing_extensions.py", folder / "site")
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nobodys(everybodys: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Give a data directory that belongs to nobody."""
    folder = everybodys / "own"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    yield folder
    end_supervisors(request.config.stash[KEEPER], folder)
    shutil.rmtree(folder)
