"""Slurm's own daemons stop and start while tasks run: nothing is taken for an end that is none."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from single_node import until
from test_ends import ended, running

from ostler.drivers import Fingerprint, Health, Reason, RecoverableError, StopRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import OpenSlurm
    from single_node import SingleNode

    from ostler.testing import DriverHarness


@pytest.fixture
def without_controller(slurm: SingleNode) -> Iterator[SingleNode]:
    """Give a cluster whose controller a test ends, and start it again."""
    yield slurm
    slurm.ensure_controller()


def outages(harness: DriverHarness) -> list[str]:
    return [message for _, message in harness.events if "answer" in message]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["in good order", "killed"])
def test_a_controller_that_is_down_for_a_while_ends_no_task(
    harness: DriverHarness, without_controller: SingleNode, number: int
) -> None:
    task = running(harness, "until [ -e gate ]; do sleep 0.1; done; exit 6")
    if number == signal.SIGKILL:  # else it writes down what it knows as it ends
        without_controller.ask("scontrol", "update", f"jobid={task.handle.state['job']}", "nice=1")
        without_controller.save()
    without_controller.end("slurmctld", number)
    until(lambda: outages(harness))
    begun = time.monotonic()
    assert list(harness.call(harness.driver.wait, [task.handle], 0.5)) == []
    assert time.monotonic() - begun < 2
    Path(task.task.directories.task, "gate").touch()
    time.sleep(1)  # the task ends meanwhile
    without_controller.start_controller()
    end = ended(task, 40)
    assert (end.code, end.reason) == (6, Reason.EXITED)
    said, again = outages(harness)
    assert said.startswith("Slurm does not answer, so how it stands is not known: ")
    assert again == "Slurm answers again"


def given_up(harness: DriverHarness, hook: str, *given: object) -> float:
    """Call a hook while nobody answers, and give the seconds until it says so."""
    begun = time.monotonic()
    try:
        answer = harness.call(getattr(harness.driver, hook), *given)
        assert isinstance(answer, Fingerprint)
        assert answer.health is Health.UNHEALTHY
    except RecoverableError:
        pass
    return time.monotonic() - begun


def test_hooks_give_up_in_time_while_the_controller_is_down(
    harness: DriverHarness, without_controller: SingleNode
) -> None:
    task = running(harness, "exec sleep 60")
    without_controller.end("slurmctld")
    hooks = {
        "fingerprint": ((), 10.0),
        "inspect": ((task.handle,), 10.0),
        "stop": ((task.handle, StopRequest(1.0)), 11.0),
    }
    with ThreadPoolExecutor() as pool:
        took = {name: pool.submit(given_up, harness, name, *given) for name, (given, _) in hooks.items()}
    assert [name for name, (_, most) in hooks.items() if took[name].result() >= most] == []
    assert list(harness.call(harness.driver.wait, [task.handle], 0.1)) == []
    without_controller.start_controller()
    task.stop(10)
    assert ended(task).reason is Reason.STOPPED


def test_a_task_is_recovered_although_the_controller_is_down(
    harness: DriverHarness, without_controller: SingleNode
) -> None:
    task = running(harness, "exec sleep 60")
    without_controller.end("slurmctld")
    harness.reopen()
    task.recover()
    assert list(harness.call(harness.driver.wait, [task.handle], 0.5)) == []
    without_controller.start_controller()
    task.stop(10)
    assert ended(task).reason is Reason.STOPPED


def test_a_healthy_cluster_says_what_it_is(harness: DriverHarness) -> None:
    found = harness.call(harness.driver.fingerprint)
    assert found.health is Health.HEALTHY
    assert found.attributes["driver.slurm.cluster"] == "ostler"
    assert str(found.attributes["driver.slurm.version"])[:2].isdecimal()
    assert found.attributes["driver.slurm.partitions"] == "main,shut,urgent"
    assert found.limits is not None
    assert (found.limits.memory, found.limits.timeout, found.limits.cores) == (
        "watched",
        "watched",
        "counted",
    )
    assert "no accounting" in found.reason


def test_a_controller_that_is_down_is_unhealthy(
    harness: DriverHarness, without_controller: SingleNode
) -> None:
    without_controller.end("slurmctld")
    found = harness.call(harness.driver.fingerprint)
    assert found.health is Health.UNHEALTHY
    assert "Unable to contact slurm controller" in found.reason
    assert found.remedy == "start slurmctld, or see why this machine can't reach it"


def test_a_munge_that_is_down_is_named(harness: DriverHarness, slurm: SingleNode) -> None:
    slurm.end("munged")
    try:
        found = harness.call(harness.driver.fingerprint)
    finally:
        slurm.start_munge()
    assert found.health is Health.UNHEALTHY
    assert "Munge" in found.reason
    assert found.remedy == "start munged with the key of the cluster"


def test_a_configuration_that_is_not_there_is_named(open_slurm: OpenSlurm) -> None:
    found = open_slurm(slurm_conf="/no/such/slurm.conf").driver.fingerprint()
    assert found.health is Health.UNHEALTHY
    assert "slurm.conf" in found.reason
    assert "slurm_conf" in found.remedy


def test_a_machine_without_slurm_is_undetected(
    open_slurm: OpenSlurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = open_slurm().driver.fingerprint()
    assert found.health is Health.UNDETECTED
    assert found.reason == "not installed: sbatch, squeue, scancel, scontrol"
    assert "slurm-client" in found.remedy
