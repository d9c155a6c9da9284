"""Allocations whose command was killed: they run on, are told of, and can be ended."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, job, line_with, sh, task
from tests.packages import write_package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUIET = job(sh("true", "quiet"))
WAITS = "echo ready; until [ -e /alloc/data/gate ]; do sleep 0.05; done; touch /alloc/data/ended"


@pytest.fixture
def orphan(ostler: Shell) -> Iterator[Path]:
    """Leave a running task without the command that ran it; give its allocation's directory."""
    running = ostler.start(job(sh(WAITS, "patient")))
    line_with(running.stdout, "ready")
    line_with(running.stderr, "Started")
    running.send_signal(signal.SIGKILL)
    running.communicate()
    (allocation,) = ostler.allocations()
    yield allocation
    (allocation / "alloc" / "data" / "gate").touch()


def standings(ostler: Shell) -> list[tuple[str, str, str]]:
    return [
        (each["job"], each["task"], each["state"]) for each in json.loads(ostler("status", "--json").stdout)
    ]


def test_a_task_outlives_its_command_and_can_be_stopped(ostler: Shell, orphan: Path) -> None:
    assert standings(ostler) == [("j", "patient", "running")]
    ran = ostler("stop", orphan.name[:8])
    assert (ran.code, ran.stdout.decode()) == (0, f"{orphan.name}: stopped\n")
    assert standings(ostler) == []
    assert ostler.left() == []


REFUSES = """
from attrs import frozen
from ostler.drivers import Veto, hookimpl


@frozen
class Settings:
    pass


class Refuses:
    kind, settings = "policy", Settings

    def __init__(self, context):
        pass

    @hookimpl(wrapper=True)
    def recover(self):
        raise Veto("nothing is taken up again")
        yield
"""


def test_a_task_that_a_policy_keeps_from_being_recovered_is_not_taken_for_ended(
    ostler: Shell, orphan: Path, tmp_path: Path
) -> None:
    points = {"ostler.wrappers.v1": {"refuses": "acme_refuses:Refuses"}}
    site = write_package(tmp_path, "acme-refuses", "1.0", points=points, modules={"acme_refuses": REFUSES})
    agent = ostler.file('wrapper "refuses" {\n}\n', "agent.hcl")
    ran = ostler("status", "--json", "--config", agent, PYTHONPATH=str(site))
    assert [each["state"] for each in json.loads(ran.stdout)] == ["unknown"]
    assert ostler.run(QUIET, "--config", agent, PYTHONPATH=str(site)).code == 0
    assert standings(ostler) == [("j", "patient", "running")]
    assert ostler("stop", orphan.name).code == 0


def test_the_next_run_tells_of_it_and_leaves_it_alone(ostler: Shell, orphan: Path) -> None:
    ran = ostler.run(QUIET)
    (note,) = (line for line in ran.errors.splitlines() if line.startswith("note:") and "logs" not in line)
    assert note == (
        f"note: allocation {orphan.name} of job 'j' outlived the command that ran it: patient running; "
        f"end it with: ostler stop {orphan.name[:8]}"
    )
    assert standings(ostler) == [("j", "patient", "running")]
    assert ostler("stop", orphan.name).code == 0


def test_the_next_run_clears_what_has_ended_meanwhile(ostler: Shell, orphan: Path) -> None:
    (orphan / "alloc" / "data" / "gate").touch()
    while not (orphan / "alloc" / "data" / "ended").exists() or standings(ostler)[0][2] == "running":
        pass
    assert standings(ostler) == [("j", "patient", "ended")]
    ran = ostler.run(QUIET)
    assert "patient ended; its records were removed" in ran.errors
    assert ostler.left() == []


def test_what_a_living_command_runs_is_shown_and_not_stopped(ostler: Shell) -> None:
    running = ostler.start(job(sh("echo ready; exec sleep 60")))
    line_with(running.stdout, "ready")
    assert standings(ostler) == [("j", "t", "owned")]
    (allocation,) = ostler.allocations()
    ran = ostler("stop", allocation.name)
    assert ran.code == 2
    ostler.says("stop-owned", ran.errors)
    assert "outlived" not in ostler.run(QUIET).errors
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    ended = f"allocation {allocation.name} has ended; `ostler logs` shows what it wrote\n"
    assert ostler("stats", allocation.name).errors == ended


def test_stopping_what_has_ended_succeeds(ostler: Shell, orphan: Path) -> None:
    stopped, again, forgotten = (
        ostler("stop", orphan.name),
        ostler("stop", orphan.name[:8]),
        ostler("stop", "--forget", orphan.name),
    )
    assert [each.code for each in (stopped, again, forgotten)] == [0, 0, 0]
    assert [each.stdout.decode() for each in (stopped, again)] == [
        f"{orphan.name}: stopped\n",
        f"{orphan.name}: had ended already; `ostler logs` shows what it wrote\n",
    ]


def test_an_unknown_allocation_ends_with_2(ostler: Shell) -> None:
    ran = ostler("stop", "abc")
    assert ran.code == 2
    ostler.says("stop-unknown", ran.errors)


def test_a_record_that_cannot_be_read_is_left_alone(ostler: Shell, orphan: Path) -> None:
    record = ostler.data_dir / "client" / orphan.name / "ffffffff.json"
    record.write_text('{"version": 99, "record": {"shape": "of the future"}}')
    ran = ostler.run(QUIET)
    assert "ffffffff unknown" in ran.errors
    ran = ostler("stop", orphan.name)
    assert ran.code == 2
    assert "can't be read by this version and is left alone" in ran.errors
    assert record.exists()
    assert standings(ostler) == [("j", "ffffffff", "unknown")]


def test_a_task_whose_record_was_never_written_is_found_too(ostler: Shell, orphan: Path) -> None:
    (record,) = (ostler.data_dir / "client" / orphan.name).glob("????????.json")
    record.unlink()
    assert standings(ostler) == [("j", "patient", "running")]
    assert "patient running; end it with" in ostler.run(QUIET).errors
    assert ostler("stop", orphan.name).code == 0
    assert ostler.left() == []


def test_a_job_without_tasks_left_is_nobodys(ostler: Shell) -> None:
    running = ostler.start(job(task("t", 'run_for = "60s"', driver="mock_driver")))
    line_with(running.stderr, "Started")
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    (allocation,) = ostler.allocations()
    assert ostler("stop", allocation.name).code == 0
    assert ostler.left() == []
