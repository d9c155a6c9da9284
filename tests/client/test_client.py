"""The embedder's `Client`."""

from __future__ import annotations

import asyncio
import io
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from ostler import AsyncClient, Client, MistakeError, OstlerError
from ostler.config import loads as configured
from ostler.drivers.settings import Located
from ostler.jobs import Group, Job, JobTask, Restart
from tests.client.wrapping import Counts, Refuses

if TYPE_CHECKING:
    from pathlib import Path

    from ostler.client import Result, Run


TEXT = """
job "j" {
  type = "batch"
  group "g" {
    task "t" {
      driver = "mock_driver"
      config {
        stdout_string = "from text"
      }
    }
  }
}
"""
LONG = TEXT.replace('stdout_string = "from text"', 'run_for = "60s"\nstdout_string = "ready"')
STUBBORN = LONG.replace("run_for", 'kill_after = "50s"\nrun_for').replace(
    "config {", 'kill_timeout = "20s"\nconfig {'
)


def ended(running: Run) -> Result:
    result = running.wait(20)
    assert result is not None
    return result


def value(**config: object) -> Job:
    task = JobTask(
        name="t", driver="mock_driver", config=Located(value=config), restart=Restart(attempts=0), path="task"
    )
    return Job(
        id="v", name="v", type="batch", groups=(Group(name="g", tasks=(task,), path="group"),), path="job"
    )


def test_a_job_may_be_a_text_a_path_or_a_value(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "job.nomad.hcl"
    path.write_text(TEXT)
    found = [client.run(each).output for each in (TEXT, path, str(path), value(stdout_string="value"))]
    assert found == [b"from text", b"from text", b"from text", b"value"]


def test_a_job_may_be_an_open_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "job.nomad.hcl").write_text(TEXT)
    with (tmp_path / "job.nomad.hcl").open("rb") as file:
        assert client.run(file).output == b"from text"
    with pytest.raises(MistakeError, match=r"^<file>:1:6: "):
        client.run(io.BytesIO(b"job {"))


def test_the_result_tells_every_task(client: Client) -> None:
    result = client.run(value(exit_code=3))
    (task,) = result.tasks
    assert (result.code, task.group, task.task, task.failed, task.restarts) == (3, "g", "t", True, 0)


def test_events_and_output_come_as_they_happen(client: Client) -> None:
    events: list[str] = []
    output: list[tuple[str, str, bytes]] = []
    client.run(
        value(stdout_string="out"),
        on_event=lambda event: events.append(str(event.type)),
        on_output=lambda *what: output.append(what),
    )
    assert events == ["Received", "Started", "Terminated"]
    assert output == [("t", "stdout", b"out")]


def test_a_driver_class_needs_no_entry_point(data_dir: Path) -> None:
    from ostler_drivers.mock_driver import MockDriver

    with Client(data_dir=data_dir, drivers={"mine": MockDriver}) as client:
        assert client.run(TEXT.replace("mock_driver", "mine")).output == b"from text"


def test_a_policy_refuses_with_its_reason(data_dir: Path) -> None:
    with Client(data_dir=data_dir, policies={"x": Refuses("start", "not on a Sunday")}) as client:
        result = client.run(TEXT)
    assert result.code == 2
    assert "refused by policy 'x': not on a Sunday" in result.failure


def test_a_policy_may_refuse_before_anything_runs(data_dir: Path) -> None:
    with (
        Client(data_dir=data_dir, policies={"x": Refuses("validate", "never")}) as client,
        pytest.raises(MistakeError, match="refused by policy 'x': never"),
    ):
        client.run(TEXT)
    assert list(data_dir.glob("alloc/*")) == []


def test_an_observer_sees_and_changes_nothing(data_dir: Path) -> None:
    counts = Counts()
    with Client(data_dir=data_dir, observers={"counts": counts}) as client:
        assert client.run(TEXT).code == 0
    assert counts.started == 1


def test_a_configuration_may_be_a_value(data_dir: Path) -> None:
    config = configured('plugin "raw_exec" { config { enabled = true } }', "agent.hcl")
    with Client(config, data_dir=data_dir) as client:
        found = client.run(
            TEXT.replace("mock_driver", "raw_exec").replace('stdout_string = "from text"', 'command = "env"')
        )
    assert b"NOMAD_JOB_ID=j" in found.output


def test_a_run_can_be_stopped_from_another_thread(client: Client) -> None:
    ready = threading.Event()
    running = client.start(LONG, on_output=lambda *_: ready.set())
    assert ready.wait(10)
    assert running.wait(0.05) is None
    running.stop()
    result = ended(running)
    assert (result.code, result.tasks[0].stopped) == (130, True)


def test_stopping_what_has_ended_changes_nothing(client: Client) -> None:
    running = client.start(TEXT)
    assert ended(running).code == 0
    running.stop()
    running.kill()
    assert ended(running).code == 0


def test_closing_the_client_ends_what_it_runs(data_dir: Path) -> None:
    ready = threading.Event()
    client = Client(data_dir=data_dir)
    running = client.start(LONG, on_output=lambda *_: ready.set())
    assert ready.wait(10)
    client.close()
    assert ended(running).code == 130
    assert list(data_dir.glob("client/*")) == []


def test_a_closed_client_says_so(data_dir: Path) -> None:
    client = Client(data_dir=data_dir)
    client.close()
    client.close()
    with pytest.raises(OstlerError, match="the client is closed"):
        client.run(TEXT)


def test_a_listener_that_raises_stops_the_job_and_is_heard(client: Client) -> None:
    def raising(*_: object) -> None:
        message = "no more"
        raise ValueError(message)

    for listener in ({"on_event": raising}, {"on_output": raising}):
        began = time.monotonic()
        with pytest.raises(ValueError, match="no more"):
            client.run(LONG, **listener)
        assert time.monotonic() - began < 10


def test_a_client_works_inside_a_running_event_loop(client: Client) -> None:
    async def inside() -> bytes:
        return client.run(TEXT).output

    assert asyncio.run(inside()) == b"from text"


def test_several_threads_may_share_a_client(client: Client) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(
            target=lambda code: found.append(client.run(value(exit_code=code)).code), args=[code]
        )
        for code in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == list(range(8))


def test_a_job_that_fails_to_start_leaves_nothing(client: Client, data_dir: Path) -> None:
    result = client.run(value(start_error="no luck"))
    assert (result.code, result.failure) == (2, "task: no luck")
    assert list(data_dir.glob("client/*")) == []


def test_ctrl_c_stops_the_job_and_goes_on(data_dir: Path, tmp_path: Path) -> None:
    script = tmp_path / "embedding.py"
    script.write_text(
        "import sys, ostler\n"
        "try:\n"
        f"    client = ostler.Client(data_dir={str(data_dir)!r})\n"
        f"    client.run({LONG!r}, on_output=lambda *_: print('ready', flush=True))\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    running = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=20)
    assert (rest, running.returncode) == (b"interrupted\n", 0)
    assert list(data_dir.glob("client/*")) == []


def test_the_data_of_a_run_may_be_kept(client: Client, data_dir: Path) -> None:
    for _ in range(3):
        client.run(TEXT, keep_allocations=2)
    assert len(list(data_dir.glob("alloc/*"))) == 2


AGENT = """
plugin "mock_driver" {
  config {
    fs_isolation = "image"
  }
}
"""


def test_each_driver_is_described_as_it_stands_here(data_dir: Path) -> None:
    with Client(configured(AGENT, "agent.hcl"), data_dir=data_dir) as client:
        found = {each.name: each for each in client.drivers()}
    mock, disabled = found["mock_driver"], found["raw_exec"]
    assert (mock.provider, mock.version != "") == ("ostler", True)
    assert (mock.capabilities.filesystem, mock.settings["fs_isolation"]) == ("image", "image")
    assert mock.settings["shutdown_periodic_after"] is False
    assert (disabled.fingerprint.health, disabled.settings["enabled"]) == ("undetected", False)


def test_a_loop_can_ask_for_the_drivers_too(data_dir: Path) -> None:
    async def names() -> set[str]:
        async with AsyncClient(data_dir=data_dir) as client:
            return {each.name for each in await client.drivers()}

    assert {"exec", "mock_driver", "raw_exec"} <= asyncio.run(names())
