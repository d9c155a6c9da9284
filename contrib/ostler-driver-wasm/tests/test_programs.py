"""Programs run with their arguments, environment, input and output, and their ends are told in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ostler.drivers import Reason, Resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ostler.drivers import Exit
    from ostler.testing import DriverHarness, RunningTask


def end_of(running: RunningTask) -> Exit:
    end = running.end(20)
    assert end is not None
    return end


def output_of(running: RunningTask) -> bytes:
    end = end_of(running)
    assert end.successful, end
    assert running.output_closed()
    return running.stdout.content


def test_what_it_writes_arrives(run: Callable[..., RunningTask]) -> None:
    assert output_of(run("hello")) == b"hello\n"


def test_it_gets_its_arguments_and_its_environment_and_nothing_of_the_host(
    run: Callable[..., RunningTask],
) -> None:
    running = run("echo", "one", "two words", "drei\u00e4")
    lines = output_of(running).decode().splitlines()
    assert lines[:4] == ["echo.wat", "one", "two words", "drei\u00e4"]
    assert dict(line.split("=", 1) for line in lines[4:]) == running.task.environment
    assert "NOMAD_TASK_DIR=/local" in lines
    assert not [line for line in lines if line.startswith(("PATH=", "HOME=", "LD_"))]


@pytest.mark.parametrize("code", [0, 1, 125, 126, 137, 255])
def test_its_exit_code_is_its_own(code: int, run: Callable[..., RunningTask]) -> None:
    end = end_of(run("exit", str(code)))
    assert (end.code, end.reason, end.message) == (code, Reason.EXITED, "")


def test_a_code_that_it_can_not_have_is_told(run: Callable[..., RunningTask]) -> None:
    end = end_of(run("exit", "256"))
    assert (end.code, end.reason) == (134, Reason.EXITED)
    assert end.message == "it asked for the exit code 256, and the highest is 255"


def test_a_trap_is_told_with_the_functions_it_was_in(run: Callable[..., RunningTask]) -> None:
    running = run("trap")
    end = end_of(running)
    assert (end.code, end.reason) == (134, Reason.EXITED)
    assert end.message == "trap: out of bounds memory access, in length < _start"
    assert running.output_closed()
    assert b"wasm backtrace:" in running.stderr.content


def test_its_input_is_empty_unless_it_is_given_a_file(run: Callable[..., RunningTask]) -> None:
    assert output_of(run("cat")) == b""


def test_its_input_comes_from_a_file(harness: DriverHarness, modules: Path) -> None:
    content = bytes(range(256)) * 100
    assert output_of(cat(harness, modules, content)) == content


def cat(harness: DriverHarness, modules: Path, content: bytes) -> RunningTask:
    """Start a task that copies its input, which lies in its directory before the start."""
    from pathlib import Path

    task = harness.furnish(harness.task({"module": f"{modules}/cat.wat", "stdin": "local/input"}))
    Path(task.directories.local, "input").write_bytes(content)
    return harness.start(task)


def test_fuel_that_is_used_up_is_a_timeout(run: Callable[..., RunningTask]) -> None:
    end = end_of(run("loop", fuel=100_000))
    assert (end.code, end.reason) == (124, Reason.TIMEOUT)
    assert end.message == "it used up its fuel of 100000, in _start"


def test_fuel_that_is_enough_changes_nothing(run: Callable[..., RunningTask]) -> None:
    assert output_of(run("hello", fuel=100_000, timeout=60.0)) == b"hello\n"


def test_a_program_that_runs_too_long_is_interrupted(run: Callable[..., RunningTask]) -> None:
    started = time.monotonic()
    end = end_of(run("loop", timeout=0.5))
    assert (end.code, end.reason) == (124, Reason.TIMEOUT)
    assert end.message == "it ran longer than 0.5 s, in _start"
    assert time.monotonic() - started < 10


def test_a_program_that_waits_too_long_is_ended(run: Callable[..., RunningTask]) -> None:
    end = end_of(run("sleep", timeout=0.3))
    assert (end.code, end.reason) == (124, Reason.TIMEOUT)
    assert end.message == "it ran longer than 0.3 s, and waited for the system"


def test_a_program_that_wants_too_much_memory_ends_with_oom(run: Callable[..., RunningTask]) -> None:
    end = end_of(run("hog", resources=Resources(memory_mb=3)))
    assert (end.code, end.reason) == (137, Reason.OOM)
    assert end.message == (
        "trap: wasm `unreachable` instruction executed, in _start; its memory was full, with 3 of 3 MiB"
    )


def test_a_program_that_begins_with_too_much_memory_ends_with_oom(
    run: Callable[..., RunningTask], modules: Path
) -> None:
    import programs

    (modules / "large.wat").write_text(programs.program("", pages=100))
    end = end_of(run("large", resources=Resources(memory_mb=2)))
    assert (end.code, end.reason) == (137, Reason.OOM)
    words = "memory minimum size of 100 pages exceeds memory limits: 2 MiB; raise resources.memory"
    assert end.message == words


def test_the_second_memory_of_a_program_does_not_double_its_limit(
    run: Callable[..., RunningTask], modules: Path
) -> None:
    (modules / "two.wat").write_text('(module (memory 1) (memory 1) (func (export "_start")))')
    end = end_of(run("two", resources=Resources(memory_mb=2)))
    assert (end.code, end.reason) == (125, Reason.DRIVER_ERROR)
    assert "memory count" in end.message


def test_a_stop_ends_it_at_once(run: Callable[..., RunningTask]) -> None:
    running = run("loop")
    started = time.monotonic()
    running.stop(20)
    assert time.monotonic() - started < 10
    assert end_of(running).reason is Reason.STOPPED


def test_an_end_without_a_host_is_explained_by_the_next(
    run: Callable[..., RunningTask], harness: DriverHarness
) -> None:
    running = run("loop", timeout=0.5)
    harness.leave()
    assert running.output_closed()
    harness.open()
    running.recover()
    end = end_of(running)
    assert (end.code, end.reason, end.message) == (124, Reason.TIMEOUT, "it ran longer than 0.5 s, in _start")
