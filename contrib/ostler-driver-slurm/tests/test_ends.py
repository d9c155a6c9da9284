"""How tasks end, as Slurm tells it and as Ostler says it; each job here is a real one."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ostler_driver_slurm.ends import exit_of
from ostler_driver_slurm.jobs import Job, from_sacct, from_squeue
from ostler_driver_slurm.records import Records
from single_node import until

from ostler.drivers import Exit, Reason, Resources

if TYPE_CHECKING:
    from single_node import SingleNode

    from ostler.testing import DriverHarness, RunningTask


def ended(running: RunningTask, seconds: float = 25.0) -> Exit:
    end = running.end(seconds)
    assert end is not None
    return end


def running(harness: DriverHarness, script: str, **config: Any) -> RunningTask:  # noqa: ANN401 - a task's config
    """Start a task and wait until it has written that it runs."""
    task = harness.run({"script": f"echo runs\n{script}", **config})
    until(lambda: b"runs\n" in task.stdout.content)
    return task


def number(task: RunningTask) -> str:
    return str(task.handle.state["job"])


@pytest.mark.parametrize(
    ("script", "code", "killed", "reason"),
    [
        ("exit 0", 0, 0, Reason.EXITED),
        ("exit 3", 3, 0, Reason.EXITED),
        ("exit 137", 137, 0, Reason.EXITED),
        ("kill -9 $$", 137, 9, Reason.SIGNALED),
        ("kill -TERM $$", 143, 15, Reason.SIGNALED),
    ],
)
def test_a_task_that_ends_by_itself(
    harness: DriverHarness, script: str, code: int, killed: int, reason: Reason
) -> None:
    end = ended(harness.run({"script": script}))
    assert (end.code, end.signal, end.reason) == (code, killed, reason)


def test_a_command_that_is_not_there_says_so(harness: DriverHarness) -> None:
    task = harness.run({"command": "/no/such/program"})
    assert ended(task).code == 127
    assert b"/no/such/program" in task.stderr.content


def test_a_stop_is_heard_by_all_processes_and_its_code_is_kept(harness: DriverHarness) -> None:
    task = running(harness, "trap 'echo got it; exit 7' TERM; sleep 60 & wait")
    task.stop()
    end = ended(task)
    assert (end.code, end.signal, end.reason) == (7, 0, Reason.STOPPED)
    assert task.stdout.content == b"runs\ngot it\n"


def test_a_stop_sends_the_signal_that_the_job_names(harness: DriverHarness) -> None:
    from ostler.drivers import StopRequest

    task = running(harness, "trap 'echo interrupted; exit 0' INT; sleep 60 & wait")
    harness.call(harness.driver.stop, task.handle, StopRequest(20.0, "SIGINT"))
    assert ended(task).reason is Reason.STOPPED
    assert task.stdout.content == b"runs\ninterrupted\n"


def test_a_signal_reaches_the_main_process_alone(harness: DriverHarness) -> None:
    from ostler.drivers import SignalRequest

    child = "sh -c 'trap \"echo child\" USR1; while :; do sleep 0.1; done' &"
    task = running(harness, f"{child} trap 'echo main; kill $!; exit 4' USR1; wait")
    harness.call(harness.driver.signal, task.handle, SignalRequest("SIGUSR1"))
    assert ended(task).code == 4
    assert task.stdout.content == b"runs\nmain\n"


def test_a_signal_is_not_lost_while_a_node_gets_ready(harness: DriverHarness, slurm: SingleNode) -> None:
    from ostler.drivers import SignalRequest

    (slurm.folder / "slow").touch()
    try:
        task = harness.run({"script": "exec sleep 60"})
        harness.call(harness.driver.signal, task.handle, SignalRequest("SIGKILL"))
        assert ended(task).signal == signal.SIGKILL
    finally:
        (slurm.folder / "slow").unlink()


def test_all_who_end_a_task_at_once_agree_on_what_for(tmp_path: Path) -> None:
    records, causes = Records(tmp_path), [str(number) for number in range(16)]
    with ThreadPoolExecutor(len(causes)) as pool:
        for name in map(str, range(50)):
            records.make(name)
            list(pool.map(lambda cause, name=name: records.end_for(name, cause), causes))  # type: ignore[misc]
            assert records.cause(name) in causes


def test_a_task_that_is_still_queued_is_cancelled(harness: DriverHarness) -> None:
    task = harness.run({"script": "echo it ran", "partition": "shut"})
    task.stop()
    end = ended(task)
    assert (end.code, end.reason, end.message) == (0, Reason.STOPPED, "it was cancelled before it ran")
    assert task.stdout.content == b""


def test_why_a_task_waits_is_told(harness: DriverHarness, slurm: SingleNode) -> None:
    task = harness.run({"script": "exit 0", "partition": "shut"})
    until(lambda: any("pending: PartitionDown" in message for _, message in harness.events))
    slurm.ask("scontrol", "update", f"jobid={number(task)}", "partition=main")
    assert ended(task).successful
    assert (task.task.id, f"job {number(task)} runs on localhost") in harness.events or len(
        harness.events
    ) == 1


def test_a_task_that_runs_too_long_is_ended_to_the_second(harness: DriverHarness) -> None:
    end = ended(harness.run({"script": "exec sleep 60", "time_limit": 1.0}))
    assert (end.signal, end.reason) == (signal.SIGTERM, Reason.TIMEOUT)
    assert "it ran for" in end.message


def test_a_task_that_takes_too_much_memory_ends_for_it(harness: DriverHarness) -> None:
    eats = f"{sys.executable} -c 'import time; held = bytes(200_000_000); held += held; time.sleep(60)'"
    resources = Resources(memory_mb=50, asked=frozenset({"memory"}))
    end = ended(harness.run({"script": eats}, resources=resources))
    assert (end.code, end.signal, end.reason) == (137, signal.SIGKILL, Reason.OOM)


def test_a_cancel_by_somebody_else_is_no_stop(harness: DriverHarness, slurm: SingleNode) -> None:
    task = running(harness, "exec sleep 60")
    slurm.ask("scancel", number(task))
    end = ended(task)
    assert (end.reason, end.message) == (Reason.SIGNALED, "it was cancelled in Slurm, not by Ostler")


def test_a_node_that_fails_loses_the_task(harness: DriverHarness, slurm: SingleNode) -> None:
    task = running(harness, "exec sleep 60")
    slurm.ask("scontrol", "update", "node=localhost", "state=down", "reason=test")
    try:
        end = ended(task)
    finally:
        slurm.try_to("scontrol", "update", "node=localhost", "state=resume")
        until(lambda: slurm.ask("sinfo", "-h", "-p", "main", "-o", "%T").strip() == "idle")
    assert (end.code, end.reason, end.message) == (125, Reason.LOST, "its node failed (NODE_FAIL)")


def test_a_preempted_task_is_lost(harness: DriverHarness) -> None:
    task = running(harness, "exec sleep 60")
    urgent = running(harness, "exec sleep 60", partition="urgent", ntasks=64)
    end = ended(task)
    assert (end.reason, end.message) == (
        Reason.LOST,
        "it was preempted by a job of higher priority (PREEMPTED)",
    )
    urgent.stop()


def test_a_preempted_task_that_may_be_requeued_runs_again(harness: DriverHarness) -> None:
    task = running(harness, "exec sleep 60", requeue=True)
    urgent = running(harness, "exec sleep 60", partition="urgent", ntasks=64)
    until(lambda: any("is pending" in message for _, message in harness.events))
    assert task.end(0.5) is None
    urgent.stop()
    # Slurm holds a requeued job back for a while; that it is told to be no end is what matters here.
    assert task.end(0.5) is None
    task.stop()
    assert ended(task).reason is Reason.STOPPED


@pytest.mark.parametrize(
    ("state", "reason"),
    [("BOOT_FAIL", Reason.LOST), ("REVOKED", Reason.LOST), ("DEADLINE", Reason.TIMEOUT)],
)
def test_ends_that_a_small_cluster_does_not_have(state: str, reason: Reason) -> None:
    assert exit_of(Job(number=1, state=state, nodes="n1"), "").reason is reason


def test_a_job_that_the_kernel_ended_for_memory_is_told_so() -> None:
    end = exit_of(Job(number=1, state="OUT_OF_MEMORY", signal=125, nodes="n1"), "")
    assert (end.code, end.signal, end.reason) == (137, signal.SIGKILL, Reason.OOM)


def test_a_node_that_does_not_share_the_data_directory_is_told_of(
    harness: DriverHarness, slurm: SingleNode
) -> None:
    task = harness.run({"script": "exit 0", "partition": "shut"})
    folder = Path(task.handle.state["folder"])
    folder.rename(folder.with_name("elsewhere"))
    slurm.ask("scontrol", "update", f"jobid={number(task)}", "partition=main")
    end = ended(task)
    assert (end.code, end.signal, end.reason) == (125, 0, Reason.DRIVER_ERROR)
    assert "has to lie on a file system that all nodes share" in end.message
    folder.with_name("elsewhere").rename(folder)


def test_what_a_task_was_stopped_for_counts_more_than_how_slurm_calls_it() -> None:
    assert exit_of(Job(number=1, state="FAILED", code=1, nodes="n1"), "stopped").reason is Reason.STOPPED
    assert (
        exit_of(Job(number=1, state="CANCELLED", signal=15, nodes="n1"), "timeout").reason is Reason.TIMEOUT
    )


def test_both_ways_in_which_squeue_writes_an_end_are_read() -> None:
    lines = "7|FAILED|35072|NonZeroExitCode|1-02:03:04|n[1-2]|\n8|FAILED|0:9|x|0:05|n1|\nodd|||||\n"
    seventh, eighth = from_squeue(lines)
    assert (seventh.code, seventh.signal, seventh.elapsed_seconds) == (137, 0, 93784.0)
    assert (eighth.code, eighth.signal, eighth.elapsed_seconds) == (0, 9, 5.0)


def test_what_sacct_writes_is_read() -> None:
    cancelled, failed = from_sacct(
        "7|CANCELLED by 1000|0:15|12|None assigned\n7.batch|CANCELLED|0:15|12|n1\n8|FAILED|3:0|1|n1\n"
    )
    assert (cancelled.state, cancelled.signal, cancelled.nodes) == ("CANCELLED", 15, "")
    assert (failed.state, failed.code, failed.elapsed_seconds) == ("FAILED", 3, 1.0)
