"""What can't be contained in one process ends the host, and no running task of another driver."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import line_with
from tests.hostile.host import Host, lasts, speaks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def gated(host: Host) -> Iterator[Path]:
    """Give the file at which the driver does it, and end the tasks that outlive the test's host."""
    gate = host.shell.folder / "gate"
    host.shell.environment["GATE"] = str(gate)
    yield gate
    host.does("", "")
    for each in host.standings():
        host("stop", each["allocation"])


def die(running: subprocess.Popen[bytes], gate: Path, deed: str) -> int:
    """Let the driver do it once the other task runs, and give the host's status."""
    line_with(running.stderr, ": Started")
    gate.touch()
    if deed == "hold-the-gil":
        hold(running)
    running.communicate(timeout=20)
    return running.returncode


def hold(running: subprocess.Popen[bytes]) -> None:
    """Find that the host neither ends nor takes a signal any more, and kill it."""
    with pytest.raises(subprocess.TimeoutExpired):
        running.communicate(timeout=2)
    running.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        running.communicate(timeout=1)
    running.kill()


DEATHS = {
    "segfault": -signal.SIGSEGV,
    "leave": 3,
    "kill": -signal.SIGKILL,
    "hold-the-gil": -signal.SIGKILL,
}


@pytest.mark.parametrize("deed", DEATHS)
def test_a_task_outlives_what_a_driver_does_to_the_host(deed: str, host: Host, gated: Path) -> None:
    host.does("start", deed)
    assert die(host.start(speaks("60"), lasts()), gated, deed) == DEATHS[deed]
    host.does("", "")
    assert host.states()["raw_exec"] == "running"
    (allocation,) = [each["allocation"] for each in host.standings() if each["task"] == "raw_exec"]
    assert host("stop", allocation).code == 0
    assert "raw_exec" not in host.states()


def test_a_task_in_isolation_outlives_it_too(host: Host, gated: Path) -> None:
    host.does("start", "segfault")
    die(host.start(speaks("60", driver="exec"), lasts()), gated, "segfault")
    host.does("", "")
    assert host.states()["exec"] == "running"
