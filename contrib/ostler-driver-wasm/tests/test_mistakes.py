"""Each mistake is answered with one sentence: what was found, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import programs
import pytest
from attrs import evolve

from ostler.drivers import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver

WASI = "wasi_snapshot_preview1"
BUILD = "build it as a command for wasm32-wasip1"
LIBRARY = '(module (memory (export "memory") 1) (func (export "run")))'
SOURCES: dict[str, tuple[str, str | bytes, str]] = {
    "no module": (
        "app.wasm",
        b"\x7fELF\x02\x01",
        f"is no WebAssembly module: it begins with b'\\x7fELF'; {BUILD}, or end the name of a text with .wat",
    ),
    "empty": (
        "app.wasm",
        b"",
        f"is no WebAssembly module: it is empty; {BUILD}, or end the name of a text with .wat",
    ),
    "text under another name": (
        "app.wasm",
        programs.HELLO,
        f"is no WebAssembly module: it begins with b'(mod'; {BUILD}, or end the name of a text with .wat",
    ),
    "text that is wrong": (
        "app.wat",
        "(module (fun))",
        "is no WebAssembly text: expected valid module field at 1:10; correct it",
    ),
    "text that is no text": (
        "app.wat",
        b"\xff\xfe",
        (
            "is no WebAssembly text: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte; "
            "correct it"
        ),
    ),
    "truncated": (
        "app.wasm",
        b"\0asm\1\0\0\0\1\5",
        "is not valid WebAssembly: unexpected end-of-file (at offset 0xa); build it anew",
    ),
    "invalid": (
        "app.wat",
        '(module (func (export "_start") (i32.const 1)))',
        (
            "is not valid WebAssembly: Invalid input WebAssembly code at offset 37: type mismatch: values "
            "remaining on stack at end of block; build it anew"
        ),
    ),
    "component": (
        "app.wat",
        "(component)",
        f"is a component, and only core modules are run here; {BUILD}, not for wasm32-wasip2",
    ),
    "strange import": (
        "app.wat",
        '(module (import "env" "draw" (func)) (import "env" "play" (func)) (func (export "_start")))',
        f"imports env.draw and 1 more, which nothing here provides, only {WASI}; {BUILD}",
    ),
    "unknown call of WASI": (
        "app.wat",
        f'(module (import "{WASI}" "fork" (func)) (func (export "_start")))',
        f"does not fit this wasmtime: unknown import: `{WASI}::fork` has not been defined; {BUILD}",
    ),
    "library": (
        "app.wat",
        LIBRARY,
        f"has no function _start to begin with, it exports memory, run; {BUILD}, with a main function",
    ),
}


@pytest.fixture
def harness(open_driver: OpenDriver, modules: Path) -> DriverHarness:
    return open_driver("wasm", {"allowed_paths": [str(modules)]})


@pytest.mark.parametrize("case", SOURCES)
def test_what_is_no_command_is_refused(case: str, harness: DriverHarness) -> None:
    name, source, words = SOURCES[case]
    task = harness.furnish(harness.task({"module": f"local/{name}"}))
    content = source.encode() if isinstance(source, str) else source
    Path(task.directories.local, name).write_bytes(content)
    with pytest.raises(RefusedError) as refused:
        harness.start(task)
    assert str(refused.value) == f"config.module: local/{name} {words}"


CONFIGS: dict[str, tuple[Mapping[str, object], str]] = {
    "timeout": (
        {"module": "local/a.wasm", "timeout": 0.0},
        "config.timeout: must be more than nothing, found 0",
    ),
    "fuel": ({"module": "local/a.wasm", "fuel": -5}, "config.fuel: must be more than nothing, found -5"),
    "argument": (
        {"module": "local/a.wasm", "args": ["a\0b"]},
        "config.args: an argument can't hold a NUL character",
    ),
    "empty": (
        {"module": ""},
        "config.module: found ''; write where the task sees it, such as local/app.wasm",
    ),
    "elsewhere": (
        {"module": "bin/a.wasm"},
        "config.module: found 'bin/a.wasm'; write where the task sees it, such as local/a.wasm",
    ),
    "upwards": (
        {"module": "local/../../a.wasm"},
        "config.module: found 'local/../../a.wasm'; leave out .. and NUL characters",
    ),
    "host's": (
        {"module": "/etc/passwd"},
        (
            "config.module: found '/etc/passwd', but the plugin's allowed_paths allow only what lies below "
            "{modules}; let the operator add it"
        ),
    ),
    "host's input": (
        {"module": "local/a.wasm", "stdin": "/etc/passwd"},
        "config.stdin: found '/etc/passwd'; write where the task sees it, such as local/passwd",
    ),
    "mount": (
        {"module": "local/a.wasm", "mount": [{"source": "/etc", "target": "/data"}]},
        (
            "config.mount[0].source: found '/etc', but the plugin's allowed_paths allow only what lies below "
            "{modules}; let the operator add it"
        ),
    ),
    "mount over its own": (
        {"module": "local/a.wasm", "mount": [{"source": "{modules}", "target": "/local/x"}]},
        (
            "config.mount[0].target: found '/local/x'; write an absolute path that no other directory has, "
            "such as /data"
        ),
    ),
    "mount upwards": (
        {"module": "local/a.wasm", "mount": [{"source": "{modules}", "target": "/data/../x"}]},
        (
            "config.mount[0].target: found '/data/../x'; write an absolute path that no other directory has, "
            "such as /data"
        ),
    ),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_a_config_that_can_not_be_had_is_refused(case: str, harness: DriverHarness, modules: Path) -> None:
    config, words = CONFIGS[case]
    for each in config.get("mount", ()):  # type: ignore[attr-defined]
        each["source"] = each["source"].replace("{modules}", str(modules))
    with pytest.raises(RefusedError) as refused:
        harness.call(harness.driver.validate, harness.task(config))
    assert str(refused.value) == words.format(modules=modules)


@pytest.mark.parametrize("key", ["module", "stdin"])
def test_a_file_that_is_missing_or_a_link_is_refused(key: str, harness: DriverHarness, modules: Path) -> None:
    """A task could have any file of the host read by a link that it left in its directory."""
    config = {"module": f"{modules}/cat.wat"} | {key: "local/file"}
    task = harness.furnish(harness.task(config))
    end = "; name a file that is there, not a link to it"
    with pytest.raises(RefusedError) as missing:
        harness.start(task)
    assert str(missing.value) == f"config.{key}: local/file can't be read (No such file or directory){end}"
    Path(task.directories.local, "file").symlink_to("/etc/passwd")
    with pytest.raises(RefusedError) as link:
        harness.start(evolve(task, id=f"{task.id}2"))
    assert str(link.value).startswith(f"config.{key}: local/file can't be read (")


def test_a_refused_start_leaves_nothing(harness: DriverHarness, modules: Path) -> None:
    (modules / "bad.wat").write_text("(module)")
    with pytest.raises(RefusedError):
        harness.run({"module": f"{modules}/bad.wat"})
    assert list(harness.state_directory.glob("tasks/*")) == []
    assert harness.executor.processes() == []
