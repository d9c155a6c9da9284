"""Check the repository, then test it on every interpreter found; the last line is pytest's own.

usage: run_tests.py FOLDER [PYTEST-ARGUMENT...]      FOLDER is the virtual environment this runs in
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
OWN_VERSION: Final = f"{sys.version_info.major}.{sys.version_info.minor}"


def tell(text: str) -> None:
    """Print a line before what a child prints next."""
    print(text, flush=True)


def call(*command: str) -> int:
    """Run ``command`` in the repository and give its exit status."""
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def other_interpreters() -> dict[str, str]:
    """Find the interpreters of other versions; those left out are named by the script that looks."""
    command = ["tools/interpreters.sh"]
    listed = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    found = dict(line.split(maxsplit=1) for line in listed.stdout.splitlines())
    return {version: path for version, path in found.items() if version != OWN_VERSION}


def set_up(folder: Path, interpreter: str) -> Path | None:
    """Make the virtual environment of another interpreter."""
    failed = call("tools/venv.sh", str(folder), "dev", interpreter)
    return None if failed else folder


def run_suite(folder: Path, version: str, arguments: list[str]) -> bool:
    """Run the whole suite in one virtual environment; tell whether it passed."""
    tell(f"\ntests on Python {version}")
    return call(str(folder / "bin" / "python"), "-m", "pytest", "-q", *arguments) == 0


def run_others(prepared: dict[str, Future[Path | None]], arguments: list[str]) -> bool:
    """Run what may differ on the other interpreters, one after the other: tests measure time."""
    folders = {version: future.result() for version, future in prepared.items()}
    for version in [version for version, folder in folders.items() if folder is None]:
        tell(f"Python {version} could not be set up")
    fewer = ["-m", "not once", *arguments]
    passed = [folder and run_suite(folder, version, fewer) for version, folder in folders.items()]
    return all(passed)


def main() -> int:
    """Give 0 when all checks and tests passed, else 1."""
    folder, arguments = Path(sys.argv[1]).absolute(), sys.argv[2:]
    with ThreadPoolExecutor(1, "set-up") as background:
        prepared = {
            version: background.submit(set_up, folder / f"also-{version}", path)
            for version, path in other_interpreters().items()
        }
        clean = call("tools/check.sh", str(folder)) == 0
        tell("ruff and mypy found nothing" if clean else "ruff or mypy found what stands above")
        passed = run_suite(folder, OWN_VERSION, arguments)
        return 0 if run_others(prepared, arguments) and passed and clean else 1


if __name__ == "__main__":
    sys.exit(main())
