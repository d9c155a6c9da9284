"""What a task gets: its environment and arguments byte for byte, its user, and what Slurm is asked for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from single_node import until

from ostler.drivers import RefusedError, Resources
from ostler.testing import RunningTask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import OpenSlurm
    from single_node import SingleNode

    from ostler.testing import DriverHarness

EVERY_BYTE = "".join(os.fsdecode(bytes([number])) for number in range(1, 256))
FROM_SLURM = ("SLURM", "CUDA_VISIBLE_DEVICES", "GPU_DEVICE_ORDINAL")


def run(
    harness: DriverHarness,
    config: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    name: str = "task",
    **fields: Any,  # noqa: ANN401 - those of a Task
) -> RunningTask:
    """Run a task to its end, with an environment of its own."""
    furnished = harness.furnish(harness.task(config, name=name))
    chosen = furnished.environment if environment is None else environment
    running = RunningTask(harness, evolve(furnished, environment=chosen, **fields))
    harness.tasks.append(running)
    running.start()
    assert running.end(25) is not None
    return running


def written(running: RunningTask) -> list[bytes]:
    return [each for each in running.stdout.content.split(b"\0") if each]


def shown(slurm: SingleNode, running: RunningTask) -> dict[str, str]:
    text = slurm.ask("scontrol", "show", "job", str(running.handle.state["job"]))
    return dict(word.partition("=")[::2] for word in text.split() if "=" in word)


def test_the_environment_is_exactly_the_tasks_beside_what_slurm_sets(harness: DriverHarness) -> None:
    given = {"PATH": "/usr/bin:/bin", "EVERY_BYTE": EVERY_BYTE, "LINES": "a\nHOME=/x\nb"}
    found = [
        os.fsdecode(each)
        for each in written(run(harness, {"command": "env", "args": ["-0"]}, environment=given))
    ]
    own = [each for each in found if not each.startswith(FROM_SLURM)]
    assert sorted(own) == sorted(f"{name}={value}" for name, value in given.items())
    assert any(each.startswith("SLURM_JOB_ID=") for each in found)


def test_nothing_of_the_hosts_environment_reaches_the_job(
    open_slurm: OpenSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_HOST", "secret")
    monkeypatch.setenv("SBATCH_PARTITION", "no-such-partition")
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    harness = open_slurm()
    running = run(harness, {"command": "env", "args": ["-0"]}, environment={"PATH": "/usr/bin:/bin"})
    found = b"\n".join(written(running))
    assert b"secret" not in found
    assert b"4711" not in found


def test_arguments_arrive_byte_for_byte(harness: DriverHarness) -> None:
    arguments = [EVERY_BYTE, "", "-n", "--", "a b", "$HOME `id` $(id)", "*", "trailing\n"]
    running = run(harness, {"command": "printf", "args": ["%s\\0", *arguments]})
    content = running.stdout.content.split(b"\0")[:-1]
    assert [os.fsdecode(each) for each in content] == arguments


@pytest.mark.parametrize("name", ["it's", 'say "hi"', "a b%j", "naïve ☃", "$HOME", "-rf", "n" * 200])
def test_a_task_may_have_any_name(harness: DriverHarness, name: str) -> None:
    running = run(harness, {"script": "pwd; echo error >&2"}, name=name)
    assert os.fsdecode(running.stdout.content.rstrip(b"\n")) == running.task.directories.task
    assert running.stderr.content == b"error\n"


def test_a_command_may_hold_an_equals_sign(harness: DriverHarness, tmp_path: Path) -> None:
    program = tmp_path / "a=b"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    assert run(harness, {"command": str(program)}).stdout.content == b"ran\n"


def test_the_command_is_expanded_and_its_arguments_are_not(harness: DriverHarness) -> None:
    running = run(
        harness,
        {"command": "$TOOLS/printf", "args": ["%s", "$TOOLS"]},
        environment={"TOOLS": "/usr/bin", "PATH": "/usr/bin:/bin"},
    )
    assert running.stdout.content == b"$TOOLS"


def test_a_script_may_name_its_interpreter_and_take_arguments(harness: DriverHarness) -> None:
    script = "#!/usr/bin/env python3\nimport sys\nprint(sys.argv[1:])\n"
    running = run(harness, {"script": script, "args": ["a b", "c"]})
    assert running.stdout.content == b"['a b', 'c']\n"


def test_the_job_can_be_known_by_its_name_and_comment(harness: DriverHarness, slurm: SingleNode) -> None:
    running = harness.run({"script": "exec sleep 60"}, name="render")
    found = shown(slurm, running)
    assert found["JobName"] == "render"
    first, owner, allocation, attempt = found["Comment"].split("/")
    assert (first, allocation, attempt) == ("ostler", *running.task.id.split("/")[::2])
    assert len(owner) == 16


def test_slurm_is_asked_for_what_the_task_needs(open_slurm: OpenSlurm, slurm: SingleNode) -> None:
    harness = open_slurm(allowed_options=["nice", "exclusive"])
    resources = Resources(cores=2, memory_mb=64, asked=frozenset({"memory"}))
    config = {"script": "true", "time_limit": 90.0, "ntasks": 3, "options": {"nice": "7", "exclusive": ""}}
    found = shown(slurm, harness.run(config, resources=resources))
    assert (found["CPUs/Task"], found["MinMemoryNode"], found["NumTasks"]) == ("2", "64M", "3")
    assert (found["TimeLimit"], found["Nice"], found["OverSubscribe"]) == ("00:02:00", "7", "NO")
    assert found["Requeue"] == "0"


def test_memory_that_the_job_does_not_ask_for_is_left_to_the_cluster(
    harness: DriverHarness, slurm: SingleNode
) -> None:
    assert shown(slurm, harness.run({"script": "true"}))["MinMemoryCPU"] == "10M"


def test_the_plugins_partition_is_the_default(open_slurm: OpenSlurm, slurm: SingleNode) -> None:
    harness = open_slurm(partition="shut")
    assert shown(slurm, harness.run({"script": "true"}))["Partition"] == "shut"
    assert shown(slurm, harness.run({"script": "true", "partition": "main"}))["Partition"] == "main"


def test_what_slurm_refuses_is_the_jobs_fault_in_slurms_words(harness: DriverHarness) -> None:
    with pytest.raises(RefusedError, match="Invalid partition name specified"):
        harness.run({"script": "true", "partition": "nowhere"})
    assert not list(harness.state_directory.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may hand in jobs of others")
def test_a_task_runs_as_its_user_alone(open_slurm: OpenSlurm, slurm: SingleNode) -> None:
    harness = open_slurm(slurm.folder / "open-to-nobody")  # others can't enter the directories of pytest
    task = evolve(harness.furnish(harness.task({"script": "id -un; id -Gn"})), user="nobody")
    running = RunningTask(harness, task)
    harness.tasks.append(running)
    for path in (running.task.stdout_path, running.task.stderr_path):
        shutil.chown(path, "nobody")
    running.start()
    assert running.end(25) is not None
    assert running.stdout.content == b"nobody\nnogroup\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may")
def test_nobody_but_root_may_name_another_user(harness: DriverHarness) -> None:
    task = evolve(harness.task({"script": "true"}), user="root")
    with pytest.raises(RefusedError, match="only root may hand in jobs of others"):
        harness.call(harness.driver.validate, task)


def test_all_that_is_wrong_is_told_at_once(harness: DriverHarness) -> None:
    config = {"time_limit": -1.0, "nodes": 0, "options": {"constraint": "fast"}}
    task = evolve(harness.task(config), user="no-such-user")
    with pytest.raises(RefusedError) as refused:
        harness.call(harness.driver.validate, task)
    golden = Path(__file__).with_name("golden") / "refusals.txt"
    assert f"{refused.value}\n" == golden.read_text()


def test_a_finished_task_leaves_nothing_behind(harness: DriverHarness) -> None:
    running = run(harness, {"script": "true"})
    folder = Path(running.handle.state["folder"])
    assert folder.is_dir()
    running.destroy()
    until(lambda: not folder.exists())
    assert not list(harness.state_directory.iterdir())
