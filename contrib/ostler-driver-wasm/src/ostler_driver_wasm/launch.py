"""From a task to the two processes that compile and run its module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from ostler.drivers import RefusedError, Task
from ostler.executor import Limits
from ostler_driver_wasm.places import TAKEN, allowed_path, find
from ostler_driver_wasm.process import order as files
from ostler_driver_wasm.view import Shown, View, packages

if TYPE_CHECKING:
    from ostler.executor import Command
    from ostler_driver_wasm.places import Place
    from ostler_driver_wasm.process.order import Order

# What the process may take beside the module's own memory: the interpreter, wasmtime and the compiled code.
SPARE_BYTES: Final = 256 << 20
# The process ends itself at the timeout; the executor ends one that can't.
LATE_SECONDS: Final = 5.0
COMPILING: Final = Limits(memory_bytes=2 << 30, timeout_seconds=300.0)


@frozen(kw_only=True)
class Launch:
    """What a task's config asks for; a property or method raises RefusedError where that can't be had."""

    task: Task
    allowed_paths: tuple[str, ...]
    isolated: bool

    @property
    def module(self) -> Place:
        """The module's file."""
        return find(self.task.config.module, "config.module", self.task.directories, self.allowed_paths)

    @property
    def stdin(self) -> Place | None:
        """The file to read standard input from."""
        name = self.task.config.stdin
        return find(name, "config.stdin", self.task.directories) if name else None

    @property
    def mounts(self) -> dict[str, str]:
        """The host's directories by the names that the module knows them by."""
        found: dict[str, str] = {}
        for number, each in enumerate(self.task.config.mount):
            key = f"config.mount[{number}]"
            target = _target(each.target, f"{key}.target", found)
            found[target] = allowed_path(each.source, f"{key}.source", self.allowed_paths)
        return found

    def order(self, folder: str) -> Order:
        """Say what is to be compiled and run, in the paths that the process sees."""
        task, view, stdin = self.task, self._view(folder), self.stdin
        return {
            "packages": packages(),
            "name": Path(task.config.module).name,
            "fuel": task.config.fuel,
            "timeout_seconds": task.config.timeout,
            "args": list(task.config.args),
            "environment": dict(task.environment),
            "preopens": [
                {"path": view.inside(path), "name": name, "writable": writable}
                for name, (path, writable) in self._preopens().items()
            ],
            "stdin": [view.inside(stdin.directory), *stdin.parts] if stdin else [],
            "memory_bytes": task.resources.memory_limit_bytes,
        }

    def compile_command(self, folder: str) -> Command:
        """Make the command that compiles the folder's source, and sees nothing else."""
        view = View([Shown(folder, writable=True)], isolated=self.isolated)
        silent = evolve(self.task, stdout_path=os.devnull, stderr_path=os.devnull)
        return view.command(silent, "compile", folder, COMPILING)

    def run_command(self, folder: str) -> Command:
        """Make the command that runs the folder's module."""
        return self._view(folder).command(self.task, "run", folder, self._limits())

    def _preopens(self) -> dict[str, tuple[str, bool]]:
        own = self.task.directories
        return {
            "/local": (own.local, True),
            "/secrets": (own.secrets, True),
            "/alloc": (own.shared, False),
            "/alloc/data": (f"{own.shared}/data", True),
            "/alloc/tmp": (f"{own.shared}/tmp", True),  # noqa: S108 - the allocation's own ...
            "/tmp": (f"{own.task}/tmp", True),  # noqa: S108 - ... and the task's own
            **{target: (source, False) for target, source in self.mounts.items()},
        }

    def _view(self, folder: str) -> View:
        own = self.task.directories
        shown = [Shown(folder), Shown(f"{folder}/{files.END}", writable=True)]
        places = (own.local, own.secrets, own.shared, f"{own.task}/tmp")  # noqa: S108 - see below
        shown += [Shown(path, writable=True) for path in places]
        shown += [Shown(f"{own.shared}/logs"), *(Shown(source) for source in self.mounts.values())]
        return View(shown, isolated=self.isolated)

    def _limits(self) -> Limits:
        """Hold the process with something to spare: what holds the module itself is wasmtime."""
        resources, timeout = self.task.resources, self.task.config.timeout
        hard, soft = resources.memory_limit_bytes, resources.memory_soft_bytes
        return Limits(
            memory_bytes=None if hard is None else hard + SPARE_BYTES,
            memory_soft_bytes=None if soft is None else soft + SPARE_BYTES,
            cpu_shares=resources.cpu_mhz,
            timeout_seconds=None if timeout is None else timeout + LATE_SECONDS,
        )


def _target(target: str, key: str, taken: dict[str, str]) -> str:
    parts = target.split("/")
    plain = target.startswith("/") and all(part not in {"", ".", ".."} for part in parts[1:])
    if not plain or parts[1] in TAKEN or target in taken:
        msg = f"{key}: found {target!r}; write an absolute path that no other directory has, such as /data"
        raise RefusedError(msg)
    return target
