"""Check the repository and test it on every interpreter found; the last line is pytest's own.

usage: run_tests.py FOLDER [--user] [PYTEST-ARGUMENT...]      FOLDER is the virtual environment this runs in

With --user only what may differ for another user is tested, on this interpreter, and nothing is checked.
Several runs of pytest go side by side, since tests mostly wait; what each said is shown when it is over.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parent.parent
OWN_VERSION: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
SIDE_BY_SIDE: Final = 3
LANES: Final = ("not once and not kernel", "not once and kernel")
T = TypeVar("T")
NO_TESTS: Final = 5  # pytest's status where every test was left out


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


class Suite(NamedTuple):
    """Some of the tests on one interpreter; ``marks`` is pytest's expression for which."""

    version: str
    marks: str

    def run(self, environments: Mapping[str, Future[Path | None]], arguments: Sequence[str]) -> bool:
        """Run it and show what pytest said when it is over; tell whether it passed."""
        folder = environments[self.version].result()
        if folder is None:
            tell(f"Python {self.version} could not be set up")
            return False
        tell(f"tests on Python {self.version} begin: {self.marks}")
        command = [str(folder / "bin" / "python"), "-m", "pytest", "-q", "-m", self.marks, *arguments]
        with tempfile.TemporaryDirectory(prefix="ostler-") as apart:  # else runs tidy up each other's folders
            Path(apart).chmod(0o755)
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTEST_DEBUG_TEMPROOT": apart},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                check=False,
            )
        tell(f"\ntests on Python {self.version}: {self.marks}\n{done.stdout}")
        return done.returncode in {0, NO_TESTS}


def set_up(folder: Path, interpreter: str) -> Path | None:
    """Make the virtual environment of another interpreter."""
    failed = call("tools/venv.sh", str(folder), "dev", interpreter)
    return None if failed else folder


def suites(versions: Sequence[str]) -> list[Suite]:
    """List what is run on versions, the newest first: the longest first, on each what only it can tell."""
    oldest, between = [each for each in versions[-1:] if each != OWN_VERSION], versions[1:-1]
    return [
        *(Suite(OWN_VERSION, marks) for marks in (*LANES, "packages", "once and not packages")),
        *(Suite(version, marks) for version in oldest for marks in LANES),
        *(Suite(version, "not once and not outermost") for version in between),
    ]


def for_a_user() -> list[Suite]:
    """List what another user can tell anew."""
    return [Suite(OWN_VERSION, f"not anyone and {marks}") for marks in (*LANES, "once")]


def settled(value: T) -> Future[T]:
    """Give what is known already as what others wait for."""
    ready: Future[T] = Future()
    ready.set_result(value)
    return ready


def prepare(own: Path) -> dict[str, Future[Path | None]]:
    """Begin to set up the environments of the other interpreters, one after the other, the newest first."""
    background = ThreadPoolExecutor(1, "set-up")
    others = {
        version: background.submit(set_up, own / f"also-{version}", path)
        for version, path in other_interpreters().items()
    }
    background.shutdown(wait=False)
    return {OWN_VERSION: settled(own), **others}


def check(folder: Path) -> bool:
    """Run the checks, and tell whether they found nothing."""
    clean = call("tools/check.sh", str(folder)) == 0
    tell("ruff and mypy found nothing" if clean else "ruff or mypy found what stands above")
    return clean


def main() -> int:
    """Give 0 when all checks and tests passed, else 1."""
    folder, arguments = Path(sys.argv[1]).absolute(), sys.argv[2:]
    as_user = arguments[:1] == ["--user"]
    environments = {OWN_VERSION: settled(folder)} if as_user else prepare(folder)
    chosen = for_a_user() if as_user else suites(list(environments))
    with ThreadPoolExecutor(min(SIDE_BY_SIDE, (os.cpu_count() or 1) + 1), "tests") as running:
        checked = settled(value=True) if as_user else running.submit(check, folder)
        passed = list(running.map(lambda each: each.run(environments, arguments[as_user:]), chosen))
    return 0 if all(passed) and checked.result() else 1


if __name__ == "__main__":
    sys.exit(main())
