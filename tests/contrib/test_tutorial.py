"""The tutorial, done as it is written: in one shell, in an empty folder, with a package index on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import venv
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from tests.docs.pages import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.docs.pages import Block

pytestmark = pytest.mark.timeout(420)  # it fills two environments, and runs the kit twice

PAGE: Final = ROOT / "docs" / "tutorial.md"
LONGEST_DRIVER: Final = 60
MARK: Final = "end of block"
PATIENCE_SECONDS: Final = 20.0


class Terminal:
    """One shell that a reader types the page's commands into."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.log = folder / "stderr.txt"
        with self.log.open("wb") as errors:
            self._shell = subprocess.Popen(
                ["sh"],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def type(self, block: Block) -> str:
        """Run one block, of which each command has to succeed if the block has to; give what it printed."""
        assert self._shell.stdin is not None
        strict = "+e" if block.status else "-e"
        self._shell.stdin.write(f"set {strict}\n{block.text}status=$?\nset +e\necho\necho {MARK} $status\n")
        self._shell.stdin.flush()
        printed = "".join(self._until_mark())
        status = int(printed.split()[-1])
        assert status == block.status, f"line {block.line}:\n{printed}\n{self.log.read_text()[-4000:]}"
        return printed[: printed.rindex(f"\n{MARK}")]

    def _until_mark(self) -> Iterator[str]:
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            yield line
            if line.startswith(MARK):
                return
        pytest.fail(f"the shell ended:\n{self.log.read_text()[-4000:]}")

    def close(self) -> None:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        self._shell.stdout.close()
        self._shell.wait(PATIENCE_SECONDS)


@contextmanager
def package_index(folder: Path) -> Iterator[str]:
    """Serve an index that takes uploads, on loopback."""
    programs = folder / "index" / "venv" / "bin"
    venv.create(programs.parent, with_pip=True)
    pip = [str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "pypiserver"], check=True, capture_output=True)
    packages = folder / "index" / "packages"
    packages.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["run", "--host", "127.0.0.1", "--port", str(port), "-P", ".", "-a", ".", "--disable-fallback"]
    serving = subprocess.Popen(
        [str(programs / "pypi-server"), *options, str(packages)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.terminate()
        serving.wait(PATIENCE_SECONDS)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the package index does not answer")


def environment(folder: Path, wheel: Path, data_dir: Path, index: str) -> dict[str, str]:
    """Give what a reader's shell has, and where Ostler and the index are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "OSTLER", "PYTEST"))
    }
    programs = folder / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    return {
        **kept,
        "PATH": f"{programs}:{kept['PATH']}",
        "HOME": str(folder),
        "INDEX": index,
        "OSTLER_DATA_DIR": str(data_dir),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "OSTLER": str(wheel),
        "TWINE_USERNAME": "reader",
        "TWINE_PASSWORD": "secret",
        "TWINE_NON_INTERACTIVE": "1",
    }


def test_a_reader_of_the_tutorial_publishes_a_driver(
    tmp_path: Path, ostler_wheel: Path, data_dir: Path
) -> None:
    folder = data_dir / "reader"  # below it, so that every supervisor ends with the test
    folder.mkdir()
    with package_index(tmp_path) as index:
        terminal = Terminal(folder, environment(folder, ostler_wheel, data_dir, index))
        try:
            follow(folder, terminal)
        finally:
            terminal.close()


def follow(folder: Path, terminal: Terminal) -> None:
    printed = ""
    for block in blocks(PAGE):
        if block.file:
            (folder / block.file).write_text(block.text, "utf-8")
        elif block.remark == "prints":
            assert printed == block.text
        elif block.language == "sh":
            printed = terminal.type(block)


def test_the_tutorial_s_driver_is_short() -> None:
    (driver,) = [
        block.text for block in blocks(PAGE) if block.file.endswith("ostler_driver_python/__init__.py")
    ]
    lines = [
        line for line in driver.splitlines() if line.strip() and not line.startswith(("from ", "import "))
    ]
    assert len(lines) <= LONGEST_DRIVER
