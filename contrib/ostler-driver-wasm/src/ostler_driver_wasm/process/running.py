"""Run one compiled module to its end."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Final, NoReturn

from wasmtime import (
    Func,
    FuncType,
    Linker,
    Memory,
    Module,
    Store,
    Trap,
    TrapCode,
    ValType,
    WasiConfig,
    WasmtimeError,
)

from ostler_driver_wasm.process import order as files
from ostler_driver_wasm.process.below import open_below
from ostler_driver_wasm.process.ending import FAILED, OUT_OF_MEMORY, TIMEOUT, TRAP, Ending
from ostler_driver_wasm.process.engine import engine, last_cause

if TYPE_CHECKING:
    from wasmtime import Engine, Instance

    from ostler_driver_wasm.process.order import Order

GRACE_SECONDS: Final = 0.5
FULL_BYTES: Final = 1 << 20
MIB: Final = 1 << 20
SHOWN_FRAMES: Final = 5
HIGHEST_CODE: Final = 255
# Beside the one memory, a module can only grow tables: so many that they take 16 MB at most.
TABLES: Final = 8
TABLE_ELEMENTS: Final = 1 << 18


class Run:
    """One module in one store."""

    def __init__(self, order: Order, folder: str) -> None:
        self._order = order
        self._ending = Ending(folder)
        self._engine = engine(order)
        self._path = f"{folder}/{files.MODULE}"
        self._instance: Instance | None = None

    def run(self) -> NoReturn:
        """Run it and end the process."""
        self._watch_the_clock()
        try:
            module = Module.deserialize_file(self._engine, self._path)
            self._store = self._filled_store()
            linker = self._linker()
            self._instance = linker.instantiate(self._store, module)
            start = self._instance.exports(self._store)["_start"]
            if isinstance(start, Func):  # as was checked before it was compiled
                start(self._store)
        except Trap as trap:
            self._trapped(trap)
        except (WasmtimeError, OSError) as error:
            self._failed(error)
        self._ending.end(0)

    def _filled_store(self) -> Store:
        order, store = self._order, Store(self._engine)
        if order["memory_bytes"] is not None:
            store.set_limits(order["memory_bytes"], TABLE_ELEMENTS, 1, TABLES, 1)
        if order["fuel"] is not None:
            store.set_fuel(order["fuel"])
        if order["timeout_seconds"] is not None:
            store.set_epoch_deadline(1)
        store.set_wasi(self._wasi())
        return store

    def _linker(self) -> Linker:
        """Provide WASI, with an end of its own: wasmtime's refuses every exit code above 125."""
        linker = Linker(self._engine)
        linker.define_wasi()
        linker.allow_shadowing = True
        kind = FuncType([ValType.i32()], [])
        linker.define_func("wasi_snapshot_preview1", "proc_exit", kind, self._exit)
        return linker

    def _exit(self, code: int) -> NoReturn:
        asked = code & 0xFFFF_FFFF
        if asked > HIGHEST_CODE:
            text = f"it asked for the exit code {asked}, and the highest is {HIGHEST_CODE}"
            self._ending.end(TRAP, "exited", text)
        self._ending.end(asked)

    def _wasi(self) -> WasiConfig:
        order, wasi = self._order, WasiConfig()
        wasi.argv = [order["name"], *order["args"]]
        wasi.env = list(order["environment"].items())
        if order["stdin"]:
            directory, *parts = order["stdin"]
            os.dup2(open_below(directory, parts), 0)
        wasi.inherit_stdin()
        wasi.inherit_stdout()
        wasi.inherit_stderr()
        for each in order["preopens"]:
            wasi.preopen_dir(each["path"], each["name"], fs_mutable=each["writable"])
        return wasi

    def _watch_the_clock(self) -> None:
        if self._order["timeout_seconds"] is not None:
            arguments = (self._order["timeout_seconds"], self._engine)
            threading.Thread(target=self._interrupt, args=arguments, daemon=True).start()

    def _interrupt(self, seconds: float, made_for: Engine) -> NoReturn:
        """End the module in its own code, or the whole process where it waits for the system."""
        pause = threading.Event()
        pause.wait(seconds)
        made_for.increment_epoch()
        pause.wait(GRACE_SECONDS)
        self._ending.end(TIMEOUT, "timeout", f"it ran longer than {seconds:g} s, and waited for the system")

    def _trapped(self, trap: Trap) -> NoReturn:
        order, where = self._order, _where(trap)
        if trap.trap_code is TrapCode.OUT_OF_FUEL:
            self._ending.end(TIMEOUT, "timeout", f"it used up its fuel of {order['fuel']}, {where}")
        if trap.trap_code is TrapCode.INTERRUPT:
            self._ending.end(
                TIMEOUT, "timeout", f"it ran longer than {order['timeout_seconds']:g} s, {where}"
            )
        os.write(2, f"{trap.message.rstrip()}\n".encode())
        said = f"trap: {last_cause(trap).removeprefix('wasm trap: ')}, {where}"
        if full := self._full_memory():
            self._ending.end(OUT_OF_MEMORY, "oom", f"{said}; {full}")
        self._ending.end(TRAP, "exited", said)

    def _full_memory(self) -> str:
        """Say that the memory can hardly grow any more; wasmtime tells nobody that a growth was refused."""
        limit, memory = self._order["memory_bytes"], None
        if limit is not None and self._instance is not None:
            memory = self._instance.exports(self._store).get("memory")
        if limit is None or not isinstance(memory, Memory):
            return ""
        size = memory.data_len(self._store)
        full = limit - size < FULL_BYTES
        return f"its memory was full, with {size / MIB:.4g} of {limit / MIB:.4g} MiB" if full else ""

    def _failed(self, error: Exception) -> NoReturn:
        text = " ".join(str(error).split())
        if "exceeds memory limits" in text:
            allowed = (self._order["memory_bytes"] or 0) / MIB
            self._ending.end(OUT_OF_MEMORY, "oom", f"{text}: {allowed:.4g} MiB; raise resources.memory")
        self._ending.end(FAILED, "driver_error", text)


def run(order: Order, folder: str) -> NoReturn:
    """Run the folder's module; it knows no signals, so those that ask it to stop end it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Run(order, folder).run()


def _where(trap: Trap) -> str:
    """Name the functions that it was in, innermost first."""
    names = [frame.func_name or f"function {frame.func_index}" for frame in trap.frames]
    more = " < ..." if len(names) > SHOWN_FRAMES else ""
    return f"in {' < '.join(names[:SHOWN_FRAMES]) or 'no function'}{more}"
