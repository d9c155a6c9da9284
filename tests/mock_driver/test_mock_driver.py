"""The options of the mock driver, as Nomad's mock has them."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.drivers import (
    ExecuteRequest,
    Filesystem,
    Reason,
    RecoverableError,
    RefusedError,
    SignalRequest,
)
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver

NO_EXIT = re.escape("a driver lives in the process of its host and can't exit alone")


@pytest.fixture
def harness(open_driver: OpenDriver) -> DriverHarness:
    return open_driver("mock_driver")


def test_a_task_runs_for_its_time(harness: DriverHarness) -> None:
    began = time.monotonic()
    running = harness.run({"run_for": 0.2})
    end = running.end()
    assert end is not None
    assert end.successful
    assert time.monotonic() - began >= 0.2


def test_a_signal_can_end_it(harness: DriverHarness) -> None:
    end = harness.run({"exit_signal": 9}).end()
    assert end is not None
    assert (end.code, end.signal, end.reason) == (137, 9, Reason.SIGNALED)


def test_an_error_can_end_it(harness: DriverHarness) -> None:
    end = harness.run({"exit_err_msg": "the disk is gone"}).end()
    assert end is not None
    assert (end.reason, end.message, end.successful) == (Reason.DRIVER_ERROR, "the disk is gone", False)


def test_a_start_can_fail_for_good(harness: DriverHarness) -> None:
    with pytest.raises(RefusedError, match="no room"):
        harness.run({"start_error": "no room"})


def test_a_start_can_fail_for_now(harness: DriverHarness) -> None:
    with pytest.raises(RecoverableError, match="no room"):
        harness.run({"start_error": "no room", "start_error_recoverable": True})


def test_a_start_can_take_its_time(harness: DriverHarness) -> None:
    started = time.monotonic()
    harness.run({"start_block_for": "200ms"})
    assert time.monotonic() - started >= 0.2


def test_output_is_repeated(harness: DriverHarness) -> None:
    running = harness.run({"stdout_string": "tick\n", "stdout_repeat": 2, "stdout_repeat_duration": 0.05})
    assert running.stdout.shows(b"tick\n" * 3, 15)


def test_more_output_than_a_pipe_holds_arrives_whole(harness: DriverHarness) -> None:
    running = harness.run({"stdout_string": "x" * 300_000})
    assert running.stdout.shows(b"x" * 300_000, 15)


def test_output_that_nobody_reads_keeps_nobody_from_stopping(harness: DriverHarness) -> None:
    running = harness.run({"stdout_string": "x" * 10_000, "stdout_repeat": 1000, "run_for": 60})
    running.stdout.close()
    running.stop()
    assert running.end() is not None


def test_it_may_go_on_after_a_stop(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60, "kill_after": 0.2})
    started = time.monotonic()
    running.stop(20)
    assert 0.2 <= time.monotonic() - started < 15
    end = running.end()
    assert end is not None
    assert (end.signal, end.reason) == (2, Reason.STOPPED)


def test_a_stop_sends_the_signal_that_the_job_names(harness: DriverHarness) -> None:
    from ostler.drivers import StopRequest

    running = harness.run({"run_for": 60})
    harness.driver.stop(running.handle, StopRequest(1, "SIGTERM"))
    end = running.end()
    assert end is not None
    assert (end.code, end.signal) == (143, 15)


def test_a_signal_makes_an_event(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60})
    harness.driver.signal(running.handle, SignalRequest("SIGHUP"))
    assert harness.events == [(running.task.id, "received SIGHUP")]


def test_signals_can_fail(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60, "signal_error": "not now"})
    with pytest.raises(RefusedError, match="not now"):
        harness.driver.signal(running.handle, SignalRequest("SIGHUP"))


def test_a_command_is_written_back(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60}, name="web")
    found = running.execute("ls", "-l")
    assert (found.code, found.stdout) == (0, b'Exec("web", [ls -l])')


def test_a_command_that_hangs_is_given_up(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60, "exec_command": {"run_for": 60}})
    found = harness.driver.execute(running.handle, ExecuteRequest(("ls",), timeout_seconds=0.1))
    assert found.code == 124


def test_address_and_port_are_shown(harness: DriverHarness) -> None:
    config = {"driver_ip": "10.0.0.1", "driver_advertise": True, "driver_port_map": "http:8080"}
    attributes = harness.run(config).handle.attributes
    assert attributes == {"driver_ip": "10.0.0.1", "driver_advertise": "true", "driver_port_map": "http:8080"}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"driver_port_map": "http"}, "driver_port_map is 'http'; write label:port, such as 'http:8080'"),
        ({"exit_signal": 99}, "exit_signal is 99; write a number from 1 to 64"),
    ],
)
def test_what_makes_no_sense_is_refused(harness: DriverHarness, config: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=re.escape(words)):
        harness.run(config)


def test_a_driver_can_not_exit_alone(harness: DriverHarness) -> None:
    with pytest.raises(MistakeError, match=f"^config.plugin_exit_after: {NO_EXIT}"):
        harness.task({"plugin_exit_after": "10s"})


def test_a_driver_can_not_exit_now_and_then(open_driver: OpenDriver) -> None:
    place = "plugin.mock_driver.config.shutdown_periodic_after"
    with pytest.raises(MistakeError, match=f"^{place}: {NO_EXIT}"):
        open_driver("mock_driver", {"shutdown_periodic_after": True})


def test_the_file_system_isolation_is_what_the_operator_says(open_driver: OpenDriver) -> None:
    found = open_driver("mock_driver", {"fs_isolation": "image"}).driver.fingerprint()
    assert found.filesystem is Filesystem.IMAGE


def test_the_time_without_a_host_counts(harness: DriverHarness) -> None:
    running = harness.run({"run_for": 60, "exit_code": 5})
    harness.leave()
    harness.open()
    a_minute_ago = {**running.handle.state, "started": running.handle.state["started"] - 60}
    harness.driver.recover(evolve(running.handle, state=a_minute_ago))
    end = running.end()
    assert end is not None
    assert end.code == 5


def test_output_may_go_to_a_file(harness: DriverHarness, tmp_path: Path) -> None:
    task = evolve(harness.furnish(harness.task({"stdout_string": "hi"})), stdout_path=str(tmp_path / "out"))
    handle = harness.driver.start(task)
    harness.driver.wait([handle], 15)
    harness.driver.destroy(handle)
    assert (tmp_path / "out").read_bytes() == b"hi"
    assert os.stat(tmp_path / "out").st_mode & 0o777 == 0o600  # noqa: PTH116 - its mode is the point
