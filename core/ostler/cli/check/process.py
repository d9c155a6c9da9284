"""Run the kit in a process of its own, so that no driver can harm the command that asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final

from ostler.errors import MistakeError, OstlerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE_SECONDS: Final = 30.0
MODULE: Final = "ostler.testing.checking"  # by name: the command and the kit stand side by side
_KIT: Final = {"pytest": "pytest", "pytest_timeout": "pytest-timeout"}
_MISSING: Final = "what the conformance kit needs is not installed; run `pip install {}`"


def refuse_without_kit() -> None:
    """Raise MistakeError unless all that the kit needs is installed."""
    if missing := [package for module, package in _KIT.items() if find_spec(module) is None]:
        raise MistakeError.single(_MISSING.format(" ".join(missing)))


@contextmanager
def checking(words: Sequence[str], folder: str) -> Iterator[Iterator[Mapping[str, Any]]]:
    """Start the kit below ``folder`` and give what it tells, line by line; the last tells its status."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", MODULE, *words, "--folder", folder, "--report", str(writing)]
    with TemporaryFile() as errors, os.fdopen(reading, encoding="utf-8") as report:
        process = subprocess.Popen(
            command,
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=_environment(),
        )
        os.close(writing)
        try:
            yield _told(report, process, errors)
        finally:
            _end(process)


def _told(
    report: IO[str], process: subprocess.Popen[bytes], errors: IO[bytes]
) -> Iterator[Mapping[str, Any]]:
    told = False
    for line in report:
        told = True
        yield json.loads(line)
    status = process.wait()
    if not told:
        raise OstlerError(_failed(status, errors))
    yield {"status": status}


def _failed(status: int, errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="backslashreplace").strip().splitlines()
    return (
        f"the conformance kit ended with status {status} before its first test: {lines[-1] if lines else ''}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the kit put its things away where the command is interrupted; Ctrl-C has reached it too."""
    try:
        process.wait(PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in {"PYTEST_ADDOPTS", "PYTEST_PLUGINS"}
    }
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
