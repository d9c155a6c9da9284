from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ostler
import ostler_drivers
from tests.escape import outside
from tests.escape.scene import FURTHER_GROUP, of_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Verdicts = dict[str, dict[str, Any]]

collect_ignore_glob = [] if sys.platform == "linux" else ["test_*.py"]

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("attr", "attrs", "cattr", "cattrs", "fsspec", "packaging", "pluggy", "psutil")
METADATA = "ostler-*.dist-info"
OLDEST = (3, 11)


class Tried:
    """The verdicts of every place in which everything was tried, each tried once, when first asked for."""

    def __init__(self) -> None:
        self._found: dict[str, Verdicts] = {}
        self._missing: dict[str, str] = {}
        self._broken = ""

    def get(self, column: str) -> Verdicts | str:
        """Give the verdicts, or why there are none."""
        if self._broken:
            pytest.fail(self._broken, pytrace=False)
        if column not in self._found and column not in self._missing:
            self._broken = f"{column} could not be tried, as an earlier test says"
            _WAYS[column](self)
            self._broken = ""
        return self._missing.get(column) or self._found[column]

    def outside(self) -> None:
        done = _run(outside.command(sys.executable), REPOSITORY)
        if done.returncode:
            self._missing["outside"] = f"namespaces are denied: {done.stderr.strip()}"
            return
        assert done.stdout.strip(), done.stderr[-4000:]
        self._found["outside"] = json.loads(done.stdout)

    def as_root(self) -> None:
        self._as_root(nobody="as root", root="user root", offline="as root, no network")

    def as_root_without_seccomp(self) -> None:
        self._as_root("no-seccomp", root="user root, no seccomp")

    def as_user(self) -> None:
        self._as_user(nobody="as user", offline="as user, no network")

    def as_user_without_seccomp(self) -> None:
        self._as_user("no-seccomp", nobody="as user, no seccomp")

    def landlock(self) -> None:
        self._as_user("landlock", tier="landlock", nobody="landlock")

    def _as_root(self, *words: str, **columns: str) -> None:
        if os.geteuid() != 0:
            self._missing.update(dict.fromkeys(columns.values(), "only root has the root tier"))
            return
        with _folder() as folder:
            command = ["setpriv", "--groups", str(FURTHER_GROUP), sys.executable]
            self._keep(_tell(command, folder, REPOSITORY, *words), "root", **columns)

    def _as_user(self, *words: str, tier: str = "userns", **columns: str) -> None:
        with _folder() as folder:
            if os.geteuid() != 0:
                told = _tell([sys.executable], folder, REPOSITORY, *words)
            elif (python := _interpreter()) is None:
                missing = "an ordinary user needs an interpreter in /usr/bin"
                self._missing.update(dict.fromkeys(columns.values(), missing))
                return
            else:
                told = _tell([*_as_nobody(), python, "-B"], folder, _checkout(folder), *words)
            self._keep(told, tier, **columns)

    def _keep(self, told: dict[str, Any], tier: str, **columns: str) -> None:
        for name, column in columns.items():
            if told["tier"] == tier:
                self._found[column] = told[name]
            else:
                self._missing[column] = f"the tier is {told['tier']}"


_WAYS: dict[str, Callable[[Tried], None]] = {
    "outside": Tried.outside,
    "as root": Tried.as_root,
    "user root": Tried.as_root,
    "as user": Tried.as_user,
    "as root, no network": Tried.as_root,
    "as user, no network": Tried.as_user,
    "user root, no seccomp": Tried.as_root_without_seccomp,
    "as user, no seccomp": Tried.as_user_without_seccomp,
    "landlock": Tried.landlock,
}


@pytest.fixture(scope="session")
def tried() -> Tried:
    return Tried()


def _tell(command: list[str], folder: Path, home: Path, *words: str) -> dict[str, Any]:
    done = _run([*command, "-m", "tests.escape.host", str(folder / "data"), *words], home)
    assert done.returncode == 0, done.stderr[-4000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _run(command: list[str], home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{home}/core:{home}"}
    return subprocess.run(
        command, cwd=home, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder of the task's caller: a data directory, and what else it needs."""
    folder = Path(tempfile.mkdtemp(prefix="ostler-escape-"))
    folder.chmod(0o777)
    if os.geteuid() == 0:
        of_group(folder / "of-group")
    try:
        yield folder
    finally:
        with suppress(FileNotFoundError):  # a supervisor that leaves takes its socket away
            shutil.rmtree(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _interpreter() -> str | None:
    names = ("/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11")
    return next((name for name in names if Path(name).exists()), None)


def _as_nobody() -> list[str]:
    return ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", str(FURTHER_GROUP)]


def _checkout(folder: Path) -> Path:
    """Copy the code and what it can't do without, for everybody to read."""
    home, site = folder / "checkout", Path(sysconfig.get_path("purelib"))
    for package in (ostler, ostler_drivers):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, home / "core" / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "tests/escape", home / "tests/escape")
    shutil.copy(site / "typing_extensions.py", home / "core")
    for name in (*PACKAGES, *(each.name for each in site.glob(METADATA))):
        shutil.copytree(site / name, home / "core" / name)
    subprocess.run(["chmod", "-R", "a+rX", home], check=True)
    return home
