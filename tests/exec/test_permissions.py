"""What a task may ask of `exec` beyond the usual, and what the operator has to allow first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.drivers import Health, RefusedError
from ostler.errors import MistakeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.testing import DriverHarness
    from ostler.testing.plugin import OpenDriver
    from tests.conftest import NeedKernel

NET_RAW, NET_BIND_SERVICE, CHOWN = 13, 10, 0


@pytest.fixture
def open_exec(open_driver: OpenDriver, need_kernel: NeedKernel) -> Callable[..., DriverHarness]:
    """Give what opens the driver with these settings of its plugin block, where it isolates."""

    def open_one(**settings: Any) -> DriverHarness:  # noqa: ANN401 - those of the driver
        harness = open_driver("exec", settings)
        found = harness.found
        return harness if found.health is Health.HEALTHY else need_kernel(found.reason)

    return open_one


def says(harness: DriverHarness, script: str, *, user: str = "", **config: Any) -> list[str]:  # noqa: ANN401
    """Run a script that succeeds, and give the lines it wrote."""
    task = harness.task({"command": "/bin/sh", "args": ["-c", script], **config})
    running = harness.start(evolve(task, user=user))
    end = running.end()
    assert end is not None
    assert running.output_closed()
    assert end.code == 0, (end, running.stdout.content, running.stderr.content)
    return running.stdout.content.decode().splitlines()


def refusal(harness: DriverHarness, *, user: str = "", **config: Any) -> str:  # noqa: ANN401
    """Give what a task is refused with, by `validate` and by `start` alike."""
    task = evolve(harness.task({"command": "/bin/true", **config}), user=user)
    with pytest.raises(RefusedError) as validated:
        harness.call(harness.driver.validate, task)
    with pytest.raises(RefusedError) as started:
        harness.call(harness.driver.start, harness.furnish(task))
    assert str(validated.value) == str(started.value)
    return str(started.value)


CAPS = "sed -n 's/^Cap\\(Eff\\|Bnd\\|Amb\\):[^0-9a-f]*//p' /proc/self/status"


def test_a_user_has_no_capability_but_those_that_it_asked_for(
    open_exec: Callable[..., DriverHarness],
) -> None:
    harness = open_exec()
    assert {int(each, 16) for each in says(harness, CAPS)} == {0}
    added = says(harness, CAPS, cap_add=["CAP_NET_BIND_SERVICE", "chown"])
    assert [int(each, 16) for each in added] == [1 << NET_BIND_SERVICE | 1 << CHOWN] * 3


def test_root_does_without_what_it_drops(open_exec: Callable[..., DriverHarness]) -> None:
    harness = open_exec()
    effective = "sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status"
    usual = int(says(harness, effective, user="root")[0], 16)
    assert usual & 1 << CHOWN
    assert not usual & 1 << NET_RAW
    assert int(says(harness, effective, user="root", cap_drop=["chown"])[0], 16) == usual & ~(1 << CHOWN)
    kept = says(harness, effective, user="root", cap_drop=["ALL"], cap_add=["chown"])
    assert [int(each, 16) for each in kept] == [1 << CHOWN]


def test_a_capability_beyond_the_operators_list_is_refused(open_exec: Callable[..., DriverHarness]) -> None:
    harness = open_exec()
    assert refusal(harness, cap_add=["sys_admin", "chown", "NET_RAW"]) == (
        "config.cap_add: the driver does not allow the following capabilities: net_raw, sys_admin; "
        'add them to allow_caps in the config of plugin "exec"'
    )
    assert "did you mean 'net_raw'?" in refusal(harness, cap_drop=["net_row"])
    assert "net_raw" not in refusal(open_exec(allow_caps=["net_raw"]), cap_add=["chown", "net_raw"])


def test_what_the_operator_does_not_allow_root_has_not_either(
    open_exec: Callable[..., DriverHarness],
) -> None:
    effective = "sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status"
    found = says(open_exec(allow_caps=["chown", "net_raw"]), effective, user="root")
    assert [int(each, 16) for each in found] == [1 << CHOWN]


@pytest.mark.parametrize("name", ["pid", "ipc"])
def test_a_host_mode_is_refused_until_the_operator_allows_it(
    open_exec: Callable[..., DriverHarness], name: str
) -> None:
    assert refusal(open_exec(), **{f"{name}_mode": "host"}) == (
        f'config.{name}_mode: "host" is not allowed; to allow it, write allow_host_modes = ["{name}"] in the '
        'config of plugin "exec"'
    )
    other = "ipc" if name == "pid" else "pid"
    assert "is not allowed" in refusal(open_exec(allow_host_modes=[other]), **{f"{name}_mode": "host"})


def test_the_modes_are_what_the_task_or_else_the_plugin_says(open_exec: Callable[..., DriverHarness]) -> None:
    own = {name: str(Path(f"/proc/self/ns/{name}").readlink()) for name in ("pid", "ipc")}
    script = "readlink /proc/self/ns/pid /proc/self/ns/ipc"
    harness = open_exec(allow_host_modes=["pid", "ipc"])
    assert says(harness, script, pid_mode="host", ipc_mode="host") == [own["pid"], own["ipc"]]
    assert not set(says(harness, script)) & set(own.values())
    hosted = open_exec(default_ipc_mode="host")
    assert own["ipc"] in says(hosted, script)
    assert own["ipc"] not in says(hosted, script, ipc_mode="private")


def test_the_network_is_what_the_task_says_and_never_more_than_the_plugin(
    open_exec: Callable[..., DriverHarness],
) -> None:
    own, script = str(Path("/proc/self/ns/net").readlink()), "readlink /proc/self/ns/net"
    harness = open_exec()
    assert says(harness, script) == says(harness, script, network_mode="host") == [own]
    assert says(harness, script, network_mode="none") != [own]
    without = open_exec(default_network_mode="none")
    assert says(without, script) != [own]
    assert 'config.network_mode: "host" is not allowed' in refusal(without, network_mode="host")


def mount(source: Path | str, target: str = "/seen", **more: object) -> dict[str, Any]:
    return {"mounts": [{"source": str(source), "target": target, **more}]}


@pytest.fixture
def offered(tmp_path: Path) -> Path:
    """Give a folder of the host that everybody can read and write, with a file in it."""
    folder = tmp_path / "offered"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "note").write_text("from the host\n")
    return folder


def test_a_mount_is_seen_and_readonly_unless_both_sides_say_otherwise(
    open_exec: Callable[..., DriverHarness], offered: Path
) -> None:
    script = "cat /seen/note; touch /seen/made 2>/dev/null && echo written || echo sealed"
    readable = open_exec(allow_mounts=[str(offered.parent)])
    assert says(readable, script, **mount(offered)) == ["from the host", "sealed"]
    assert "in allow_writable_mounts of plugin" in refusal(readable, **mount(offered, readonly=False))
    writable = open_exec(allow_writable_mounts=[str(offered)])
    assert says(writable, script, **mount(offered)) == ["from the host", "sealed"]
    assert says(writable, script, **mount(offered, readonly=False)) == ["from the host", "written"]


def test_a_command_is_looked_for_in_the_mounts_too(
    open_exec: Callable[..., DriverHarness], offered: Path
) -> None:
    (offered / "tool").write_text("#!/bin/sh\nexit 7\n")
    (offered / "tool").chmod(0o755)
    end = open_exec(allow_mounts=[str(offered)]).run({"command": "tool", **mount(offered)}).end()
    assert end is not None
    assert end.code == 7


def test_a_mount_from_elsewhere_is_refused_also_by_way_of_a_link(
    open_exec: Callable[..., DriverHarness], offered: Path
) -> None:
    (offered / "link").symlink_to("/etc")
    harness = open_exec(allow_mounts=[str(offered)])
    assert refusal(harness, **mount("/etc")).startswith("config.mounts: source '/etc' is not allowed; ")
    assert "(which is /etc) is not allowed" in refusal(harness, **mount(offered / "link"))
    assert "(which is /etc/ssl) is not allowed" in refusal(harness, **mount(offered / "link" / "ssl"))
    assert "is not allowed" in refusal(harness, **mount(f"{offered}/../.."))
    assert "is not allowed" in refusal(harness, **mount(f"{offered}x"))
    assert "is not allowed" in refusal(open_exec(), **mount(offered))


def test_a_mount_takes_no_place_of_the_tasks_own(
    open_exec: Callable[..., DriverHarness], offered: Path
) -> None:
    harness = open_exec(allow_mounts=[str(offered)])
    for target in ("/", "/proc", "/proc/sys", "/dev/shm", "/sys", "/a/../proc", "relative"):
        assert f"config.mounts: target '{target}'" in refusal(harness, **mount(offered, target))


def test_everything_that_is_not_allowed_is_told_at_once(open_exec: Callable[..., DriverHarness]) -> None:
    found = refusal(open_exec(), pid_mode="host", ipc_mode="host", cap_add=["bpf"], **mount("/etc"))
    assert len(found.splitlines()) == 4


@pytest.mark.parametrize("driver", ["exec", "raw_exec"])
def test_users_and_groups_of_the_host_can_be_denied(open_driver: OpenDriver, driver: str) -> None:
    enabled: dict[str, Any] = {} if driver == "exec" else {"enabled": True}
    harness = open_driver(driver, {**enabled, "denied_host_uids": "7, 4000-4999", "denied_host_gids": "4711"})
    denied = f'in plugin "{driver}" denies it; choose another user, or change that'
    assert refusal(harness, user="4321:1") == (
        f'running as uid 4321 is disallowed; denied_host_uids = "7, 4000-4999" {denied}'
    )
    assert "running as uid 7 is disallowed" in refusal(harness, user="7")
    assert (
        refusal(harness, user="5000:4711")
        == f'running as gid 4711 is disallowed; denied_host_gids = "4711" {denied}'
    )


def test_the_group_of_who_runs_it_is_denied_though_it_is_no_supplementary_one(
    open_driver: OpenDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is of a service of systemd's, which runs as root with no supplementary group."""
    settings = {"enabled": True, "denied_host_gids": str(os.getegid())}
    harness = open_driver("raw_exec", settings)
    monkeypatch.setattr(os, "getgroups", list)
    assert f"running as gid {os.getegid()} is disallowed" in refusal(harness)


def test_a_supplementary_group_is_denied_too(open_driver: OpenDriver) -> None:
    nobody = open_driver("exec").executor.account("nobody")
    harness = open_driver("exec", {"denied_host_gids": str(nobody.groups[-1])})
    assert f"running as gid {nobody.groups[-1]} is disallowed" in refusal(harness)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"denied_host_uids": "5-1"}, "the range '5-1' ends before it begins"),
        ({"denied_host_gids": "wheel"}, "expected numbers and ranges such as '0,1000-1999', found 'wheel'"),
        ({"allow_caps": ["sys_amdin"]}, "'sys_amdin' is no capability of Linux; did you mean 'sys_admin'?"),
        ({"allow_mounts": ["srv"]}, "expected an absolute path, found 'srv'"),
        ({"pids_limit": -1}, "pids_limit: expected a number from 0 on, found -1"),
        ({"no_pivot_root": True}, "can't be had: without pivot_root a task could reach the host's root"),
        ({"default_pid_mode": "shared"}, "expected one of 'private', 'host'"),
    ],
)
def test_a_mistake_in_the_plugins_settings_is_told(
    open_driver: OpenDriver, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(MistakeError) as told:
        open_driver("exec", settings)
    assert words in str(told.value), json.dumps(settings)
