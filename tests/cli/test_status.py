"""The exit statuses of `ostler run`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.shell import Shell, job, line_with, sh, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

IGNORES_SIGINT = "trap '' INT TERM; echo ready; while true; do sleep 0.1; done"


def ended(running: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, errors = running.communicate(timeout=20)
    return running.returncode, errors.decode()


def test_a_job_that_succeeds_ends_with_zero(ostler: Shell) -> None:
    ran = ostler.run(job(sh("echo hi")))
    assert (ran.code, ran.stdout) == (0, b"hi\n")
    assert ostler.left() == []


def test_the_code_of_the_task_that_failed_is_the_status(ostler: Shell) -> None:
    assert ostler.run(job(sh("exit 7"))).code == 7


def test_the_first_task_in_the_files_order_that_failed_decides(ostler: Shell) -> None:
    ran = ostler.run(
        'job "j" {\n type = "batch"\n'
        f'group "a" {{\n{sh("sleep 0.4; exit 3")}\n}}\ngroup "b" {{\n{sh("exit 4")}\n}}\n}}\n'
    )
    assert ran.code == 3


def test_a_signal_ends_with_128_and_its_number(ostler: Shell) -> None:
    assert ostler.run(job(sh("kill -USR1 $$", driver="raw_exec")), "--config", enabled(ostler)).code == 138
    assert ostler.run(job(task("t", "exit_signal = 15", driver="mock_driver"))).code == 143


def test_too_much_memory_ends_with_137_and_the_reason_oom(ostler: Shell) -> None:
    greedy = task(
        "t",
        'command = "python3"\nargs = ["-c", "x = b\'1\' * (300 << 20)"]',
        more="restart { attempts = 0 }\nresources { memory = 20 }",
    )
    ran = ostler.run(job(greedy), PATH="/usr/bin:/bin")
    assert ran.code == 137
    assert ", oom" in ran.errors


def test_a_time_out_ends_with_124(ostler: Shell) -> None:
    ran = ostler.run(job(task("t", 'command = "sleep"\nargs = 60\ntimeout = "0.3s"')))
    assert ran.code == 124
    assert "timeout" in ran.errors


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_command_stops_the_job(ostler: Shell, number: int, status: int) -> None:
    running = ostler.start(job(sh("echo ready; exec sleep 60")))
    line_with(running.stdout, "ready")
    running.send_signal(number)
    code, errors = ended(running)
    assert code == status
    assert "Killed: the task was stopped" in errors
    assert ostler.left() == []


def ignore(*numbers: int) -> Callable[[], None]:
    def set_aside() -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)

    return set_aside


def test_a_signal_that_was_ignored_at_the_beginning_stays_ignored(ostler: Shell) -> None:
    script = "echo ready; until [ -e /alloc/data/gate ]; do sleep 0.05; done; exit 3"
    deaf = ignore(signal.SIGHUP, signal.SIGINT)
    running = ostler.start(job(sh(script)), preexec_fn=deaf)
    line_with(running.stdout, "ready")
    for number in (signal.SIGHUP, signal.SIGINT):
        running.send_signal(number)
    (allocation,) = ostler.allocations()
    (allocation / "alloc" / "data" / "gate").touch()
    code, errors = ended(running)
    assert code == 3
    assert "Killing" not in errors


@pytest.mark.need("nohup")
def test_nohup_is_honoured_and_sigterm_still_stops(ostler: Shell) -> None:
    words = ["nohup", *ostler.words(["run", ostler.file(job(sh("echo ready; exec sleep 60")))])]
    running = subprocess.Popen(
        words, cwd=ostler.folder, env=ostler.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    line_with(running.stdout, "ready")
    running.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(1.5)
    running.send_signal(signal.SIGTERM)
    assert ended(running)[0] == 143


def test_a_task_ignores_no_signal_that_its_command_ignored(ostler: Shell) -> None:
    script = "grep SigIgn /proc/self/status"
    running = ostler.start(job(sh(script)), preexec_fn=ignore(signal.SIGHUP, signal.SIGINT))
    found, _ = running.communicate(timeout=20)
    mask = int(found.split()[1], 16)
    assert mask & (1 << (signal.SIGHUP - 1) | 1 << (signal.SIGINT - 1)) == 0


def test_a_second_signal_kills_what_ignores_the_first(ostler: Shell) -> None:
    more = 'restart { attempts = 0 }\nkill_timeout = "25s"'
    running = ostler.start(job(sh(IGNORES_SIGINT, more=more)))
    line_with(running.stdout, "ready")
    running.send_signal(signal.SIGINT)
    line_with(running.stderr, "Killing")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    code, errors = ended(running)
    assert code == 130
    assert "signal 9" in errors
    assert time.monotonic() - began < 10
    assert ostler.left() == []


def test_a_signal_before_anything_runs_ends_the_command(ostler: Shell) -> None:
    os.mkfifo(ostler.folder / "job.fifo")
    words = ostler.words(["run", "job.fifo"])
    running = subprocess.Popen(words, cwd=ostler.folder, env=ostler.environment, stderr=subprocess.PIPE)
    time.sleep(1.0)
    running.send_signal(signal.SIGTERM)
    assert ended(running)[0] in {143, -signal.SIGTERM}


def test_many_tasks_that_ignore_a_stop_end_within_one_kill_timeout(ostler: Shell) -> None:
    stubborn = task(
        "t", 'run_for = "60s"\nkill_after = "50s"', driver="mock_driver", more='kill_timeout = "2s"'
    )
    running = ostler.start(job(stubborn, count=40))
    for _ in range(40):
        line_with(running.stderr, "Started")
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    assert ended(running)[0] == 130
    assert time.monotonic() - began < 8


def test_a_job_of_no_allocation_ends_at_once(ostler: Shell) -> None:
    assert ostler.run(job(sh("exit 3"), count=0)).code == 0


def test_a_broken_driver_ends_with_125(ostler: Shell, tmp_path: Path) -> None:
    package = tmp_path / "broken"
    (package / "broken-1.0.dist-info").mkdir(parents=True)
    (package / "broken-1.0.dist-info" / "METADATA").write_text("Name: acme-broken\nVersion: 1.0\n")
    (package / "broken-1.0.dist-info" / "entry_points.txt").write_text(
        "[ostler.drivers.v1]\nbroken = broken_driver:Broken\n"
    )
    (package / "broken_driver.py").write_text("import nothing_of_that_name\n")
    ran = ostler.run(job(task("t", "", driver="broken")), PYTHONPATH=str(package))
    assert ran.code == 125
    ostler.says("broken-driver", ran.errors)
    assert ostler.left() == []


def enabled(ostler: Shell) -> str:
    return ostler.file('plugin "raw_exec" { config { enabled = true } }', "agent.hcl")
