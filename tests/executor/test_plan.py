from __future__ import annotations

import binascii
import json
from typing import TYPE_CHECKING, Any

import pytest

from ostler.executor import Command, Enforcement, Host, Isolation, Limits, LimitSupport, Mount, Tier
from ostler.executor.host.account import Account
from ostler.executor.host.survey import Source, Survey
from ostler.executor.planning.plan import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

ENFORCED, WATCHED = Enforcement.ENFORCED, Enforcement.WATCHED
HELD = LimitSupport(
    memory=ENFORCED, memory_soft=ENFORCED, cpu=ENFORCED, cores=ENFORCED, pids=ENFORCED, timeout=WATCHED
)
UNHELD = LimitSupport(memory=WATCHED, pids=WATCHED, timeout=WATCHED)
OLD = {name: f"/cg/{name}/ostler" for name in ("memory", "cpu", "pids", "freezer", "cpuset")}
NEW = {"unified": "/cg/ostler"}
DELEGATED = {"unified": "/cg/user.slice/user-1000.slice/session/ostler"}
PARENTS: Mapping[str, dict[str, str]] = {
    "v1": OLD,
    "hybrid": OLD,
    "v2": NEW,
    "delegated": DELEGATED,
    "none": {},
}
LIMITS = Limits(memory_bytes=64, memory_soft_bytes=32, cpu_shares=500, pids=7, timeout_seconds=1.5)
GROUP = f"alloc.web.12ab.{binascii.crc32(b'/data' + bytes(1) + b'alloc/web/12ab'):08x}"
ISOLATION = Isolation(namespaces=frozenset({"mount", "pid", "ipc", "uts"}), hostname="inside")
NOBODY, ROOT, USER = Account(65534, 65534, (65534,)), Account(0, 0, (0,)), Account(1000, 1000, (1000, 27))
BIN = Source(mount=Mount("/bin", "/bin"), link="usr/bin")
USR = Source(mount=Mount("/usr", "/usr"))
LOCAL = Source(mount=Mount("/data/alloc/local", "/local", readonly=False))


def planned(tier: str, cgroups: str, **changes: Any) -> Plan:  # noqa: ANN401 - those of a Command or a Survey
    """Plan one command for a machine of this kind."""
    command = Command(
        id="alloc/web/12ab",
        argv=("/usr/bin/env", "x"),
        cwd="/local",
        user=changes.get("user_name", "nobody"),
        limits=changes.get("limits", LIMITS),
        isolation=changes.get("isolation", ISOLATION),
    )
    host = Host(
        tier=Tier(tier),
        cgroups=cgroups,
        limits=UNHELD if cgroups == "none" else HELD,
        landlock=changes.get("landlock", 0),
    )
    survey = Survey(
        directory=changes.get("directory", "/data"),
        executable="/usr/bin/env",
        user=changes.get("user", NOBODY),
        caller=ROOT if tier == "root" else USER,
        sources=changes.get("sources", (BIN, USR, LOCAL)),
        groups=PARENTS[cgroups],
    )
    return plan(command, host, survey)


def steps(plan: Plan, do: str) -> list[dict[str, Any]]:
    return [step for phase in (plan.prepare, plan.build, plan.enter) for step in phase if step["do"] == do]


def written(plan: Plan) -> dict[str, str]:
    return {step["path"]: step["text"] for step in steps(plan, "write")}


@pytest.mark.parametrize("cgroups", PARENTS)
@pytest.mark.parametrize("tier", ["root", "userns", "landlock", "none"])
def test_a_plan_is_plain_data(tier: str, cgroups: str) -> None:
    order = planned(tier, cgroups).order()
    assert json.loads(json.dumps(order))["argv"] == ["/usr/bin/env", "x"]


@pytest.mark.parametrize("cgroups", PARENTS)
@pytest.mark.parametrize("tier", ["root", "userns", "landlock", "none"])
def test_planning_twice_gives_the_same(tier: str, cgroups: str) -> None:
    assert planned(tier, cgroups) == planned(tier, cgroups)


def test_root_makes_the_namespaces_that_are_asked_for() -> None:
    assert planned("root", "v1").namespaces == ("ipc", "mount", "pid", "uts")


def test_a_user_makes_a_user_namespace_round_them_and_maps_first_of_all() -> None:
    made = planned("userns", "none")
    assert made.namespaces[0] == "user"
    assert made.build[0] == {"do": "map_user", "inside": (65534, 65534), "outside": (1000, 1000)}


def test_without_a_tier_there_are_no_namespaces_and_no_mounts() -> None:
    made = planned("none", "none")
    assert made.namespaces == ()
    assert {step["do"] for step in made.build} == {"open_output"}


@pytest.mark.parametrize(("cgroups", "members"), [("v1", "tasks"), ("v2", "cgroup.procs")])
def test_a_group_is_entered_by_the_list_that_needs_no_waiting(cgroups: str, members: str) -> None:
    assert {step["members"] for step in steps(planned("root", cgroups), "open_group")} == {members}


def test_a_raw_command_gets_its_groups_all_the_same() -> None:
    made = planned("root", "v1", isolation=Isolation())
    assert made.namespaces == ()
    assert [step["path"] for step in steps(made, "open_group")] == sorted(made.cgroups.values())


def test_old_cgroups_hold_every_limit_in_a_group_of_their_own() -> None:
    assert written(planned("root", "v1")) == {
        f"/cg/memory/ostler/{GROUP}/memory.swappiness": "0",
        f"/cg/memory/ostler/{GROUP}/memory.limit_in_bytes": "64",
        f"/cg/memory/ostler/{GROUP}/memory.memsw.limit_in_bytes": "64",
        f"/cg/memory/ostler/{GROUP}/memory.soft_limit_in_bytes": "32",
        f"/cg/cpu/ostler/{GROUP}/cpu.shares": "500",
        f"/cg/pids/ostler/{GROUP}/pids.max": "7",
    }


def test_only_a_task_whose_processes_can_outlive_its_init_is_ever_frozen() -> None:
    assert "freezer" not in planned("root", "v1").cgroups
    assert "freezer" in planned("root", "v1", isolation=Isolation()).cgroups


def test_hybrid_cgroups_are_planned_as_old_ones() -> None:
    assert planned("root", "hybrid").prepare == planned("root", "v1").prepare


def test_new_cgroups_hold_every_limit_in_one_group() -> None:
    made = planned("root", "v2", limits=Limits(memory_bytes=64, memory_soft_bytes=32, pids=7, cores="0-1"))
    assert made.cgroups == {"unified": f"/cg/ostler/{GROUP}"}
    assert written(made) == {
        f"/cg/ostler/{GROUP}/memory.max": "64",
        f"/cg/ostler/{GROUP}/memory.swap.max": "0",
        f"/cg/ostler/{GROUP}/memory.low": "32",
        f"/cg/ostler/{GROUP}/pids.max": "7",
        f"/cg/ostler/{GROUP}/cpuset.cpus": "0-1",
    }


@pytest.mark.parametrize(
    ("shares", "weight"), [(0, "1"), (2, "1"), (1024, "39"), (262144, "10000"), (10**9, "10000")]
)
def test_shares_become_a_weight(shares: int, weight: str) -> None:
    made = planned("root", "v2", limits=Limits(cpu_shares=shares))
    assert written(made) == {f"/cg/ostler/{GROUP}/cpu.weight": weight}


def test_without_cgroups_memory_and_pids_are_watched() -> None:
    made = planned("userns", "none")
    assert made.watch == {"memory_bytes": 64, "pids": 7}
    assert (made.cgroups, written(made)) == ({}, {})


def test_with_cgroups_nothing_is_watched() -> None:
    assert planned("root", "v2").watch == {}


def test_a_cpuset_is_made_only_for_cores() -> None:
    assert "cpuset" not in planned("root", "v1").cgroups
    cores = planned("root", "v1", limits=Limits(cores="0"))
    assert written(cores) == {f"/cg/cpuset/ostler/{GROUP}/cpuset.cpus": "0"}
    assert steps(cores, "copy")[0]["path"] == f"/cg/cpuset/ostler/{GROUP}/cpuset.mems"


def test_links_are_made_again_and_the_rest_is_bound() -> None:
    made = planned("root", "none")
    assert {"do": "link", "text": "usr/bin", "target": "/data/root/bin"} in made.build
    flags = {step["target"]: step["flags"] for step in steps(made, "bind")}
    assert flags["/data/root/usr"] == ["ro", "nosuid"]
    assert flags["/data/root/local"] == ["nosuid", "nodev"]


def test_a_bind_that_holds_the_data_directory_has_it_masked() -> None:
    made = planned("root", "none", directory="/srv/ostler", sources=(Source(mount=Mount("/srv", "/srv")),))
    targets = [step["target"] for step in made.build if step["do"] in {"bind", "mount"}]
    assert targets.index("/srv/ostler/root/srv") + 1 == targets.index("/srv/ostler/root/srv/ostler")


def test_a_data_directory_that_is_bound_itself_is_masked_too() -> None:
    made = planned("root", "none", sources=(Source(mount=Mount("/data", "/d")),))
    masks = [step for step in steps(made, "mount") if step["target"] == "/data/root/d"]
    assert [mask["kind"] for mask in masks] == ["tmpfs"]


def test_a_sibling_of_the_data_directory_is_not_masked() -> None:
    made = planned("root", "none", sources=(Source(mount=Mount("/dat", "/d")),))
    assert not [step for step in steps(made, "mount") if step["target"].startswith("/data/root/d/")]


def test_a_task_brings_its_own_tmp() -> None:
    brought = planned("root", "none", sources=(Source(mount=Mount("/data/a/tmp", "/tmp", readonly=False)),))
    assert not [step for step in steps(brought, "mount") if step["target"] == "/data/root/tmp"]
    assert [step for step in steps(planned("root", "none"), "mount") if step["target"] == "/data/root/tmp"]


def test_the_change_of_root_comes_last_but_for_the_host_name() -> None:
    assert [step["do"] for step in planned("root", "none").build[-3:]] == ["restrict", "pivot", "hostname"]


@pytest.mark.parametrize("target", ["/", "/sys"])
def test_the_secrets_of_sys_are_hidden_where_it_is_shown(target: str) -> None:
    shown = planned("root", "none", sources=(Source(mount=Mount(target, target)),))
    covered = {step["target"] for step in steps(shown, "cover")}
    assert "/data/root/sys/firmware" in covered
    assert not [step for step in steps(planned("root", "none"), "cover") if "/sys/" in step["target"]]


def test_nobody_keeps_no_capability() -> None:
    assert steps(planned("root", "v1"), "drop_capabilities") == [{"do": "drop_capabilities", "keep": []}]


def test_root_keeps_thirteen_capabilities_without_the_network_or_the_machine() -> None:
    keep = steps(planned("root", "v1", user=ROOT), "drop_capabilities")[0]["keep"]
    assert len(keep) == 13
    net_raw, sys_admin, sys_ptrace = 13, 21, 19
    assert not {net_raw, sys_admin, sys_ptrace} & set(keep)


def test_the_groups_are_the_users_own() -> None:
    become = steps(planned("root", "v1", user=Account(5, 6, (6, 7))), "become")
    assert become == [{"do": "become", "uid": 5, "gid": 6, "groups": [6, 7]}]


def test_a_user_namespace_leaves_the_groups_because_it_must() -> None:
    assert steps(planned("userns", "none"), "become")[0]["groups"] is None


def test_a_raw_command_of_the_caller_changes_no_user() -> None:
    assert steps(planned("userns", "none", isolation=Isolation(), user_name="", user=USER), "become") == []


def test_the_directory_is_entered_as_the_tasks_user() -> None:
    does = [step["do"] for step in planned("root", "v1").enter]
    assert does.index("join_groups") < does.index("drop_capabilities") < does.index("become")
    assert does[-4:] == ["die_with_parent", "no_new_privileges", "change_directory", "seccomp"]


def test_a_strange_id_still_names_a_group() -> None:
    command = Command(id="../../x y/ü/" + "z" * 300, argv=("a",))
    survey = Survey(directory="/d", executable="/a", user=ROOT, caller=ROOT, groups=NEW)
    made = plan(command, Host(tier=Tier.ROOT, limits=HELD), survey)
    assert made.cgroups["unified"].startswith("/cg/ostler/" + "z" * 200 + ".")


def test_tasks_of_one_id_in_two_data_directories_have_groups_of_their_own() -> None:
    one, other = (set(planned("root", "v1", directory=each).cgroups.values()) for each in ("/data", "/other"))
    assert one
    assert not one & other


def test_watched_processes_are_held_back_where_a_namespace_counts_its_own() -> None:
    command = Command(id="a", argv=("a",), isolation=ISOLATION, limits=Limits(pids=7))
    survey = Survey(
        directory="/d", executable="/a", user=NOBODY, caller=USER, groups={}, counts_per_namespace=True
    )
    made = plan(command, Host(tier=Tier.USERNS, limits=UNHELD), survey)
    assert {"do": "limit", "name": "NPROC", "value": 9} in made.enter
