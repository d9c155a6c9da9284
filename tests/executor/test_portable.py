from __future__ import annotations

import os
import shutil
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from ostler.errors import RefusedError
from ostler.executor import Executor, Exit, Isolation, Limits, Reason, Tier
from tests.executor.bench import alive, pids_of, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executor.bench import Bench


def test_it_says_that_it_isolates_nothing(portable: Bench) -> None:
    host = portable.executor.host()
    assert (host.tier, host.cgroups) == (Tier.NONE, "none")
    assert host.reason == "the portable executor was asked for, and it isolates nothing"


def test_the_environment_forces_it(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTLER_EXECUTOR", "portable")
    assert Executor(data_dir).host().tier is Tier.NONE
    monkeypatch.undo()


def test_an_exit_code_comes_back(portable: Bench) -> None:
    assert portable.shell("echo out; echo err >&2; exit 7") == Exit(code=7)
    assert portable.output() == "out\nerr\n"


def test_a_death_by_signal_is_told_as_one(portable: Bench) -> None:
    assert portable.shell("kill -9 $$") == Exit(code=137, signal=9, reason=Reason.SIGNALED)


def test_a_command_is_stopped_with_its_group(portable: Bench) -> None:
    process = portable.start(
        "/bin/sh", "-c", "trap '' INT; echo up; sleep 81.234 & sleep 81.234; sleep 81.234"
    )
    wait_until(portable.output)
    portable.executor.stop(process, grace_seconds=0.1)
    assert portable.end(process).reason is Reason.STOPPED
    assert pids_of("sleep 81.234") == []


def test_a_list_of_processes_that_comes_late_holds_nobody_up_but_who_is_killed(
    portable: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, slow = tmp_path / "go", tmp_path / "slow" / "ps"
    slow.parent.mkdir()
    wait = f"until [ -e {go} ]; do sleep 0.01; done"
    slow.write_text(f'#!/bin/sh\n{wait}\nexec {shutil.which("ps")} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    process = portable.start("/bin/sh", "-c", "setsid sleep 82.234 & echo up; sleep 60")
    wait_until(portable.output)
    stopping = threading.Thread(target=portable.executor.stop, args=(process,), kwargs={"grace_seconds": 0})
    stopping.start()
    wait_until(lambda: pids_of(str(slow)))
    assert portable.shell("exit 3").code == 3
    assert stopping.is_alive()
    go.touch()
    stopping.join()
    assert portable.end(process).reason is Reason.STOPPED
    wait_until(lambda: pids_of("sleep 82.234") == [])


def test_time_is_up_after_the_timeout(portable: Bench) -> None:
    assert portable.run("/bin/sleep", "60", limits=Limits(timeout_seconds=0.2)).reason is Reason.TIMEOUT


def test_isolation_that_may_be_none_runs_plainly(portable: Bench) -> None:
    isolation = Isolation(namespaces=frozenset({"mount", "pid"}), minimum=Tier.NONE)
    assert portable.run("/bin/true", isolation=isolation).code == 0


def test_logs_are_collected_and_followed(portable: Bench) -> None:
    logs = portable.logs(max_file_bytes=1000)
    portable.executor.collect(logs)
    follower = portable.executor.follow(logs)
    portable.shell("i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done", stdout=logs.fifo)
    portable.executor.release(logs)
    found = b"".join(iter(lambda: follower.recv(4096), b""))
    follower.close()
    assert found == b"".join(b"line %d\n" % number for number in range(500))


def test_a_killed_supervisor_loses_what_ran_and_says_what_may_still_run(
    portable: Bench, data_dir: Path
) -> None:
    process = portable.start("/bin/sleep", "60")
    supervisor = next(
        pid for pid in pids_of(str(data_dir)) if pid in pids_of("supervisor_daemon/__main__.py")
    )
    os.kill(supervisor, signal.SIGKILL)
    outcome = portable.end(process)
    os.killpg(process.pid, signal.SIGKILL)
    wait_until(lambda: not alive(process.pid))
    assert outcome.reason is Reason.LOST
    assert f"process group {process.pid} may still run" in outcome.message


def test_an_end_that_can_not_be_written_down_is_told_and_costs_no_other_task(
    portable: Bench, data_dir: Path
) -> None:
    go = portable.folder / "go"
    script = f"until [ -e {go} ]; do sleep 0.01; done; exit 3"
    first, second = portable.start("/bin/sh", "-c", script), portable.start("/bin/sleep", "60")
    for record in (data_dir / "tasks").iterdir():
        record.unlink()
    go.touch()
    assert portable.end(first) == Exit(code=3)
    assert portable.executor.wait(second, 0) is None
    assert "is known to this supervisor alone: No such file" in portable.complaints()
    (data_dir / "supervisor.log").write_text("")


def test_a_missing_program_refuses(portable: Bench) -> None:
    with pytest.raises(RefusedError, match="'no-such-program' was not found: looked in"):
        portable.run("no-such-program")


def test_a_program_that_is_none_refuses(portable: Bench, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_bytes(b"\x00\x01")
    (tmp_path / "rubbish").chmod(0o755)
    with pytest.raises(RefusedError, match="it is no program of this machine"):
        portable.run(str(tmp_path / "rubbish"))
