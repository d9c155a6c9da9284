"""How `exec` and `raw_exec` find a command, and make it executable."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ostler_drivers.chmod import make_executable
from ostler_drivers.host_command import find_command
from ostler_drivers.surroundings import of_user, without

if TYPE_CHECKING:
    from ostler.drivers import Task
    from ostler.testing.plugin import OpenDriver

SCRIPT = "#!/bin/sh\necho found\n"


def furnished(open_driver: OpenDriver, command: str) -> Task:
    harness = open_driver("raw_exec", {"enabled": True})
    return harness.furnish(harness.task({"command": command}))


def placed(task: Task, *, isolated: bool) -> list[tuple[str, str]]:
    local, own = task.directories.local, task.directories.task
    return [(local, "/local"), (own, "/")] if isolated else [(local, local), (own, own)]


@pytest.mark.parametrize(
    ("command", "where", "found"),
    [
        ("tool", "local/tool", "/local/tool"),
        ("tool", "tool", "/tool"),
        ("bin/tool", "local/bin/tool", "/local/bin/tool"),
        ("/local/tool", "local/tool", "/local/tool"),
        ("/opt/tool", "opt/tool", "/opt/tool"),
        ("tool", "elsewhere", "tool"),
        ("/bin/sh", "local/bin/sh", "/bin/sh"),
    ],
)
def test_a_command_is_looked_for_in_local_then_in_the_tasks_directory(
    open_driver: OpenDriver, command: str, where: str, found: str
) -> None:
    task = furnished(open_driver, command)
    file = Path(task.directories.task, where)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SCRIPT)
    file.chmod(0o600)
    assert find_command(task, placed(task, isolated=True)) == found
    assert bool(file.stat().st_mode & 0o111) is (found != command or where == command.lstrip("/"))


def test_a_file_of_the_task_is_made_executable_for_everyone(open_driver: OpenDriver) -> None:
    harness = open_driver("raw_exec", {"enabled": True})
    task = harness.furnish(harness.task({"command": "tool"}))
    tool = Path(task.directories.local, "tool")
    tool.write_text(SCRIPT)
    tool.chmod(0o640)
    running = harness.prepare(task)
    running.start()
    end = running.end()
    assert end is not None
    assert end.code == 0
    assert stat.S_IMODE(tool.stat().st_mode) == 0o755


def test_no_link_leads_to_a_file_that_is_made_executable(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    outside = tmp_path / "host" / "secret"
    outside.write_text("1")
    outside.chmod(0o600)
    own = tmp_path / "own"
    own.mkdir()
    (own / "link").symlink_to(outside)
    (own / "folder").symlink_to(tmp_path / "host")
    os.mkfifo(own / "fifo")
    for path in ("link", "folder/secret", "fifo", "../host/secret", "missing"):
        make_executable(str(own), path)
    os.link(outside, own / "hard")
    make_executable(str(own), "hard")
    assert stat.S_IMODE(outside.stat().st_mode) == 0o600


def test_variables_are_denied_by_pattern_and_case() -> None:
    given = {"AWS_KEY": "1", "aws_key": "2", "TOKEN1": "3", "TOKEN10": "4"}
    assert without(given, ["AWS_*", "TOKEN?"]) == {"aws_key": "2", "TOKEN10": "4"}


def test_a_users_variables_never_replace_the_jobs() -> None:
    assert of_user({"HOME": "/local"}, "0:0") == {"USER": "root", "LOGNAME": "root", "HOME": "/local"}
    assert of_user({"A": "b"}, "no such user") == {"A": "b"}
