"""The metrics: durations of hooks, starts, ends by reason, and how many tasks run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from conftest import job

if TYPE_CHECKING:
    from conftest import Telescope


def test_starts_and_ends_are_counted_by_driver_and_reason(telescope: Telescope) -> None:
    with telescope.client() as client:
        for _ in range(2):
            client.run(job("raw_exec", 'command = "/bin/true"'))
        client.run(job("raw_exec", 'command = "/bin/sleep"\nargs = ["60"]\ntimeout = "200ms"'))
        client.run(job("mock_driver", 'run_for = "10ms"'))
    assert sorted(
        (said["ostler.driver"], count) for said, count in telescope.points("ostler.task.starts")
    ) == [
        ("mock_driver", 1),
        ("raw_exec", 3),
    ]
    ends = [
        (said["ostler.driver"], said["ostler.task.end.reason"], count)
        for said, count in telescope.points("ostler.task.ends")
    ]
    assert sorted(ends) == [
        ("mock_driver", "exited", 1),
        ("raw_exec", "exited", 2),
        ("raw_exec", "timeout", 1),
    ]


def test_a_start_that_fails_is_counted_with_its_error_and_runs_nothing(telescope: Telescope) -> None:
    telescope.run(job("mock_driver", 'start_error = "no"'))
    ((said, count),) = telescope.points("ostler.task.starts")
    assert (said["error.type"], count) == ("ostler.errors.RefusedError", 1)
    assert telescope.points("ostler.task.ends") == []
    assert telescope.points("ostler.task.running") == []


def test_running_tasks_are_counted_while_they_run(telescope: Telescope) -> None:
    ready = threading.Semaphore(0)
    text = job("raw_exec", 'command = "/bin/sh"\nargs = ["-c", "echo; exec sleep 60"]')
    with telescope.client() as client:
        running = client.start(
            text.replace('group "north" {', 'group "north" {\ncount = 3'),
            on_output=lambda *_: ready.release(),
        )
        assert all(ready.acquire(timeout=20) for _ in range(3))
        # A task may write before the call that started it has returned, and is counted after that.
        three = [({"ostler.driver": "raw_exec"}, 3)]
        assert telescope.points_once_they_are(three, "ostler.task.running") == three
        running.stop()
        running.wait(20)
        assert telescope.points("ostler.task.running") == [({"ostler.driver": "raw_exec"}, 0)]


def test_the_duration_of_every_call_is_measured_without_naming_a_job(telescope: Telescope) -> None:
    telescope.run(job("raw_exec", 'command = "/bin/true"'))
    points = telescope.points("ostler.hook.duration")
    assert {said["ostler.hook"] for said, _ in points} == {
        "fingerprint",
        "validate",
        "start",
        "destroy",
        "close",
    }
    assert {name for said, _ in points for name in said} == {"ostler.hook", "ostler.driver"}


def test_a_driver_s_waits_are_measured_although_they_make_no_spans(telescope: Telescope) -> None:
    telescope.run(job("mock_driver", 'run_for = "2500ms"'))
    counts = {said["ostler.hook"]: count for said, count in telescope.points("ostler.hook.duration")}
    assert counts["wait"] > 1
    assert [span.name for span in telescope.spans].count("wait mock_driver") == 1
