"""A module is compiled once, whoever runs it; what was compiled is kept within bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import programs
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ostler.testing import DriverHarness, RunningTask
    from ostler.testing.plugin import OpenDriver


@pytest.fixture
def harness(open_driver: OpenDriver, modules: Path) -> DriverHarness:
    return open_driver("wasm", {"allowed_paths": [str(modules)]})


def kept(harness: DriverHarness) -> list[Path]:
    return sorted(harness.state_directory.glob("modules/*"))


def lives(running: RunningTask) -> int:
    """Lead a task to its end and forget it; its exit code."""
    end = running.end(20)
    assert end is not None
    running.destroy()
    return end.code


def test_a_second_start_runs_what_the_first_compiled(
    run: Callable[..., RunningTask], harness: DriverHarness
) -> None:
    assert lives(run("hello")) == 0
    (compiled,) = kept(harness)
    compiled.write_bytes(b"no module any more")
    running = run("hello")
    end = running.end(20)
    assert end is not None
    assert (end.code, str(end.reason)) == (125, "driver_error")


def test_one_that_counts_is_compiled_apart(run: Callable[..., RunningTask], harness: DriverHarness) -> None:
    for limits in ({}, {"fuel": 10_000}, {"timeout": 60.0}, {"fuel": 10_000, "timeout": 60.0}):
        for _ in range(2):
            assert lives(run("hello", **limits)) == 0
    assert len(kept(harness)) == 4


def test_tasks_that_start_at_once_compile_it_once(
    run: Callable[..., RunningTask], harness: DriverHarness
) -> None:
    with ThreadPoolExecutor(6) as pool:
        running = list(pool.map(run, ["hello"] * 6))
    assert [lives(each) for each in running] == [0] * 6
    assert len(kept(harness)) == 1


def test_the_longest_unused_modules_are_dropped(open_driver: OpenDriver, modules: Path) -> None:
    harness = open_driver("wasm", {"allowed_paths": [str(modules)], "cache_mb": 0})
    for name in ("hello", "exit", "hello"):
        assert lives(harness.run({"module": f"{modules}/{name}.wat", "args": ["0"]})) == 0
        assert len(kept(harness)) == 1


def test_a_module_that_changed_is_compiled_anew(
    run: Callable[..., RunningTask], harness: DriverHarness, modules: Path
) -> None:
    assert lives(run("hello")) == 0
    (modules / "hello.wat").write_text(programs.program("(call $proc_exit (i32.const 9))"))
    assert lives(run("hello")) == 9
    assert len(kept(harness)) == 2


def test_a_running_task_does_not_need_the_kept_module(
    run: Callable[..., RunningTask], harness: DriverHarness
) -> None:
    running = run("act", "s", "500", "x", "3")
    for each in kept(harness):
        each.unlink()
    assert lives(running) == 3
