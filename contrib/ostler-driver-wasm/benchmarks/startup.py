"""Time a program that writes one line, from its start to its end known: ``python benchmarks/startup.py``."""
# ruff: noqa: INP001 - a script, run by its path

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from ostler_driver_wasm.view import packages

from ostler.testing import DriverHarness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

README: Final = Path(__file__).parents[1] / "README.md"
RUNS: Final = 15


def milliseconds(act: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def interpreter() -> None:
    """Do what no start can do without: an interpreter that imports wasmtime."""
    code = f"import sys; sys.path[:0] = {packages()!r}; import wasmtime"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def life(harness: DriverHarness, config: Mapping[str, str]) -> None:
    """Start the program and wait for its end."""
    end = harness.run(config).end(60)
    if end is None or not end.successful:
        msg = f"it ended with {end}"
        raise SystemExit(msg)


def tell(what: str, times: list[float]) -> None:
    """Write one line of the result."""
    sys.stdout.write(f"{what:45} median {median(times):6.1f} ms, least {min(times):6.1f} ms\n")


def main() -> None:
    """Time the interpreter alone, then a first and later starts, with and without isolation."""
    program = README.read_text("utf-8").partition("```wat\n")[2].partition("```")[0]
    tell("an interpreter that imports wasmtime", [milliseconds(interpreter) for _ in range(RUNS)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hello.wat").write_text(program)
        config = {"module": f"{folder}/hello.wat"}
        for isolation in ("none", "auto"):
            settings = {"allowed_paths": [name], "isolation": isolation}
            with DriverHarness("wasm", folder / isolation, settings=settings) as harness:
                found = harness.driver.fingerprint().attributes["driver.wasm.isolation"]
                times = [milliseconds(lambda: life(harness, config)) for _ in range(RUNS + 1)]
            tell(f"the first start, isolation {found}", times[:1])
            tell(f"a later start, isolation {found}", times[1:])


if __name__ == "__main__":
    main()
