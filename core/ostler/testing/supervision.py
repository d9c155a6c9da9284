"""Keep an executor for many tests; end a supervisor at once, which left alone would stay for a while."""

from __future__ import annotations

import os
import select
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ostler.executor import Executor

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psutil

PATIENCE_SECONDS: Final = 5.0


@frozen
class KeptExecutor:
    """An executor whose supervisor runs already, and its data directory."""

    executor: Executor
    directory: Path


@contextmanager
def keep_executor(directory: Path) -> Iterator[KeptExecutor]:
    """Start a supervisor, and end it at the end."""
    executor = Executor(directory)
    try:
        executor.processes()
        yield KeptExecutor(executor, directory)
    finally:
        executor.close()
        end_supervisor(directory)


def end_supervisor(directory: Path) -> None:
    """Ask the supervisor that serves ``directory`` to end, and wait until it has."""
    import psutil

    for process in psutil.process_iter(["cmdline"]) if (directory / "supervisor.lock").exists() else ():
        words = process.info["cmdline"] or []
        if str(directory.resolve()) in words and any("supervisor" in word for word in words):
            with suppress(psutil.NoSuchProcess):
                _end(process)


def _end(process: psutil.Process) -> None:
    if not hasattr(os, "pidfd_open"):
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        return
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        process.terminate()
        if not select.select([descriptor], [], [], PATIENCE_SECONDS)[0]:
            process.kill()
    finally:
        os.close(descriptor)
