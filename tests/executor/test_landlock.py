from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from ostler.errors import RefusedError
from ostler.executor import Isolation, Mount, Tier
from ostler.executor.planning import seccomp
from tests.executor.bench import Bench
from tests.executor.conftest import HOST_FOLDERS
from tests.executor.test_network import TALK, services
from tests.executor.test_plan import ISOLATION, planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Need, NeedKernel

__all__ = ["services"]  # a fixture
WITH_SCOPES, WITH_TCP = 6, 4


@pytest.fixture
def confined(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need_kernel: NeedKernel
) -> Iterator[Bench]:
    """Give an executor for a machine that has Landlock and no namespaces."""
    monkeypatch.setenv("OSTLER_TIER", "landlock")
    bench = Bench(data_dir, tmp_path)
    if bench.executor.host().tier is not Tier.LANDLOCK:
        need_kernel(bench.executor.host().reason)
    yield bench
    bench.clear()


@pytest.fixture
def rules(tmp_path: Path) -> Isolation:
    """Give what the exec driver asks for: the host's programs to read, one folder to write in."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o777)
    root = (
        *(Mount(each, each) for each in HOST_FOLDERS),
        Mount(str(tmp_path / "own"), "/own", readonly=False),
    )
    names = frozenset({"mount", "pid", "ipc", "uts"})
    return Isolation(namespaces=names, root=root, hostname="inside", minimum=Tier.LANDLOCK)


def test_a_task_reads_the_programs_and_writes_in_its_own_folder_alone(
    confined: Bench, rules: Isolation, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("of another\n")
    script = f"""
        echo mine > {tmp_path}/own/made && cat {tmp_path}/own/made
        mkdir {tmp_path}/own/a && mv {tmp_path}/own/made {tmp_path}/own/a/moved && rm -r {tmp_path}/own/a
        cat {tmp_path}/secret || echo unread
        echo x > {tmp_path}/secret || echo unwritten
        ls {tmp_path} || echo unlisted
        ls /root || echo unlisted
        echo x > /etc/ostler-test || echo unwritten
        test -r /proc/self/status && echo x > /dev/null && echo to stderr > /dev/stderr
        true
    """
    found = confined.says(f"exec 2>/dev/null; {script}", isolation=rules)
    assert found == ["mine", "unread", "unwritten", "unlisted", "unlisted", "unwritten"]


def test_nothing_is_gained_and_calls_are_filtered(confined: Bench, rules: Isolation) -> None:
    script = "grep -E '^(CapEff|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status | cut -f2 | sort -u"
    user = "" if os.geteuid() else "nobody"
    assert confined.says(script, isolation=rules, user=user) == ["0000000000000000", "1", "2"]
    assert confined.shell("unshare -r true", isolation=rules).code != 0
    assert confined.shell("mount -t tmpfs none /mnt", isolation=rules).code != 0


def test_a_process_of_the_host_is_neither_signalled_nor_looked_into(
    confined: Bench, rules: Isolation, need_kernel: NeedKernel
) -> None:
    if confined.executor.host().landlock < WITH_SCOPES:
        need_kernel("this Landlock holds back no signals")
    victim = confined.start("/bin/sleep", "60")
    pid = victim.pid
    script = f"kill -9 {pid} && echo killed; cat /proc/{pid}/environ && echo read; echo tried"
    assert confined.says(f"exec 2>/dev/null; {script}", isolation=rules) == ["tried"]
    assert confined.says("sleep 60 & kill -9 $! && echo own", isolation=rules) == ["own"]


def test_without_a_network_only_unix_sockets_are_left(
    confined: Bench, rules: Isolation, services: tuple[str, str], need: Need
) -> None:
    need("/usr/bin/python3")
    udp = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)"
    alone = evolve(rules, network="none")
    for script, code in ((TALK, 1), (udp, 1), ("import socket; socket.socketpair()", 0)):
        process = confined.start("/usr/bin/python3", "-c", script, *services, isolation=alone)
        assert confined.end(process).code == code, confined.output()
    assert confined.shell("/usr/bin/python3 -c '" + udp + "'", isolation=rules).code == 0
    with pytest.raises(RefusedError, match="network 'none' can't be had in the tier 'landlock'"):
        confined.run("/bin/true", isolation=evolve(alone, seccomp=False))


def test_a_folder_that_holds_the_data_directory_is_refused(
    confined: Bench, rules: Isolation, tmp_path: Path
) -> None:
    whole = evolve(rules, root=(*rules.root, Mount(str(tmp_path), "/all")))
    with pytest.raises(RefusedError, match="lies in it, and can't be hidden in the tier 'landlock'"):
        confined.run("/bin/true", isolation=whole)


def test_an_abstract_socket_of_the_host_is_out_of_reach_on_every_tier(
    bench: Bench, isolation: Isolation, need: Need, need_kernel: NeedKernel
) -> None:
    need("/usr/bin/python3")
    if bench.executor.host().landlock < WITH_SCOPES:
        need_kernel("this Landlock does not know abstract sockets")
    name = f"ostler-test-{os.getpid()}"
    script = f"import socket; print(socket.socket(socket.AF_UNIX).connect_ex('\\0{name}'))"
    hosts = evolve(isolation, namespaces=isolation.namespaces - {"ipc"})
    with socket.socket(socket.AF_UNIX) as service:
        service.bind("\0" + name)
        service.listen()
        found = []
        for each in (isolation, hosts):
            bench.end(bench.start("/usr/bin/python3", "-c", script, isolation=each))
            found.append(int(bench.output()))
    assert found == [errno.EPERM, 0]


CONTAINED = """
import ctypes, sys
from ostler.executor import Command, Executor, Isolation, Mount
code = bytes.fromhex(sys.argv[1])
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == libc.prctl(22, 2, ctypes.byref(Filter(len(code) // 8, code)), 0, 0) == 0
executor = Executor(sys.argv[2])
print(executor.host().tier, executor.host().reason)
root = tuple(Mount(each, each) for each in ("/bin", "/etc", "/lib", "/lib64", "/usr"))
names = frozenset({"mount", "pid", "ipc", "uts"})
isolation = Isolation(namespaces=names, root=root, minimum="landlock")
script = "test -r /etc/passwd && ! ls /var && ! unshare -r true"
process = executor.start(Command(id="one", argv=("/bin/sh", "-c", script), isolation=isolation))
print(executor.wait(process, 20).code)
executor.forget(process)
executor.close()
"""


def test_the_tier_is_found_where_a_containers_filter_denies_namespaces(
    confined: Bench, data_dir: Path
) -> None:
    """The filter is ours, which is what Docker's denies too."""
    assert confined.executor.host().tier is Tier.LANDLOCK
    code = seccomp.program(os.uname().machine, ("sys_chroot",), own_processes=True).hex()
    environment = {name: value for name, value in os.environ.items() if name != "OSTLER_TIER"}
    command = [sys.executable, "-c", CONTAINED, code, str(data_dir / "inner")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    tier, code_of_task = done.stdout.splitlines()
    assert tier.startswith("landlock user namespaces are denied")
    assert code_of_task == "0"


def steps(version: int, **changes: Any) -> dict[str, list[dict[str, Any]]]:  # noqa: ANN401
    """Plan for a machine with this version of Landlock, and give the steps by what they do."""
    made = planned(changes.pop("tier", "landlock"), "none", landlock=version, **changes)
    found: dict[str, list[dict[str, Any]]] = {}
    for step in (*made.build, *made.enter):
        found.setdefault(step["do"], []).append(step)
    assert made.namespaces == () or made.tier is not Tier.LANDLOCK
    return found


def test_a_plan_asks_for_what_the_kernel_knows() -> None:
    first, tcp, scoped = (steps(version)["landlock"][0] for version in (1, WITH_TCP, WITH_SCOPES))
    assert not {"refer", "truncate", "ioctl_dev"} & set(first["access"])
    assert {"refer", "truncate"} <= set(tcp["access"])
    assert (first["scopes"], tcp["scopes"]) == ([], [])
    assert scoped["scopes"] == ["abstract_unix_socket", "signal"]
    alone = evolve(ISOLATION, network="none")
    assert steps(WITH_TCP, isolation=alone)["landlock"][0]["network"] == ["bind_tcp", "connect_tcp"]
    assert steps(WITH_TCP)["landlock"][0]["network"] == []


def test_a_plan_allows_what_would_be_bound() -> None:
    allowed = {step["path"]: step["access"] for step in steps(1)["landlock_allow"]}
    assert allowed["/usr"] == ["execute", "read_file", "read_dir"]
    assert {"write_file", "make_reg", "remove_file"} <= set(allowed["/data/alloc/local"])
    assert not {"make_char", "make_block"} & {name for names in allowed.values() for name in names}
    assert not {"mount", "bind", "pivot", "map_user", "hostname"} & set(steps(1))


def test_the_rules_hold_before_the_filter_and_after_everything_else() -> None:
    made = planned("landlock", "none", landlock=1)
    assert [step["do"] for step in made.enter[-4:]] == [
        "no_new_privileges",
        "change_directory",
        "landlock_restrict",
        "seccomp",
    ]


@pytest.mark.parametrize("tier", ["root", "userns"])
def test_with_namespaces_only_abstract_sockets_are_left_to_landlock(tier: str) -> None:
    scoped = steps(WITH_SCOPES, tier=tier)
    assert scoped["landlock"] == [
        {"do": "landlock", "access": [], "network": [], "scopes": ["abstract_unix_socket"]}
    ]
    assert "landlock_allow" not in scoped
    assert "landlock" not in steps(WITH_TCP, tier=tier)
    shared = evolve(ISOLATION, namespaces=ISOLATION.namespaces - {"ipc"})
    assert "landlock" not in steps(WITH_SCOPES, tier=tier, isolation=shared)
