"""Check that a file is a WASI command, and compile it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wasmtime import FuncType, Linker, Module, WasmtimeError, wat2wasm

from ostler_driver_wasm.process import order as files
from ostler_driver_wasm.process.engine import engine, last_cause

if TYPE_CHECKING:
    from wasmtime import Engine

    from ostler_driver_wasm.process.order import Order

MAGIC: Final = b"\0asm"
COMPONENT: Final = MAGIC + b"\x0d\0\x01\0"
WASI: Final = "wasi_snapshot_preview1"
BUILD: Final = "build it as a command for wasm32-wasip1"


class UnfitError(Exception):
    """The file is nothing that can be run; the text says what it is and what to do."""


def compile_module(order: Order, folder: str) -> None:
    """Compile the folder's source into its module, or write down why that can't be."""
    told: files.Told = {"code": 0, "reason": "exited", "message": "", "refused": ""}
    try:
        with open(f"{folder}/{files.SOURCE}", "rb") as file:  # noqa: PTH123 - paths are strings here
            compiled = _compiled(order, file.read())
        unfinished = f"{folder}/{files.MODULE}.part"
        with open(unfinished, "wb") as file:  # noqa: PTH123
            file.write(compiled)
        os.replace(unfinished, f"{folder}/{files.MODULE}")  # noqa: PTH105
    except UnfitError as error:
        told["refused"] = str(error)
    files.write(f"{folder}/{files.END}", told)


def _compiled(order: Order, source: bytes) -> bytes:
    binary, made_for = _binary(order["name"], source), engine(order)
    try:
        module = Module(made_for, binary)
    except WasmtimeError as error:
        msg = f"is not valid WebAssembly: {last_cause(error)}; build it anew"
        raise UnfitError(msg) from error
    _check_imports(module, made_for)
    _check_start(module)
    return bytes(module.serialize())


def _binary(name: str, source: bytes) -> bytes:
    if not source.startswith(MAGIC):
        if not name.endswith(".wat"):
            begins = f"it begins with {source[:4]!r}" if source else "it is empty"
            msg = f"is no WebAssembly module: {begins}; {BUILD}, or end the name of a text with .wat"
            raise UnfitError(msg)
        source = _from_text(source)
    if source.startswith(COMPONENT):
        msg = f"is a component, and only core modules are run here; {BUILD}, not for wasm32-wasip2"
        raise UnfitError(msg)
    return source


def _from_text(source: bytes) -> bytes:
    try:
        return bytes(wat2wasm(source.decode()))
    except (WasmtimeError, UnicodeDecodeError) as error:
        place = " ".join(str(error).split()).replace("--> <anon>:", "at ").partition(" |")[0]
        msg = f"is no WebAssembly text: {place}; correct it"
        raise UnfitError(msg) from error


def _check_imports(module: Module, made_for: Engine) -> None:
    strange = [f"{each.module}.{each.name}" for each in module.imports if each.module != WASI]
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        msg = f"imports {strange[0]}{more}, which nothing here provides, only {WASI}; {BUILD}"
        raise UnfitError(msg)
    linker = Linker(made_for)
    linker.define_wasi()
    try:
        linker.instantiate_pre(module)
    except WasmtimeError as error:
        msg = f"does not fit this wasmtime: {last_cause(error)}; {BUILD}"
        raise UnfitError(msg) from error


def _check_start(module: Module) -> None:
    exports = {each.name: each.type for each in module.exports}
    start = exports.get("_start")
    if isinstance(start, FuncType) and not start.params and not start.results:
        return
    others = ", ".join(sorted(exports)[:5]) or "nothing"
    msg = f"has no function _start to begin with, it exports {others}; {BUILD}, with a main function"
    raise UnfitError(msg)
