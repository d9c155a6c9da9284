"""Compile each module once: what was compiled is kept under the digest of its source."""

from __future__ import annotations

import os
import shutil
import threading
from collections import defaultdict
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from ostler.drivers import Reason
from ostler.errors import OstlerError
from ostler_driver_wasm.launch import COMPILING
from ostler_driver_wasm.process import order as files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ostler.executor import Exit
    from ostler_driver_wasm.process.order import Order

MIB: Final = 1 << 20


class UnfitError(Exception):
    """What is wrong with a module, and what to do, in words that follow its name."""


class Modules:
    """The compiled modules in ``directory``, at most ``most_mb`` of them, the last used ones."""

    def __init__(self, directory: Path, most_mb: int) -> None:
        self._directory, self._most_bytes = directory, most_mb * MIB
        self._lock = threading.Lock()
        self._compiling: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def provide(
        self, source: bytes, order: Order, folder: Path, compile_there: Callable[[], Exit | None]
    ) -> None:
        """Put the compiled module into ``folder``; ``compile_there`` starts what compiles its source.

        UnfitError where the source is nothing that can be run.
        """
        kept = self._directory / _key(source, order)
        if _link(kept, folder / files.MODULE):
            return
        with self._lock:
            alone = self._compiling[kept.name]
        with alone:
            if not _link(kept, folder / files.MODULE):
                (folder / files.SOURCE).write_bytes(source)
                _check(compile_there(), folder)
                (folder / files.SOURCE).unlink()
                self._keep(folder / files.MODULE, kept)

    def _keep(self, module: Path, kept: Path) -> None:
        self._directory.mkdir(mode=0o755, exist_ok=True)
        unfinished = kept.with_suffix(".part")
        shutil.copyfile(module, unfinished)
        unfinished.chmod(0o644)
        unfinished.replace(kept)
        self._drop_unused(kept)

    def _drop_unused(self, newest: Path) -> None:
        found = [(path, path.stat()) for path in self._directory.iterdir() if path != newest]
        left = self._most_bytes - newest.stat().st_size
        for path, each in sorted(found, key=lambda one: one[1].st_mtime, reverse=True):
            left -= each.st_size
            if left < 0:
                path.unlink(missing_ok=True)


def _key(source: bytes, order: Order) -> str:
    counted = "fuel" if order["fuel"] is not None else "free"
    timed = "timed" if order["timeout_seconds"] is not None else "untimed"
    return f"{sha256(source).hexdigest()}-{version('wasmtime')}-{os.uname().machine}-{counted}-{timed}"


def _link(kept: Path, module: Path) -> bool:
    """Give the task its own name of a kept module, so that it may be dropped at any time."""
    try:
        os.utime(kept)
        os.link(kept, module)
    except FileNotFoundError:
        return False
    return True


def _check(end: Exit | None, folder: Path) -> None:
    if end is None:
        msg = "the process that compiles told no end"
        raise OstlerError(msg)
    if end.reason is Reason.OOM:
        memory = (COMPILING.memory_bytes or 0) // MIB
        msg = f"takes more than {memory} MiB of memory to compile; make it smaller"
        raise UnfitError(msg)
    if end.reason is Reason.TIMEOUT:
        msg = f"takes longer than {COMPILING.timeout_seconds:g} s to compile; make it smaller"
        raise UnfitError(msg)
    if end.code or not (folder / files.END).stat().st_size:
        msg = f"the process that compiles failed: exit code {end.code}, {end.reason} {end.message}".rstrip()
        raise OstlerError(msg)
    if refused := files.read(str(folder / files.END))["refused"]:
        raise UnfitError(refused)
