from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from ostler.errors import RefusedError
from ostler.executor import Isolation, Tier
from tests.executor.test_plan import ISOLATION, planned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Need, NeedKernel
    from tests.executor.bench import Bench

NAMESPACE = "readlink /proc/self/ns/net"
TALK = """
import socket, sys
def reach(family, address):
    with socket.socket(family) as each:
        return each.connect_ex(address)
print("host" if reach(socket.AF_INET, ("127.0.0.1", int(sys.argv[1]))) == 0 else "none")
print("abstract" if reach(socket.AF_UNIX, "\\0" + sys.argv[2]) == 0 else "none")
own = socket.create_server(("127.0.0.1", 0))
print("own" if reach(socket.AF_INET, own.getsockname()) == 0 else "none")
"""


def own_namespace() -> str:
    return str(Path("/proc/self/ns/net").readlink())


@pytest.fixture
def services() -> Iterator[tuple[str, str]]:
    """Give the port of a service on the host's loopback, and the name of an abstract socket."""
    name = f"ostler-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as service, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        yield str(service.getsockname()[1]), name


def test_the_host_is_reached_unless_there_is_no_network(
    bench: Bench, isolation: Isolation, services: tuple[str, str], need: Need
) -> None:
    need("/usr/bin/python3")
    said = {}
    unscoped = evolve(isolation, namespaces=isolation.namespaces - {"ipc"})  # else Landlock holds it back
    for network in ("host", "none"):
        isolated = evolve(unscoped, network=network)
        process = bench.start("/usr/bin/python3", "-c", TALK, *services, isolation=isolated, user="nobody")
        assert bench.end(process).code == 0, bench.output()
        said[network] = bench.output().split()
    assert said == {"host": ["host", "abstract", "own"], "none": ["none", "none", "own"]}


def test_there_is_only_a_loopback(bench: Bench, isolation: Isolation) -> None:
    found = bench.says("sed 1,2d /proc/net/dev", isolation=evolve(isolation, network="none"))
    assert [line.split(":")[0].strip() for line in found] == ["lo"]


def test_a_namespace_can_be_joined(bench: Bench, isolation: Isolation) -> None:
    holder = bench.start("/bin/sleep", "60", isolation=evolve(isolation, network="none"))
    path = f"/proc/{holder.pid}/ns/net"
    joining = evolve(isolation, network=path)
    if bench.executor.host().tier is not Tier.ROOT:
        with pytest.raises(RefusedError, match=f"can't join the network namespace {path}: .* only root may"):
            bench.run("/bin/true", isolation=joining)
        return
    joined = bench.says(NAMESPACE, isolation=joining)
    assert joined == [str(Path(path).readlink())] != [own_namespace()]
    plainly = Isolation(minimum=Tier.NONE, network=path)
    assert bench.says(NAMESPACE, isolation=plainly) == joined


def test_a_plain_command_can_be_without_a_network(bench: Bench, need_kernel: NeedKernel) -> None:
    if bench.executor.host().tier is not Tier.ROOT:
        need_kernel("only root makes a network namespace for a plain command")
    assert bench.says(NAMESPACE, isolation=Isolation(minimum=Tier.NONE, network="none")) != [own_namespace()]


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("/run/netns/no-such", "make it first: ip netns add NAME"),
        ("/etc/passwd", "it is no network namespace"),
        ("bridge", "network 'bridge' is not known; use 'host', 'none' or the path"),
    ],
)
def test_what_is_no_network_is_refused(bench: Bench, network: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        bench.run("/bin/true", isolation=Isolation(minimum=Tier.NONE, network=network))


@pytest.mark.parametrize(
    ("network", "words"), [("none", "can't be had in the tier 'none'"), ("/run/netns/blue", "joins none")]
)
def test_the_portable_executor_knows_only_the_hosts(portable: Bench, network: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        portable.run("/bin/true", isolation=Isolation(minimum=Tier.NONE, network=network))


@pytest.mark.parametrize("tier", ["root", "userns"])
def test_a_loopback_is_planned_for_a_network_of_ones_own(tier: str) -> None:
    made = planned(tier, "none", isolation=evolve(ISOLATION, network="none"))
    assert "network" in made.namespaces
    does = [step["do"] for step in made.build]
    assert does.index("raise_loopback") == (1 if tier == "userns" else 0)
    assert "network" not in planned(tier, "none").namespaces


def test_a_namespace_is_joined_before_anything_else() -> None:
    made = planned("root", "none", isolation=evolve(ISOLATION, network="/run/netns/blue"))
    assert made.build[0] == {"do": "join_network", "path": "/run/netns/blue"}
    assert "network" not in made.namespaces
