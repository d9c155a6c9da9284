"""Allocations whose driver is gone: listed, refused with a way out, and forgotten."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, job, line_with, task

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = """
from attrs import frozen
from ostler.drivers import Fingerprint, Health, ProcessHooks, TaskHandle, hookimpl, poll_each
from ostler.executor import Command

@frozen
class Nothing:
    pass

class WithProcess(ProcessHooks):
    settings = task_settings = Nothing
    @hookimpl
    def fingerprint(self): return Fingerprint(health=Health.HEALTHY)
    @hookimpl
    def validate(self, task): pass
    @hookimpl
    def start(self, task):
        process = self.context.executor.start(Command(id=task.id, argv=("sleep", "60"), env=task.environment,
                                              stdout=task.stdout_path, stderr=task.stderr_path))
        return TaskHandle(task_id=task.id, driver=self.context.name, process=process)

class Elsewhere:
    settings = task_settings = Nothing
    def __init__(self, context): self.context = context
    @hookimpl
    def fingerprint(self): return Fingerprint(health=Health.HEALTHY)
    @hookimpl
    def validate(self, task): pass
    @hookimpl
    def start(self, task):
        return TaskHandle(task_id=task.id, driver=self.context.name, state={"container": "c0ffee"})
    @hookimpl
    def stop(self, handle, request): pass
    @hookimpl
    def wait(self, handles, timeout_seconds): return poll_each(handles, timeout_seconds, lambda handle: None)
"""
JOB = job(task("near", "", driver="near"), task("far", "", driver="far"))


@pytest.fixture
def orphan(ostler: Shell, tmp_path: Path) -> Iterator[str]:
    """Leave an allocation whose two drivers are installed no more; give its id."""
    site = tmp_path / "site"
    metadata = site / "acme_fleeting-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-fleeting\nVersion: 1.0\n")
    points = "near = acme_fleeting:WithProcess\nfar = acme_fleeting:Elsewhere\n"
    (metadata / "entry_points.txt").write_text(f"[ostler.drivers.v1]\n{points}")
    (site / "acme_fleeting.py").write_text(SOURCE)
    kept = dict(ostler.environment)
    ostler.environment["PYTHONPATH"] = str(site)
    running = ostler.start(JOB)
    for _ in range(2):
        line_with(running.stderr, "Started")
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    ostler.environment = kept
    yield ostler.allocations()[0].name
    ostler("stop", "--forget", ostler.allocations()[0].name)


def rows(ostler: Shell) -> list[tuple[str, str, str]]:
    found = json.loads(ostler("status", "--json").stdout)
    return sorted((each["task"], each["driver"], each["state"]) for each in found)


def test_it_is_listed_with_its_driver(ostler: Shell, orphan: str) -> None:
    assert rows(ostler) == [("far", "far", "unknown"), ("near", "near", "unknown")]
    assert "no driver named 'far'" in ostler("status").errors


def test_a_stop_says_what_it_can_t_do_and_how_to_go_on(ostler: Shell, orphan: str) -> None:
    ran = ostler("stop", orphan)
    assert (ran.code, ran.stdout) == (2, b"")
    words = [line for line in ran.errors.splitlines() if not line.startswith("no driver named")]
    ostler.says("stop-without-driver", "\n".join(words).replace(orphan[:8], "ID") + "\n")
    assert len(rows(ostler)) == 2


def test_forgetting_ends_its_processes_and_says_what_it_left(ostler: Shell, orphan: str) -> None:
    ran = ostler("stop", "--forget", orphan[:8])
    assert (ran.code, ran.stdout.decode()) == (0, f"{orphan}: forgotten\n")
    words = [line for line in ran.errors.splitlines() if line.startswith("note:")]
    ostler.says("stop-forget", "\n".join(sorted(words)) + "\n")
    assert rows(ostler) == []
    assert ostler.left() == []


def test_what_a_living_command_runs_is_not_forgotten(ostler: Shell) -> None:
    running = ostler.start(job(task("t", 'run_for = "60s"', driver="mock_driver")))
    line_with(running.stderr, "Started")
    ran = ostler("stop", "--forget", ostler.allocations()[0].name)
    assert ran.code == 2
    ostler.says("stop-owned", ran.errors)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)


def test_a_record_that_cannot_be_read_is_forgotten_too(ostler: Shell, orphan: str) -> None:
    (ostler.data_dir / "client" / orphan / "ffffffff.json").write_text('{"version": 99}')
    ran = ostler("stop", "--forget", orphan)
    assert "note: record ffffffff.json can't be read by this version; its task may still run" in ran.errors
    assert ostler.left() == []
