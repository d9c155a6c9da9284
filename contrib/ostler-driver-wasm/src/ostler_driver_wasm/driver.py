"""The driver: each task is a process that runs one module, confined by WebAssembly and by the executor."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, ClassVar, Final

from attrs import evolve

from ostler.drivers import (
    Capabilities,
    Enforcement,
    Exit,
    Filesystem,
    Fingerprint,
    Health,
    LimitSupport,
    Process,
    ProcessHooks,
    Reason,
    RefusedError,
    TaskHandle,
    hookimpl,
)
from ostler.executor import Tier
from ostler_driver_wasm.launch import Launch
from ostler_driver_wasm.modules import Modules, UnfitError
from ostler_driver_wasm.process import order as files
from ostler_driver_wasm.settings import WasmSettings, WasmTaskSettings
from ostler_driver_wasm.view import packages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ostler.drivers import DriverContext, Task
    from ostler_driver_wasm.places import Place


VERSION: Final = "driver.wasm.version"
ISOLATION: Final = "driver.wasm.isolation"
FAILED: Final = "the process that runs the module failed; what it wrote to stderr says why"


class Wasm(ProcessHooks):
    """Run WASI commands on wasmtime."""

    settings = WasmSettings
    task_settings = WasmTaskSettings
    stop_signal: ClassVar[str] = "SIGTERM"
    capabilities: ClassVar = Capabilities(
        filesystem=Filesystem.IMAGE,
        network_modes=frozenset({"none"}),
        limits=LimitSupport(
            memory=Enforcement.ENFORCED,
            memory_soft=Enforcement.ENFORCED,
            cpu=Enforcement.ENFORCED,
            timeout=Enforcement.WATCHED,
        ),
        attributes={
            VERSION: "The version of wasmtime.",
            ISOLATION: "What goes round the process that runs a program: none, userns or root.",
        },
    )

    def __init__(self, context: DriverContext) -> None:
        super().__init__(context)
        self._settings: WasmSettings = context.settings
        self._tasks = context.state_directory / "tasks"
        self._modules = Modules(context.state_directory / "modules", self._settings.cache_mb)

    @hookimpl
    def fingerprint(self) -> Fingerprint:
        """Report wasmtime's version, and what goes round it here."""
        if not packages():
            reason, remedy = "wasmtime is not installed", "pip install wasmtime"
            return Fingerprint(health=Health.UNDETECTED, reason=reason, remedy=remedy)
        host, wanted = self.context.executor.host(), self._settings.isolation
        limits = evolve(self.capabilities.limits, memory_soft=host.limits.memory_soft, cpu=host.limits.cpu)
        enough = wanted in {"auto", "none"} or host.tier.reaches(Tier(wanted))
        round_it = str(host.tier) if self._isolated else "none"
        found = f"wasmtime {version('wasmtime')}, isolation round it: {round_it}"
        return Fingerprint(
            health=Health.HEALTHY if enough else Health.UNHEALTHY,
            reason=found if enough else f"isolation = {wanted!r} is asked for; {found}; {host.reason}",
            remedy="" if enough else f'{host.remedy or "nothing known"}; or set isolation = "auto"',
            attributes={VERSION: version("wasmtime"), ISOLATION: round_it},
            limits=limits,
        )

    @property
    def _isolated(self) -> bool:
        tier = self.context.executor.host().tier
        return self._settings.isolation != "none" and tier.reaches(Tier.USERNS)

    @hookimpl
    def validate(self, task: Task) -> None:
        """Check the paths and the limits."""
        config: WasmTaskSettings = task.config
        for key, number in (("timeout", config.timeout), ("fuel", config.fuel)):
            if number is not None and number <= 0:
                msg = f"config.{key}: must be more than nothing, found {number:g}"
                raise RefusedError(msg)
        if any("\0" in arg for arg in config.args):
            msg = "config.args: an argument can't hold a NUL character"
            raise RefusedError(msg)
        launch = self._launch(task)
        if task.user and not launch.isolated:
            msg = (
                f"user: found {task.user!r}, but without isolation a module runs as Ostler's own user; "
                "leave it out"
            )
            raise RefusedError(msg)
        _ = launch.module, launch.stdin, launch.mounts

    @hookimpl
    def start(self, task: Task) -> TaskHandle:
        """Compile the module, unless that was done before, and start the process that runs it."""
        launch = self._launch(task)
        source = _read(launch.module, "module", task.config.module)
        if launch.stdin is not None:
            os.close(_opened(launch.stdin, "stdin", task.config.stdin))
        folder = self._folder(task.id)
        folder.mkdir(parents=True)
        try:
            process = self._started(launch, source, folder)
        except BaseException:
            shutil.rmtree(folder)
            raise
        return TaskHandle(
            task_id=task.id,
            driver=self.context.name,
            process=process,
            attributes={"pid": str(process.pid), "module": sha256(source).hexdigest()[:12]},
        )

    @hookimpl
    def explain(self, handle: TaskHandle, end: Exit) -> Exit | None:
        """Tell what the process wrote down at its end, unless something else ended it."""
        if end.signal or end.reason not in {Reason.EXITED, Reason.LOST}:
            return None
        try:
            told = files.read(str(self._folder(handle.task_id) / files.END))
        except ValueError:  # nothing was written, or not all
            failed = evolve(end, reason=Reason.DRIVER_ERROR, message=FAILED)
            return failed if end.reason is Reason.EXITED else None
        return evolve(end, code=told["code"], reason=told["reason"], message=told["message"])

    @hookimpl
    def destroy(self, handle: TaskHandle) -> None:
        """Forget the process, and remove its folder."""
        super().destroy(handle)
        _remove(self._folder(handle.task_id))

    @hookimpl
    def sweep(self, known: Sequence[TaskHandle]) -> None:
        """End the processes whose folders no handle knows, and remove the folders."""
        kept = {self._folder(each.task_id) for each in known}
        for name in self.context.executor.processes():
            folder = self._folder(name.removesuffix(".compile"))
            if folder.exists() and folder not in kept:
                directory = str(self.context.state_directory)
                self.context.executor.forget(
                    Process(id=name, pid=0, boot_id="", start_time=0, directory=directory)
                )
        for folder in self._tasks.glob("*"):
            if folder not in kept:
                _remove(folder)

    def _launch(self, task: Task) -> Launch:
        allowed = self._settings.allowed_paths
        return Launch(task=task, allowed_paths=allowed, isolated=self._isolated)

    def _folder(self, task_id: str) -> Path:
        return self._tasks / sha256(task_id.encode()).hexdigest()[:32]

    def _started(self, launch: Launch, source: bytes, folder: Path) -> Process:
        order, end = launch.order(str(folder)), folder / files.END
        files.write(str(folder / files.ORDER), order)
        end.touch()
        # For whoever the process runs as; nobody else gets into the state directory.
        for path, mode in ((folder, 0o755), (folder / files.ORDER, 0o644), (end, 0o666)):
            path.chmod(mode)
        try:
            self._modules.provide(source, order, folder, lambda: self._compile(launch, folder))
        except UnfitError as error:
            msg = f"config.module: {launch.task.config.module} {error}"
            raise RefusedError(msg) from error
        end.write_text("")
        return self.context.executor.start(launch.run_command(str(folder)))

    def _compile(self, launch: Launch, folder: Path) -> Exit | None:
        executor = self.context.executor
        folder.chmod(0o777)
        process = executor.start(launch.compile_command(str(folder)))
        try:
            return executor.wait(process)
        finally:
            executor.forget(process)
            folder.chmod(0o755)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _read(place: Place, key: str, written: str) -> bytes:
    with os.fdopen(_opened(place, key, written), "rb") as file:
        return file.read()


def _opened(place: Place, key: str, written: str) -> int:
    try:
        return place.open()
    except OSError as error:
        found = error.strerror or str(error)
        msg = f"config.{key}: {written} can't be read ({found}); name a file that is there, not a link to it"
        raise RefusedError(msg) from error
