"""The attributes of the machine that the tests run on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from ostler.node import attributes, cgroups, detect, hardware
from ostler.node.hardware import go_architecture

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(platform.system() != "Linux", reason="reads what only Linux has")


def test_attributes_bear_the_names_that_job_files_use() -> None:
    assert {
        "arch",
        "cpu.arch",
        "cpu.numcores",
        "kernel.arch",
        "kernel.name",
        "kernel.version",
        "memory.totalbytes",
        "os.name",
        "os.signals",
        "os.version",
        "ostler.version",
        "unique.hostname",
        "unique.storage.bytesfree",
        "unique.storage.bytestotal",
    } <= attributes().keys()


def test_the_kernel_is_what_uname_says() -> None:
    found = attributes()
    system = os.uname()
    assert found["kernel.name"] == system.sysname.lower()
    assert found["kernel.version"] == system.release
    assert found["unique.hostname"] == system.nodename


def test_memory_is_the_machines_in_bytes() -> None:
    import psutil

    assert int(attributes()["memory.totalbytes"]) == pytest.approx(psutil.virtual_memory().total, rel=0.01)


def test_no_attribute_is_empty() -> None:
    assert all(attributes().values())


def test_storage_is_measured_where_the_directory_lies_or_is_going_to_be(tmp_path: Path) -> None:
    found = attributes(tmp_path / "not" / "yet" / "there")
    measured = os.statvfs(tmp_path)
    assert found["unique.storage.bytestotal"] == str(measured.f_blocks * measured.f_frsize)


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ("x86_64", "amd64"),
        ("AMD64", "amd64"),
        ("aarch64", "arm64"),
        ("arm64", "arm64"),
        ("i686", "386"),
        ("riscv64", "riscv64"),
    ],
)
def test_architectures_are_named_as_go_names_them(machine: str, name: str) -> None:
    assert go_architecture(machine) == name


def _mount(target: str, kind: str) -> cgroups.Mount:
    return cgroups.Mount("0:1", target, kind, kind)


def test_a_single_tree_is_version_2() -> None:
    assert cgroups.attributes([_mount("/sys/fs/cgroup", "cgroup2")]) == {
        "unique.cgroup.version": "v2",
        "unique.cgroup.mountpoint": "/sys/fs/cgroup",
        "os.cgroups.version": "2",
    }


def test_controllers_beside_a_tree_are_hybrid() -> None:
    both = [_mount("/sys/fs/cgroup/cpu", "cgroup"), _mount("/sys/fs/cgroup/unified", "cgroup2")]
    assert cgroups.attributes(both) == {
        "unique.cgroup.version": "hybrid",
        "unique.cgroup.mountpoint": "/sys/fs/cgroup",
        "os.cgroups.version": "1",
    }


def test_controllers_alone_are_version_1() -> None:
    assert cgroups.attributes([_mount("/sys/fs/cgroup/cpu", "cgroup")])["unique.cgroup.version"] == "v1"


def test_without_control_groups_nothing_is_claimed() -> None:
    assert cgroups.attributes([_mount("/", "ext4")]) == {}


@linux
def test_the_mount_table_is_read_with_its_escapes_undone() -> None:
    assert any(mount.target == "/proc" for mount in cgroups.mounts())
    assert cgroups._unescaped(r"/with\040space") == "/with space"  # noqa: SLF001 - rare in a real table


def test_detection_takes_at_most_15_ms() -> None:
    attributes()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        attributes()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.015


def test_where_the_standard_library_ends_psutil_answers_or_nothing_is_claimed() -> None:
    assert hardware._psutil_mhz() >= 0  # noqa: SLF001 - a real machine rarely needs it


@linux
def test_on_linux_detection_needs_no_psutil() -> None:
    code = "import sys; from ostler.node import attributes; attributes(); print('psutil' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def test_a_node_has_one_id_for_as_long_as_the_machine_is_the_same() -> None:
    assert detect().id == detect().id
    assert detect().name == platform.node()


def test_a_nodes_variables_are_all_that_an_interpolation_can_name() -> None:
    node = detect(name="n1", datacenter="dc9", node_class="big", pool="gpu", meta={"rack": "r7"})
    variables = node.variables()
    assert variables["attr.kernel.name"] == node.attributes["kernel.name"]
    assert variables["meta.rack"] == "r7"
    assert variables["node.unique.id"] == node.id
    assert variables["node.unique.name"] == "n1"
    assert variables["node.datacenter"] == "dc9"
    assert variables["node.region"] == "global"
    assert variables["node.class"] == "big"
    assert variables["node.pool"] == "gpu"
