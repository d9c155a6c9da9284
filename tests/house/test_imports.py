"""What a command may import: each of these is started often, and by people who wait."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.house.source import CORE, reached

if TYPE_CHECKING:
    from pathlib import Path

HEAVY: Final = {"aiohttp", "asyncio", "attr", "attrs", "cattrs", "fsspec", "psutil", "pytest", "rich"}
# Each of these takes 1 to 20 ms that a short run would notice; what needs one imports it then.
UNNEEDED: Final = HEAVY - {"asyncio", "attr", "attrs", "cattrs"} | {
    "csv",
    "ctypes",
    "email",
    "importlib.metadata",
    "importlib.resources",
    "packaging",
    "random",
    "secrets",
    "shlex",
    "shutil",
    "tempfile",
    "zipfile",
}
LEAST_JOB: Final = """
job "least" {
  type = "batch"
  group "one" {
    task "true" {
      driver = "exec"
      config { command = "/bin/true" }
    }
  }
}
"""
SUPERVISOR: Final = CORE / "ostler" / "executor" / "supervisor_daemon" / "__main__.py"
CANARY: Final = CORE / "ostler" / "executor" / "linux" / "canary.py"
FETCHER: Final = CORE / "ostler" / "artifacts" / "fetcher" / "__main__.py"
MOST_OF_THE_EXECUTOR: Final = 40  # modules, before anything is started
REPORT: Final = "import json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
COMMAND: Final = f"""
import os, sys
from ostler.cli import main
sys.argv = ["ostler", *sys.argv[1:]]
os._exit = sys.exit  # the command ends at once, and could not report any more
try:
    main()
finally:
    {REPORT}
"""


def imported(script: str, *arguments: str) -> set[str]:
    """Run ``script`` and give the packages it has imported, our own modules by their whole names."""
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    names = json.loads(next(line for line in done.stderr.splitlines() if line.startswith('["')))
    return {name if name.startswith(("ostler", "importlib")) else name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("driver", "list"), ("driver", "list", "--json")], ids=" ".join
)
def test_a_quick_command_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported(COMMAND, *arguments) & HEAVY == set()


def test_listing_the_drivers_imports_no_driver() -> None:
    found = imported(COMMAND, "driver", "list")
    assert {name for name in found if name.startswith("ostler_driver")} == set()


def test_the_help_imports_the_command_alone() -> None:
    found = {name for name in imported(COMMAND, "--help") if name.startswith("ostler.")}
    rooms = {name.split(".")[1] for name in found}
    assert rooms <= {"cli", "errors", "lazy", "nearest", "places", "version", "visible"}


def test_a_run_of_the_least_job_imports_what_it_needs_alone(tmp_path: Path, data_dir: Path) -> None:
    """Whether or not the task may start here: what is imported for it is the same."""
    job = tmp_path / "least.nomad.hcl"
    job.write_text(LEAST_JOB, encoding="utf-8")
    found = imported(COMMAND, "run", "--data-dir", str(data_dir), str(job))
    assert "ostler.runner.task" in found
    assert found & UNNEEDED == set()


def test_the_executor_alone_imports_no_other_room() -> None:
    found = imported(f"import sys; from ostler.executor import Command, Executor, Isolation; {REPORT}")
    own = {name for name in found if name.startswith("ostler.")}
    assert {name.split(".")[1] for name in own} == {"errors", "executor", "lazy", "places"}
    assert found & ((HEAVY | {"asyncio", "click", "pluggy"}) - {"attr", "attrs"}) == set()
    assert len(own) <= MOST_OF_THE_EXECUTOR


def test_a_bare_driver_module_imports_the_hook_marker_alone() -> None:
    found = imported(f"import sys; from ostler import hookimpl; {REPORT}")
    assert found & HEAVY == set()
    assert {name for name in found if name.startswith("ostler.")} <= {
        "ostler.drivers",
        "ostler.drivers.hookspecs",
        "ostler.errors",
        "ostler.lazy",
    }


def test_importing_the_package_imports_nothing_else() -> None:
    found = imported(f"import sys; import ostler; {REPORT}")
    assert {name for name in found if name.startswith("ostler.")} <= {"ostler.lazy"}


@pytest.mark.parametrize("program", [SUPERVISOR, CANARY], ids=["supervisor", "canary"])
def test_its_processes_need_the_standard_library_and_the_executor_alone(program: Path) -> None:
    found = [each for every in reached(program).values() for each in every]
    inner = [each for each in found if each.name.startswith("ostler.executor.")]
    outer = [each for each in found if each.name.split(".")[0] not in sys.stdlib_module_names]
    assert inner
    assert [str(each) for each in outer if each not in inner] == []


def test_the_fetcher_starts_without_what_a_fetch_may_not_need() -> None:
    script = (
        f"import sys, runpy; main = runpy.run_path({str(FETCHER)!r})['_main']\ntry: main()\nfinally: {REPORT}"
    )
    found = imported(script)
    assert "ostler_fetcher.work" in found
    assert found & {*HEAVY, "click", "pluggy"} == set()
