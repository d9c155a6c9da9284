"""What is in C compiles without a warning, for every architecture that it has system calls for."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STRICT: Final = "-Wall -Wextra -Werror"
MACHINES: Final = {"gcc": None, "aarch64-linux-gnu-gcc": 183}
MADE: Final = {"_launch.abi3.so", "ostler-init"}


def build(compiler: str, folder: Path) -> tuple[set[Path], str]:
    """Build as an install does, except that a warning is an error; give what was made, and what was said."""
    command: list[str | Path] = [sys.executable, "setup.py", "-q", "build_ext"]
    command += ["--build-lib", folder / "made", "--build-temp", folder / "temp"]
    environment = {**os.environ, "CC": compiler, "CFLAGS": STRICT}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return set(folder.glob("made/ostler/executor/linux/*")), done.stderr


def machine(program: Path) -> int:
    return int(struct.unpack_from("<H", program.read_bytes(), 18)[0])


@pytest.mark.parametrize("compiler", [pytest.param(name, marks=pytest.mark.need(name)) for name in MACHINES])
def test_the_launcher_and_the_init_compile_without_a_warning(compiler: str, tmp_path: Path) -> None:
    made, said = build(compiler, tmp_path)
    assert ({path.name for path in made}, said) == (MADE, "")
    expected = MACHINES[compiler]
    assert expected is None or {machine(path) for path in made} == {expected}


@pytest.mark.need("gcc")
def test_the_launcher_clones_without_libc_whose_errno_would_be_another_threads(tmp_path: Path) -> None:
    (launcher,) = (path for path in build("gcc", tmp_path)[0] if path.name == "_launch.abi3.so")
    assert not {b"clone", b"vfork", b"fork", b"execve"} & set(launcher.read_bytes().split(b"\0"))


@pytest.mark.need("gcc")
def test_the_init_is_small_and_asks_for_no_library(tmp_path: Path) -> None:
    (init,) = (path for path in build("gcc", tmp_path)[0] if path.name == "ostler-init")
    assert init.stat().st_size < 4096
    assert b"ld-linux" not in init.read_bytes()


def test_without_a_compiler_nothing_is_made_and_one_line_says_so(tmp_path: Path) -> None:
    made, said = build("no-such-compiler", tmp_path)
    assert made == set()
    assert said.startswith("ostler: tasks will be started by the slower launcher: ")
    assert said.count("\n") == 1
