"""`exec` where there are no namespaces: on the host's paths, and held back all the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.drivers import Filesystem, Health, RefusedError
from ostler.executor import Tier

if TYPE_CHECKING:
    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver
    from tests.conftest import NeedKernel


@pytest.fixture
def harness(
    open_driver: OpenDriver, monkeypatch: pytest.MonkeyPatch, need_kernel: NeedKernel
) -> DriverHarness:
    monkeypatch.setenv("OSTLER_TIER", "landlock")
    opened = open_driver("exec", {"min_isolation": "landlock"})
    return opened if opened.executor.host().tier is Tier.LANDLOCK else need_kernel(opened.found.reason)


def says(harness: DriverHarness, script: str, user: str = "") -> list[str]:
    task = evolve(harness.task({"command": "/bin/sh", "args": ["-c", script]}), user=user)
    running = harness.start(task)
    end = running.end()
    assert end is not None
    assert running.output_closed()
    assert end.code == 0, (end, running.stderr.content)
    return running.stdout.content.decode().splitlines()


def test_the_tier_is_not_taken_unless_it_is_accepted(open_driver: OpenDriver, harness: DriverHarness) -> None:
    assert (harness.found.health, harness.found.filesystem) == (Health.HEALTHY, Filesystem.UNVEIL)
    strict = open_driver("exec")
    assert strict.found.health is Health.UNHEALTHY
    assert "min_isolation asks for userns" in strict.found.reason
    with pytest.raises(RefusedError, match="isolation 'userns' is asked for and 'landlock' is what there is"):
        strict.run({"command": "/bin/true"})


def test_without_any_isolation_nothing_starts_unless_it_is_accepted(
    open_driver: OpenDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTLER_TIER", "none")
    strict = open_driver("exec")
    with pytest.raises(RefusedError, match="isolation 'userns' is asked for and 'none' is what there is"):
        strict.run({"command": "/bin/true"})
    lax = open_driver("exec", {"min_isolation": "none"})
    assert says(lax, "echo ran", "root" if lax.executor.account("").uid == 0 else "") == ["ran"]


def test_a_task_works_in_its_own_directories_and_reads_the_hosts_programs(harness: DriverHarness) -> None:
    user = "root" if harness.executor.account("").uid == 0 else ""
    harness.directory.joinpath("stranger").write_text("x")
    script = f"""
        exec 2>/dev/null
        for each in $NOMAD_TASK_DIR $NOMAD_SECRETS_DIR $NOMAD_ALLOC_DIR/data; do
            echo x > $each/made && cat $each/made
        done
        echo x > $NOMAD_ALLOC_DIR/logs/forged || echo sealed
        ls $NOMAD_ALLOC_DIR/data
        cat {harness.directory}/stranger || echo hidden
        mktemp > /dev/null && echo temporary
        pwd
    """
    found = says(harness, script, user)
    assert found[:-1] == ["x", "x", "x", "sealed", "made", "hidden", "temporary"]
    assert Path(found[-1]).name == "task"


def test_it_inherits_no_more_of_the_environment_than_in_a_root(
    harness: DriverHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTLER_TEST_MARK", "seen")
    user = "root" if harness.executor.account("").uid == 0 else ""
    assert "OSTLER_TEST_MARK=seen" not in says(harness, "env", user)


def test_what_takes_a_root_or_a_privilege_is_refused(harness: DriverHarness) -> None:
    config = {"command": "/bin/true", "cap_add": ["chown"]}
    with pytest.raises(RefusedError, match=r"config\.cap_add: can't be had in the tier 'landlock'"):
        harness.run(config)
