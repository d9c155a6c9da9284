"""What a task of `raw_exec` may be told beside its command, a row of its table each."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from attrs import evolve

from ostler.drivers import DriverContext, Enforcement, Reason, RefusedError, Resources
from ostler.executor.host import ceilings
from ostler_drivers import host_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver

GROUP = f"ostler-test-{os.getpid()}"


@pytest.fixture
def harness(open_driver: OpenDriver) -> DriverHarness:
    return open_driver("raw_exec", {"enabled": True, "denied_envvars": ["SECRET_*"]})


@pytest.fixture
def pids_group(need_kernel: Callable[[str], None]) -> Iterator[tuple[dict[str, Any], Path]]:
    """Give what makes a task join a cgroup of the test's own, and that cgroup."""
    old, new = Path("/sys/fs/cgroup/pids") / GROUP, Path("/sys/fs/cgroup") / GROUP
    unified = Path("/sys/fs/cgroup/cgroup.procs").exists()
    group = new if unified else old
    try:
        group.mkdir()
    except OSError as error:
        need_kernel(f"no cgroup can be made: {error.strerror}")
    asked = {"cgroup_v2_override": GROUP} if unified else {"cgroup_v1_override": [{"pids": str(group)}]}
    yield asked, group
    group.rmdir()


def says(harness: DriverHarness, script: str, **config: Any) -> list[str]:  # noqa: ANN401
    """Run a script that succeeds, and give the lines it wrote."""
    running = harness.run({"command": "/bin/sh", "args": ["-c", script], **config}, env=ENV)
    end = running.end()
    assert end is not None
    assert running.output_closed()
    assert end.code == 0, (end, running.stdout.content, running.stderr.content)
    return running.stdout.content.decode().splitlines()


ENV = {"SECRET_KEY": "1", "TOKEN_A": "2", "PLAIN": "3"}


def test_it_starts_in_its_work_dir(harness: DriverHarness, tmp_path: Path) -> None:
    assert says(harness, "pwd", work_dir=str(tmp_path)) == [str(tmp_path)]


def test_variables_that_are_denied_are_left_out(harness: DriverHarness) -> None:
    found = says(harness, "env", denied_envvars=["TOKEN_?"])
    assert {line.partition("=")[0] for line in found} & ENV.keys() == {"PLAIN"}


def test_its_oom_score_is_raised_and_that_of_its_init_is_not(harness: DriverHarness) -> None:
    script = "cat /proc/self/oom_score_adj /proc/$PPID/oom_score_adj"
    own = Path("/proc/self/oom_score_adj").read_text().strip()
    assert says(harness, script, oom_score_adj=700) == ["700", own]
    assert says(harness, "cat /proc/self/oom_score_adj") == [own]


def test_it_runs_in_the_cgroup_that_it_names(
    harness: DriverHarness, pids_group: tuple[dict[str, Any], Path]
) -> None:
    asked, group = pids_group
    (group / "pids.max").exists()
    running = harness.run({"command": "/bin/sleep", "args": ["60"], "pids_limit": 1000, **asked})
    assert len((group / "cgroup.procs").read_text().split()) == 1
    assert running.handle.process is not None
    assert running.handle.process.cgroups == ()
    (said,) = [message for _, message in harness.events]
    assert str(group) in said
    running.stop()
    assert running.end() is not None
    assert (group / "cgroup.procs").read_text() == ""


def test_in_a_cgroup_of_its_choice_memory_is_measured(
    harness: DriverHarness, pids_group: tuple[dict[str, Any], Path]
) -> None:
    asked, _ = pids_group
    hog = "import time; hog = bytearray(b'x' * (60 << 20)); time.sleep(30)"
    task = harness.task({"command": "python3", "args": ["-c", hog], **asked})
    end = harness.start(evolve(task, resources=Resources(memory_mb=20, asked=frozenset({"memory"})))).end()
    assert end is not None
    assert (end.reason, end.oom_kills) == (Reason.OOM, 0)
    assert "memory limit" in end.message


BAD: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "both": (
        {"cgroup_v2_override": "a", "cgroup_v1_override": [{"pids": "b"}]},
        "config: only one of cgroup_v1_override and cgroup_v2_override may be set",
    ),
    "negative": ({"oom_score_adj": -1}, "config.oom_score_adj: must be from 0 to 1000, found -1"),
    "relative": ({"work_dir": "local"}, "config.work_dir: must be an absolute path, found 'local'"),
    "mhz": ({"cpu_hard_limit": True}, "config.cpu_hard_limit: this machine does not say how many MHz"),
    "nothing": (
        {"disk_limit": 0},
        "config.disk_limit: must be at least 1, found 0; leave it out for no limit",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_makes_no_sense_is_refused(harness: DriverHarness, name: str) -> None:
    config, words = BAD[name]
    with pytest.raises(RefusedError) as refused:
        harness.call(harness.driver.validate, harness.task({"command": "/bin/true", **config}))
    assert words in str(refused.value)


def test_a_cgroup_that_is_not_there_is_refused(harness: DriverHarness) -> None:
    with pytest.raises(RefusedError, match=r"cgroup .*nowhere"):
        harness.run({"command": "/bin/true", "cgroup_v2_override": "/nowhere"})


def test_output_that_nobody_counts_is_refused_a_limit(harness: DriverHarness) -> None:
    with pytest.raises(RefusedError, match=r"output_bytes can't be held: what .* is read by somebody else"):
        harness.run({"command": "/bin/true", "output_limit": "1MB"})


def test_what_is_limited_lower_than_asked_for_is_an_event(harness: DriverHarness) -> None:
    ceiling = ceilings.limits().get("NOFILE")
    if ceiling is None:
        pytest.skip("this process may raise its limits")
    assert says(harness, "ulimit -n", open_files_limit=ceiling + 5) == [str(ceiling)]
    (said,) = [message for _, message in harness.events]
    assert said.startswith(f"limit open_files is {ceiling} and not {ceiling + 5}")


def test_too_much_disk_or_time_ends_a_task_with_its_reason(harness: DriverHarness) -> None:
    for config, script, reason in (
        ({"disk_limit": "1MB"}, "head -c 3000000 /dev/zero > file; sleep 60", Reason.DISK_LIMIT),
        ({"inodes_limit": 50}, "seq 90 | xargs touch; sleep 60", Reason.DISK_LIMIT),
        ({"timeout": "200ms"}, "sleep 60", Reason.TIMEOUT),
    ):
        end = harness.run({"command": "/bin/sh", "args": ["-c", script], **config}).end()
        assert end is not None
        assert end.reason is reason


def test_a_hard_limit_is_the_share_of_the_machine_that_its_mhz_are(harness: DriverHarness) -> None:
    if harness.limits.cpu_hard is not Enforcement.ENFORCED:
        pytest.skip("the kernel holds no group back")
    context = DriverContext(
        name="raw_exec",
        settings=None,
        state_directory=harness.state_directory,
        executor=harness.executor,
        node={"attr.cpu.frequency": "2000"},
        logger=logging.getLogger(__name__),
        emit=lambda *_: None,
    )
    config = harness.task({"command": "/bin/true", "cpu_hard_limit": True})
    half = evolve(config, resources=Resources(cpu_mhz=1000))
    assert host_limits.limits_of(half, 0, context).cpus == 0.5


def test_in_a_cgroup_of_its_choice_it_reserves_no_core(harness: DriverHarness) -> None:
    task = harness.task({"command": "/bin/true", "cgroup_v2_override": "a"})
    asking = evolve(task, resources=Resources(cores=1, asked=frozenset({"cores"})))
    with pytest.raises(RefusedError, match="cores can't be held for a task that runs in a cgroup"):
        harness.call(harness.driver.validate, asking)


@pytest.mark.usefixtures("processors")
def test_reserved_cores_are_told_to_the_task(harness: DriverHarness) -> None:
    if harness.limits.cores is not Enforcement.ENFORCED:
        pytest.skip("no core can be reserved here")
    task = harness.task(
        {"command": "/bin/sh", "args": ["-c", "nproc; echo $NOMAD_CPU_CORES"]},
        resources=Resources(cpu_mhz=0, cores=1, asked=frozenset({"cores"})),
    )
    running = harness.start(task)
    running.end()
    assert running.output_closed()
    count, core = running.stdout.content.decode().split()
    assert count == "1"
    assert int(core) in os.sched_getaffinity(0)
