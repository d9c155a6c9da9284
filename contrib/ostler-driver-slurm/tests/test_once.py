"""No task is started twice, and nothing runs that nobody knows: whatever dies, and whenever."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from attrs import evolve
from single_node import PATH, until

from ostler.drivers import RecoverableError, StopRequest
from ostler.errors import OstlerError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import OpenSlurm
    from single_node import SingleNode

    from ostler.testing import DriverHarness

HOST = """
import sys
from pathlib import Path
from ostler.testing import DriverHarness
from ostler.testing.scale import Scale

conf, programs, folder, script = sys.argv[1:]
settings = {"slurm_conf": conf, "programs": programs, "poll_interval": 0.2}
harness = DriverHarness("slurm", Path(folder), settings=settings, scale=Scale(patience_seconds=30.0))
harness.run({"script": script})
print("started", flush=True)
"""


def replaced(folder: Path, name: str, text: str) -> None:
    """Put a program in front of one of Slurm's; ``$real`` is Slurm's own."""
    program = folder / name
    program.write_text(f"#!/bin/sh\nreal=$(PATH={PATH} command -v {name})\n{text}\n")
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "in-front"
    folder.mkdir()
    return folder


def test_a_job_whose_submission_was_not_answered_is_found(
    open_slurm: OpenSlurm, slurm: SingleNode, programs: Path
) -> None:
    silent = 'echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2'
    replaced(programs, "sbatch", f'"$real" "$@" >/dev/null; {silent}; exit 1')
    harness, before = open_slurm(programs=str(programs)), len(slurm.jobs())
    task = harness.run({"script": "echo once"})
    assert task.end(25) is not None
    assert task.stdout.content == b"once\n"
    assert len(slurm.jobs()) == before + 1


def test_a_job_that_was_not_taken_can_be_tried_again(
    open_slurm: OpenSlurm, slurm: SingleNode, programs: Path
) -> None:
    replaced(programs, "sbatch", 'echo "sbatch: error: Unable to contact slurm controller" >&2; exit 1')
    harness, before = open_slurm(programs=str(programs)), len(slurm.jobs())
    with pytest.raises(RecoverableError, match="Unable to contact slurm controller"):
        harness.run({"script": "echo never"})
    assert len(slurm.jobs()) == before
    assert not list(harness.state_directory.iterdir())


def test_a_job_that_is_taken_later_than_it_was_given_up_runs_nothing(
    open_slurm: OpenSlurm, slurm: SingleNode, programs: Path, tmp_path: Path
) -> None:
    ran, before = tmp_path / "ran", slurm.jobs()
    later = '(sleep 1; echo "$script" | "$real" "$@") >/dev/null 2>&1 &'
    replaced(programs, "sbatch", f'script=$(cat); {later} echo "timed out" >&2; exit 1')
    harness = open_slurm(programs=str(programs))
    with pytest.raises(RecoverableError, match="timed out"):
        harness.run({"script": f"touch {ran}"})
    until(lambda: len(slurm.jobs()) == len(before) + 1)
    (late,) = set(slurm.jobs()) - set(before)
    until(lambda: late not in slurm.jobs("PENDING,RUNNING,COMPLETING"))
    assert f"{late}|FAILED" in slurm.ask("squeue", "-h", "-t", "all", "-O", "JobID:|,State:|")
    assert not ran.exists()


def test_a_job_whose_host_died_over_its_submission_runs_nothing_and_is_swept(
    open_slurm: OpenSlurm, slurm: SingleNode, programs: Path, tmp_path: Path
) -> None:
    ran, folder, before = tmp_path / "ran", tmp_path / "dead", slurm.jobs()
    replaced(programs, "sbatch", '"$real" "$@" >/dev/null; kill -9 $PPID')
    words = [sys.executable, "-c", HOST, str(slurm.conf), str(programs), str(folder), f"touch {ran}"]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    (orphan,) = set(slurm.jobs()) - set(before)
    until(lambda: orphan in slurm.jobs("RUNNING"))
    time.sleep(0.5)
    assert not ran.exists()
    successor = open_slurm()
    successor.leave()
    _swap(successor, folder)
    successor.call(successor.driver.sweep, [])
    assert orphan not in slurm.jobs("PENDING,RUNNING,COMPLETING")
    assert not list((folder / "state" / "slurm").iterdir())


def test_a_job_whose_host_died_before_the_handle_was_written_down_is_swept(
    open_slurm: OpenSlurm, slurm: SingleNode, tmp_path: Path
) -> None:
    folder, before = tmp_path / "dead", slurm.jobs()
    words = [sys.executable, "-c", HOST, str(slurm.conf), "", str(folder), "exec sleep 60"]
    host = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert host.stdout is not None
    assert host.stdout.readline() == b"started\n"
    host.kill()
    host.communicate()
    (orphan,) = set(slurm.jobs()) - set(before)
    successor = open_slurm()
    bystander = successor.run({"script": "exec sleep 60"})
    successor.leave()
    own = successor.state_directory
    _swap(successor, folder)
    successor.call(successor.driver.sweep, [])
    assert orphan not in slurm.jobs("PENDING,RUNNING,COMPLETING")
    assert bystander.handle.state["job"] in slurm.jobs("PENDING,RUNNING")  # another data directory's
    successor.leave()
    successor.state_directory = own
    successor.open()


def test_a_number_that_slurm_gave_anew_is_not_taken_for_the_task(
    harness: DriverHarness, slurm: SingleNode
) -> None:
    task = harness.run({"script": "exec sleep 60"})
    strange = slurm.ask("sbatch", "--parsable", "--output=/dev/null", "--wrap=sleep 60").strip()
    handle = evolve(task.handle, state={**task.handle.state, "job": int(strange)})
    harness.reopen()
    harness.call(harness.driver.recover, handle)
    until(lambda: harness.call(harness.driver.wait, [handle], 0.5))
    (ended,) = harness.call(harness.driver.wait, [handle], 0.5)
    assert ended.exit.reason == "lost"
    harness.call(harness.driver.stop, handle, StopRequest(0.0))
    assert int(strange) in slurm.jobs("PENDING,RUNNING")
    slurm.ask("scancel", strange)


def test_a_comment_with_a_line_break_deceives_nobody(harness: DriverHarness, slurm: SingleNode) -> None:
    stranger = slurm.ask("sbatch", "--parsable", "--output=/dev/null", "--wrap=sleep 60").strip()
    task = harness.run({"script": "exec sleep 60"})
    comment = slurm.ask("squeue", "-h", "-j", str(task.handle.state["job"]), "-O", "Comment:|").strip("|\n")
    forged = f"--comment=x|\n{stranger}|{comment}"
    forger = slurm.ask("sbatch", "--parsable", "--output=/dev/null", forged, "--wrap=sleep 60").strip()
    harness.call(harness.driver.sweep, [])
    assert {int(stranger), int(forger)} <= set(slurm.jobs("PENDING,RUNNING"))
    assert task.handle.state["job"] not in slurm.jobs("PENDING,RUNNING,COMPLETING")
    slurm.ask("scancel", stranger, forger)


def test_a_handle_of_another_version_is_not_guessed_at(harness: DriverHarness) -> None:
    task = harness.run({"script": "exec sleep 60"})
    with pytest.raises(OstlerError, match="version 2; this driver reads version 1"):
        harness.call(harness.driver.recover, evolve(task.handle, version=2))


def _swap(harness: DriverHarness, folder: Path) -> None:
    """Let the driver be that of another data directory."""
    harness.state_directory = folder / "state" / "slurm"
    harness.open()
