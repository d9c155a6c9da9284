from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ostler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534
PACKAGES = ("_pytest", "attr", "attrs", "iniconfig", "packaging", "pluggy", "py.py", "pygments", "pytest")
PLUGIN = "pytest_timeout.py"
MODULES = (
    "inside",
    "stdin",
    "start",
    "isolation",
    "landlock",
    "network",
    "seccomp",
    "limits",
    "stop",
    "recover",
    "logs",
    "portable",
    "host",
    "refusals",
)
REPOSITORY = Path(__file__).parents[2]


def interpreter() -> str | None:
    """Find an interpreter that everybody can run."""
    for name in ("/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11"):
        if Path(name).exists():
            return name
    return None


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Give a copy of the code and of what its tests need that everybody can read."""
    folder = Path(tempfile.mkdtemp(prefix="ostler-nobody-"))
    site = Path(sysconfig.get_path("purelib"))
    shutil.copytree(Path(ostler.__file__).parent, folder / "core" / "ostler")
    shutil.copytree(REPOSITORY / "tests", folder / "tests")
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    for name in (*PACKAGES, PLUGIN):
        copy = shutil.copytree if (site / name).is_dir() else shutil.copy
        copy(site / name, folder / "core" / name)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    (folder / "tmp").mkdir()
    os.chown(folder / "tmp", NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(300)
@pytest.mark.need("setpriv")
def test_an_ordinary_user_passes_the_same_tests(checkout: Path, need_kernel: Callable[[str], None]) -> None:
    python = interpreter()
    if os.geteuid() != 0 or python is None:
        need_kernel("only root can become another user, and that one needs an interpreter in /usr/bin")
    tests = [str(checkout / "tests" / "executor" / f"test_{name}.py") for name in MODULES]
    done = subprocess.run(
        [
            *("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
            *(str(python), "-B", "-m", "pytest", "-q", "-p", "pytest_timeout", "-p", "no:cacheprovider"),
            *("--basetemp", str(checkout / "tmp" / "run"), *tests),
        ],
        cwd=checkout,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(checkout / "core"),
            "HOME": "/nonexistent",
            "OSTLER_LAUNCHER": "c",  # the other one is tried by root, and by whoever runs these tests
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
