"""A budget of modules for each command: a new import is named, and has to be decided on.

The modules that a command may import stand in ``golden/imports-*.txt``, of all Pythons together.
``OSTLER_GOLDEN=write`` adds what is new; taking away what is not imported any more is done by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

GOLDEN: Final = Path(__file__).with_name("golden")
MARGIN: Final = 1.15  # interpreters differ in which of their own modules they split off
SCRIPT: Final = """
import json, os, sys
before = set(sys.modules)
from ostler.cli import main

def leave(status):
    with open(os.environ["MODULES"], "w") as file:
        json.dump(sorted(set(sys.modules) - before), file)
    leave_now(status)

leave_now, os._exit = os._exit, leave
sys.argv = ["ostler", *sys.argv[1:]]
main()
"""
JOB: Final = """
job "least" {
  type = "batch"
  group "one" {
    task "true" {
      driver = "mock_driver"
      config {
        run_for = "10ms"
      }
    }
  }
}
"""
SLEEPY: Final = """
import pathlib, time
pathlib.Path(__file__).with_suffix(".imported").touch()
time.sleep(2)
raise ImportError("nobody asked for this driver")
"""


class Budget(NamedTuple):
    """A command, and how many modules it may import beyond the interpreter's own."""

    name: str
    words: tuple[str, ...]

    @property
    def file(self) -> Path:
        return GOLDEN / f"imports-{self.name}.txt"

    @property
    def allowed(self) -> set[str]:
        return set(self.file.read_text("utf-8").split()) if self.file.exists() else set()


BUDGETS: Final = [
    Budget("help", ("--help",)),
    Budget("version", ("--version",)),
    Budget("driver-list", ("driver", "list")),
    Budget("driver-schema", ("driver", "schema", "mock_driver")),
    Budget("validate", ("validate", "job.nomad.hcl")),
    Budget("run", ("run", "job.nomad.hcl")),
    Budget("status", ("status",)),
    Budget("node", ("node", "--json")),
]


class Place:
    """A folder with a job, and a package of drivers that takes 2 s to import."""

    def __init__(self, folder: Path, data_dir: Path) -> None:
        self.folder, self.data_dir = folder, data_dir
        self.site = folder / "site"
        metadata = self.site / "acme_sleepy-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-sleepy\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[ostler.drivers.v1]\nsleepy = acme_sleepy:Sleepy\n")
        (self.site / "acme_sleepy.py").write_text(SLEEPY)
        (folder / "job.nomad.hcl").write_text(JOB)

    def imported(self, *words: str) -> set[str]:
        """Run a command and give the modules that it imported; `node` would ask the slow driver too."""
        report = self.folder / "modules.json"
        site = [] if "node" in words else [str(self.site)]
        environment = {
            **os.environ,
            "MODULES": str(report),
            "OSTLER_DATA_DIR": str(self.data_dir),
            "PYTHONPATH": os.pathsep.join(filter(None, [*site, os.environ.get("PYTHONPATH")])),
        }
        command = [sys.executable, "-c", SCRIPT, *words]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return set(json.loads(report.read_text()))

    @property
    def sleepy_was_imported(self) -> bool:
        return (self.site / "acme_sleepy.imported").exists()


@pytest.fixture
def place(tmp_path: Path, data_dir: Path) -> Place:
    return Place(tmp_path, data_dir)


@pytest.mark.parametrize("budget", BUDGETS, ids=[each.name for each in BUDGETS])
def test_a_command_imports_what_its_budget_allows(budget: Budget, place: Place) -> None:
    found = place.imported(*budget.words)
    if os.environ.get("OSTLER_GOLDEN") == "write":
        budget.file.parent.mkdir(exist_ok=True)
        budget.file.write_text("\n".join(sorted(found | budget.allowed)) + "\n", "utf-8")
    assert sorted(found - budget.allowed) == [], f"new imports of `ostler {' '.join(budget.words)}`"
    assert not place.sleepy_was_imported


def test_whoever_names_a_driver_imports_it(place: Place) -> None:
    """Else the tests above would hold for a package that could not be found."""
    with pytest.raises(AssertionError, match=r"driver 'sleepy' from acme-sleepy 1\.0"):
        place.imported("driver", "schema", "sleepy")
    assert place.sleepy_was_imported


def test_a_budget_does_not_grow_for_what_nobody_imports(place: Place) -> None:
    """A list that holds much more than is imported would let new imports pass."""
    slack = {each.name: len(each.allowed) / len(place.imported(*each.words)) for each in BUDGETS[:3]}
    assert {name: share for name, share in slack.items() if share > MARGIN} == {}
