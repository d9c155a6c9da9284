"""What a task finds when it starts: its environment and its directories."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from attrs import evolve

from ostler.drivers import Filesystem, values
from ostler.errors import RefusedError
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
READABLE: Final = 0o444
SOMEBODY: Final = "nobody"


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

    @sentence(
        values.Capabilities,
        "Where it is declared, be it empty, a task that sets none of them can't write to a file that its "
        "user may only read",
    )
    def test_a_task_can_do_no_more_to_files_than_its_user(self, harness: DriverHarness, run: Run) -> None:
        """It tries to write to a file of the same directory that it may only read."""
        if harness.capabilities.widened_by is None:
            pytest.skip(f"driver {harness.name!r} does not declare `widened_by`")
        task = harness.furnish(run.task(Act(files=("local/written", "local/kept"))))
        kept, written = (Path(task.directories.local, name) for name in ("kept", "written"))
        kept.write_text("as it was", encoding="utf-8")
        kept.chmod(READABLE)
        running = harness.prepare(evolve(task, user="" if os.geteuid() else SOMEBODY))
        with suppress(RefusedError):  # whoever that is may not come as far as the directory of these tests
            running.start()
            assert running.end() is not None
        if not written.exists():
            pytest.skip(f"a task of driver {harness.name!r} does not reach its directory here as {SOMEBODY}")
        assert kept.read_text(encoding="utf-8") == "as it was"

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
