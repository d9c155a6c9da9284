"""End the supervisor of a data directory at once; left alone it would stay for some seconds."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS: Final = 5.0


def end_supervisor(directory: Path) -> None:
    """Ask the supervisor that serves ``directory`` to end, and wait until it has."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline"]) if (directory / "supervisor.lock").exists() else ():
        words = process.info["cmdline"] or []
        if str(directory.resolve()) in words and any("supervisor" in word for word in words):
            with suppress(psutil.NoSuchProcess):
                process.terminate()
            found.append(process)
    _, alive = psutil.wait_procs(found, PATIENCE_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
