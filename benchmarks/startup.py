"""Time the command's start beside what it can't do without, from an installed wheel, interleaved in one run.

usage: startup.py [--json] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from timing import interleave, medians

ROOT: Final = Path(__file__).resolve().parent.parent
CLICK: Final = "import click"
POINTS: Final = (
    "import click; from importlib.metadata import entry_points; entry_points(group='ostler.drivers.v1')"
)
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


class Measure(NamedTuple):
    """A command, what it is timed beside, and the most it may take: times its peer, or in seconds."""

    name: str
    command: list[str]
    beside: list[str]
    times: float | None = None
    seconds: float | None = None


class Figure(NamedTuple):
    """How long a command took in the median, and how many times as long as its peer."""

    seconds: float
    ratio: float

    def within(self, each: Measure) -> bool:
        """Tell whether it took no longer than it may."""
        return self.ratio <= (each.times or self.ratio) and self.seconds <= (each.seconds or self.seconds)


def copy_source(folder: Path) -> Path:
    """Copy what a wheel is made of: setuptools would put what lies in an old ``build`` into it too."""
    for name in ("core", "builtin_drivers"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "*.so", "__pycache__")
        )
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def install(folder: Path) -> Path:
    """Build the wheel of this checkout and install it alone; give the folder of its programs."""
    (folder / "source").mkdir()
    source = copy_source(folder / "source")
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "-q", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "-w", str(folder), str(source)], check=True, stdout=sys.stderr
    )
    (wheel,) = folder.glob("ostler-*.whl")
    subprocess.run([*pip, "install", str(wheel)], check=True, stdout=sys.stderr)
    return programs


def measures(programs: Path, folder: Path) -> list[Measure]:
    """List what is measured; the run of a task only where this user is root."""
    python, ostler = str(programs / "python"), str(programs / "ostler")
    job = folder / "least.nomad.hcl"
    job.write_text(LEAST_JOB, encoding="utf-8")
    found = [
        Measure("help", [ostler, "--help"], [python, "-c", CLICK], times=1.3),
        Measure("driver list", [ostler, "driver", "list"], [python, "-c", POINTS], times=1.3),
    ]
    if os.geteuid() == 0:
        run = [ostler, "run", "--data-dir", str(folder / "data"), str(job)]
        found.append(Measure("run /bin/true", run, [python, "-c", CLICK], seconds=0.3))
    return found


def seconds(command: list[str]) -> float:
    """Time one run, from command to exit."""
    start = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return taken


def figures(wanted: list[Measure], rounds: int) -> dict[str, Figure]:
    """Run everything in turns, each measure and its peer, and set their medians side by side."""
    runs = {name: partial(seconds, command) for each in wanted for name, command in both(each).items()}
    found = medians(interleave(runs, rounds))
    return {
        each.name: Figure(found[each.name], found[each.name] / found[f"beside {each.name}"])
        for each in wanted
    }


def both(each: Measure) -> dict[str, list[str]]:
    """Name a measure's command and its peer's."""
    return {each.name: each.command, f"beside {each.name}": each.beside}


def report(found: dict[str, Figure], wanted: list[Measure]) -> None:
    """Print a line for each measure."""
    for each in wanted:
        figure = found[each.name]
        limit = f"{each.times}x" if each.times else f"{each.seconds} s"
        met = "met" if figure.within(each) else "MISSED"
        print(
            f"{each.name:14} {figure.seconds:.3f} s   {figure.ratio:.2f}x its peer   at most {limit}: {met}"
        )


def main() -> int:
    """Give 1 when a figure is missed, but not to a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--rounds", type=int, default=20, help="how often each command is run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostler-startup-") as scratch:
        wanted = measures(install(Path(scratch)), Path(scratch))
        figures(wanted, 1)  # byte-compiles, and fills the file cache
        found = figures(wanted, options.rounds)
    if options.json:
        ratios = {name: figure.ratio for name, figure in found.items()}
        times = {name: figure.seconds for name, figure in found.items()}
        print(json.dumps({"ratios": ratios, "seconds": times}))
    else:
        report(found, wanted)
    return 0 if options.json else int(not all(found[each.name].within(each) for each in wanted))


if __name__ == "__main__":
    sys.exit(main())
