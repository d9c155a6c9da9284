"""Build wheels, and run commands in environments that hold nothing of this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = sorted(each.parent for each in (ROOT / "contrib").glob("*/pyproject.toml"))
SOURCES: Final = ("core", "builtin_drivers", "pyproject.toml", "setup.py", "README.md", "LICENSE")
MADE: Final = ("__pycache__", "*.egg-info", "*.so", "ostler-init", "build", "dist", ".venv", ".*_cache")


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder`` with nothing of this checkout in its environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OSTLER_"))}
    required = {name: os.environ[name] for name in ("OSTLER_REQUIRE",) if name in os.environ}
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=kept | required | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def must(*command: str | Path, folder: Path, **environment: str) -> str:
    """Run a command that has to succeed, and give what it printed."""
    done = run(*command, folder=folder, **environment)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wheel(project: Path, folder: Path, **environment: str) -> Path:
    """Build a project's wheel from a copy of it, so that the checkout stays as it is."""
    copy, out = folder / f"{project.name}-copy", folder / f"{project.name}-wheel"
    names = SOURCES if project == ROOT else tuple(path.name for path in project.iterdir())
    copy.mkdir()
    for name in names:
        if (project / name).is_dir():
            shutil.copytree(project / name, copy / name, ignore=shutil.ignore_patterns(*MADE))
        else:
            shutil.copy(project / name, copy)
    must(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        out,
        copy,
        folder=folder,
        **environment,
    )
    (built,) = out.glob("*.whl")
    return built


def environment(folder: Path, wheels: Iterable[str]) -> Path:
    """Make a virtual environment that holds ``wheels``, and give the folder of its programs."""
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    must(programs / "python", "-m", "pip", "install", "--quiet", *wheels, folder=folder)
    return programs
