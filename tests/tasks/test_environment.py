from __future__ import annotations

import pytest

from ostler.drivers.values import Directories, Filesystem, Resources
from ostler.errors import MistakeError
from ostler.tasks import TaskFacts, environment, inherit, interpolate, keeps

FACTS = TaskFacts(
    allocation_id="0a1b2c3d-4e5f",
    task_name="web",
    group_name="front",
    job_id="shop",
    directories=Directories(
        allocation="/d/a",
        shared="/d/a/alloc",
        task="/d/a/web",
        local="/d/a/web/local",
        secrets="/d/a/web/secrets",
    ),
)
HOST = {
    "PATH": "/bin",
    "LANG": "C",
    "LC_ALL": "C",
    "TZ": "UTC",
    "HOME": "/root",
    "VAULT_TOKEN": "s",
    "MY_SECRET": "s",
}


def made(facts: TaskFacts = FACTS, **env: str) -> dict[str, str]:
    return environment(
        facts, env=env, inherited={}, node={"attr.kernel.name": "linux", "node.datacenter": "dc1"}
    )


def test_a_plain_task_sees_host_paths() -> None:
    found = made()
    assert found["NOMAD_ALLOC_DIR"] == "/d/a/alloc"
    assert found["NOMAD_TASK_DIR"] == "/d/a/web/local"
    assert found["NOMAD_SECRETS_DIR"] == "/d/a/web/secrets"


@pytest.mark.parametrize("filesystem", [Filesystem.CHROOT, Filesystem.IMAGE])
def test_a_task_with_a_root_of_its_own_sees_that_root(filesystem: Filesystem) -> None:
    found = made(FACTS._replace(filesystem=filesystem))
    assert (found["NOMAD_ALLOC_DIR"], found["NOMAD_TASK_DIR"], found["NOMAD_SECRETS_DIR"]) == (
        "/alloc",
        "/local",
        "/secrets",
    )


def test_a_task_is_told_who_it_is() -> None:
    found = made(FACTS._replace(job_name="Shop", allocation_index=2, datacenter="dc1", region="global"))
    told = {name: value for name, value in found.items() if not name.endswith(("_DIR", "_LIMIT"))}
    assert told == {
        "NOMAD_ALLOC_ID": "0a1b2c3d-4e5f",
        "NOMAD_SHORT_ALLOC_ID": "0a1b2c3d",
        "NOMAD_ALLOC_NAME": "Shop.front[2]",
        "NOMAD_ALLOC_INDEX": "2",
        "NOMAD_TASK_NAME": "web",
        "NOMAD_GROUP_NAME": "front",
        "NOMAD_JOB_ID": "shop",
        "NOMAD_JOB_NAME": "Shop",
        "NOMAD_DC": "dc1",
        "NOMAD_REGION": "global",
        "NOMAD_NAMESPACE": "default",
    }


def test_a_task_is_told_its_limits() -> None:
    resources = Resources(memory_mb=64, memory_max_mb=-1, cpu_mhz=500)
    found = made(FACTS._replace(resources=resources, cores="0-1"))
    assert found["NOMAD_MEMORY_LIMIT"] == "64"
    assert found["NOMAD_MEMORY_MAX_LIMIT"] == "-1"
    assert found["NOMAD_CPU_LIMIT"] == "500"
    assert found["NOMAD_CPU_CORES"] == "0-1"


def test_a_limit_that_is_not_set_is_left_out() -> None:
    assert "NOMAD_MEMORY_MAX_LIMIT" not in made()
    assert "NOMAD_CPU_CORES" not in made()


def test_meta_comes_as_written_and_in_capitals_with_clean_names() -> None:
    found = made(FACTS._replace(meta={"my-key.x": "on ${attr.kernel.name}"}))
    assert found["NOMAD_META_my_key.x"] == "on linux"
    assert found["NOMAD_META_MY_KEY.X"] == "on linux"


def test_env_is_interpolated_and_the_unknown_stays_as_written() -> None:
    found = made(A="${NOMAD_TASK_NAME} in ${node.datacenter}", B="${NOPE} ${a b} $NOMAD_TASK_NAME")
    assert found["A"] == "web in dc1"
    assert found["B"] == "${NOPE} ${a b} $NOMAD_TASK_NAME"


def test_the_host_never_replaces_a_variable_and_env_always_does() -> None:
    inherited = {"NOMAD_TASK_NAME": "host", "PATH": "/host", "LANG": "host"}
    found = environment(FACTS, env={"PATH": "/mine:${PATH}"}, inherited=inherited, node={})
    assert (found["NOMAD_TASK_NAME"], found["PATH"], found["LANG"]) == ("web", "/mine:/host", "host")


def test_a_private_root_inherits_nothing_that_could_be_secret() -> None:
    for held in (Filesystem.CHROOT, Filesystem.UNVEIL):
        assert set(inherit(HOST, keeps(held))) == {"PATH", "LANG", "LC_ALL", "TZ"}


def test_an_image_inherits_nothing() -> None:
    assert inherit(HOST, keeps(Filesystem.IMAGE)) == {}


def test_a_plain_task_inherits_all_but_what_is_denied() -> None:
    assert set(HOST) - set(inherit(HOST, keeps(Filesystem.NONE))) == {"VAULT_TOKEN"}
    assert set(inherit(HOST, keeps(Filesystem.NONE, denied={"MY_SECRET"}))) == set(HOST) - {"MY_SECRET"}


def test_names_that_no_environment_holds_are_refused_all_at_once() -> None:
    with pytest.raises(MistakeError) as caught:
        environment(FACTS, env={"": "x", "A=B": "x", "C": "a\0b"}, inherited={}, node={}, path="job.shop.env")
    rule = "names are not empty and hold no '=', and nothing holds NUL"
    assert str(caught.value).splitlines() == [
        f"job.shop.env: '' can't name a variable; {rule}",
        f"job.shop.env.A=B: 'A=B' can't name a variable; {rule}",
        f"job.shop.env.C: the value holds a NUL character; {rule}",
    ]


def test_interpolation_takes_the_first_that_knows_and_only_once() -> None:
    assert interpolate("${a} ${b} ${c}", {"a": "${b}"}, {"a": "no", "b": "2"}) == "${b} 2 ${c}"
