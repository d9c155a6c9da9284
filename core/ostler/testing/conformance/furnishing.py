"""What a task finds when it starts: its environment and its directories."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from ostler.drivers import Filesystem, values
from ostler.testing.act import Act
from ostler.testing.sentences import sentence

if TYPE_CHECKING:
    from ostler.testing.acting import Run
    from ostler.testing.harness import DriverHarness

VARIABLES: Final = {
    "EMPTY": "",
    "EQUALS": "a=b=c",
    "LINES": "one\ntwo",
    "QUOTES": "'\"`id` $(id) $HOME \\",
    "SPACES": "  a  b  ",
    "UNICODE": "žluťoučký 🐎",
}
CANARY: Final = "PYTEST_CURRENT_TEST"  # pytest itself sets it anew for every test
FILES: Final = ("alloc/data/written", "local/written", "secrets/written")
OTHERS: Final = 0o077


class FurnishingTests:
    """A task finds what it was promised and nothing else."""

    @sentence(values.Task, "``environment`` is complete, and reaches the task as it is.")
    def test_the_environment_reaches_the_task_as_it_is(self, run: Run) -> None:
        """Spaces, quotes, lines and letters of all kinds stay what they are."""
        running = run(Act(environ=tuple(VARIABLES)), env=VARIABLES)
        assert running.shows("".join(f"{value}\n" for value in VARIABLES.values()))

    @sentence(values.Task, "No other variable of the host reaches it.")
    def test_no_other_variable_of_the_host_reaches_the_task(self, harness: DriverHarness, run: Run) -> None:
        """Take one of the host's away from the task's environment."""
        assert CANARY in os.environ
        task = harness.furnish(run.task(Act(environ=(CANARY,))))
        kept = {name: value for name, value in task.environment.items() if name != CANARY}
        running = harness.prepare(evolve(task, environment=kept))
        running.start()
        assert running.shows("\n")

    @sentence(
        values.Directories,
        "The task may write in ``local``, in ``secrets`` and in ``data`` below ``shared``.",
    )
    def test_the_task_can_write_in_its_directories(self, run: Run) -> None:
        """What it writes is found on the host."""
        running = run(Act(files=FILES))
        assert running.end() is not None
        found = running.task.directories
        places = {"alloc": found.shared, "local": found.local, "secrets": found.secrets}
        paths = [Path(places[root], rest) for root, _, rest in (name.partition("/") for name in FILES)]
        assert [path.read_text(encoding="utf-8") for path in paths] == list(FILES)

    @sentence(values.Directories, "No other user of the host can enter ``secrets``.")
    def test_the_secrets_of_a_task_are_private(self, run: Run) -> None:
        """One of the directories on the way there is closed."""
        directories = run(Act(seconds=60)).task.directories
        way = (Path(directories.allocation), Path(directories.task), Path(directories.secrets))
        assert [oct(each.stat().st_mode) for each in way if not each.stat().st_mode & OTHERS] != []

    @sentence(
        values.Directories, "It starts in ``task``, which with the file system ``chroot`` it sees as ``/``"
    )
    def test_a_task_starts_in_its_own_directory(self, harness: DriverHarness, run: Run) -> None:
        """It writes down where it is."""
        if harness.filesystem is Filesystem.IMAGE:
            pytest.skip(
                f"driver {harness.name!r} has the file system `image`, which says where a task starts"
            )
        running = run(Act(directory=True))
        own = str(Path(running.task.directories.task).resolve())
        assert running.shows("/\n" if harness.filesystem is Filesystem.CHROOT else f"{own}\n")
