"""`python -m ostler.testing.checking NAME`: check a driver, and tell each outcome on a descriptor."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final

import pytest

from ostler.errors import MistakeError
from ostler.testing.checking.choice import choose, try_to_open
from ostler.testing.checking.recorder import Recorder, tell
from ostler.testing.supervision import end_supervisor

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTRACT: Final = Path(__file__).with_name("contract.py")
TEST_SECONDS: Final = 120


def main(words: Sequence[str]) -> int:
    """Run the tests and return pytest's status, or 2 after telling a mistake."""
    asked = _arguments(words)
    os.set_inheritable(asked.report, False)  # noqa: FBT003 - os names no parameter
    for lock in asked.folder.rglob("supervisor.lock"):  # of an earlier process, which the driver ended
        end_supervisor(lock.parent)
    with (
        TemporaryDirectory(dir=asked.folder) as own,
        os.fdopen(asked.report, "w", encoding="utf-8") as stream,
    ):
        return _check(asked, Path(own), stream)


def _check(asked: argparse.Namespace, folder: Path, stream: IO[str]) -> int:
    try:
        chosen = choose(asked.name, asked.config, asked.acts)
        closed = try_to_open(chosen, folder / "trial")
    except MistakeError as error:
        tell(stream, mistake=[list(problem) for problem in error.problems])
        return 2
    if closed:
        tell(stream, closed=closed)
        return 1
    recorder = Recorder(chosen, stream, frozenset(asked.done.split(",")))
    return int(pytest.main(_options(folder, asked.pattern), plugins=[recorder]))


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ostler.testing.checking")
    parser.add_argument("name")
    parser.add_argument("--report", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    for option in ("--config", "--acts", "--pattern", "--done"):
        parser.add_argument(option, default="")
    return parser.parse_args(words)


def _options(folder: Path, pattern: str) -> list[str]:
    """Keep whatever else is installed, or configured in the current folder, out of the tests."""
    own = ["-p", "ostler.testing.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider"]
    alone = ["-c", os.devnull, "--rootdir", str(folder), "--basetemp", str(folder / "tests")]
    collected = ["-o", f"python_files={CONTRACT.name}", "--import-mode=importlib", str(CONTRACT)]
    chosen = ["-k", pattern] if pattern else []
    return ["-q", f"--timeout={TEST_SECONDS}", *own, *alone, *chosen, *collected]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
