from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from ostler.artifacts.fetcher.failures import RefusalError
from ostler.artifacts.fetcher.guard import Guard
from ostler.errors import RefusedError

if TYPE_CHECKING:
    from tests.artifacts.site import Desk, Site

NEVER = [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "168.63.129.16",
]
SPELLED = ["2852039166", "0xa9fea9fe", "169.254.43518", "64:ff9b::a9fe:a9fe", "100.100.100.200"]
PRIVATE = ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "0.0.0.0", "fd00::1"]


@pytest.mark.parametrize("address", [*NEVER, *SPELLED])
def test_a_link_local_address_is_never_connected_to(address: str) -> None:
    with pytest.raises(RefusalError, match="is link-local"):
        Guard((), allow_private=True).check_host(address)


@pytest.mark.parametrize("address", [*PRIVATE, "::ffff:127.0.0.1", "127.1", "0177.0.0.1"])
def test_a_private_address_is_the_operators_to_refuse(address: str) -> None:
    Guard((), allow_private=True).check_host(address)
    with pytest.raises(RefusalError, match="allow_private = false"):
        Guard((), allow_private=False).check_host(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "192.0.2.1.example.com"])
def test_a_public_one_may_be_connected_to(address: str) -> None:
    Guard((), allow_private=False).check_host(address)


@pytest.mark.parametrize("host", ["metadata.google.internal", "Metadata.Google.Internal.", "metadata"])
def test_the_names_of_metadata_servers_are_never_looked_up(host: str) -> None:
    with pytest.raises(RefusalError, match="a cloud machine's credentials"):
        Guard(("*",), allow_private=True).check_host(host)


def test_only_allowed_hosts_are_looked_up() -> None:
    guard = Guard(("*.Example.com", "localhost"), allow_private=True)
    for host in ("a.example.com", "A.EXAMPLE.com.", "localhost"):
        guard.check_host(host)
    for host in ("example.com", "example.com.evil.org", "evil.org"):
        with pytest.raises(RefusalError, match=r"is not allowed \(allowed: \*\.example\.com, localhost\)"):
            guard.check_host(host)


def test_loopback_can_be_refused(site: Site, desk: Desk) -> None:
    desk.allow(allow_private=False)
    with pytest.raises(RefusedError, match=r"the address 127\.0\.0\.1 is loopback or private"):
        desk.fetch(f"{site.url}/hello.txt")
    assert site.asked == []


def test_the_address_that_a_name_resolves_to_is_what_counts(site: Site, desk: Desk) -> None:
    """No second lookup that could answer otherwise: the check is at the connection."""
    desk.allow(allow_private=False)
    with pytest.raises(RefusedError, match=r"the address (127\.0\.0\.1|::1) is loopback or private"):
        desk.fetch(f"http://localhost:{site.server_port}/hello.txt")
    assert site.asked == []


def test_a_redirect_is_held_to_the_hosts(site: Site, desk: Desk) -> None:
    desk.allow(hosts=("127.0.0.1",))
    with pytest.raises(RefusedError, match=r"the host 'localhost' is not allowed \(allowed: 127\.0\.0\.1\)"):
        desk.fetch(f"{site.url}/to-another-host")
    assert len(site.asked) == 1


def test_an_address_in_the_place_of_a_name_has_to_be_allowed_too(site: Site, desk: Desk) -> None:
    desk.allow(hosts=("localhost",))
    with pytest.raises(RefusedError, match=r"the host '127\.0\.0\.1' is not allowed \(allowed: localhost\)"):
        desk.fetch(f"{site.url}/hello.txt")
    with pytest.raises(RefusedError, match=r"the host '127\.0\.0\.1' is not allowed"):
        desk.fetch(f"http://localhost:{site.server_port}/to-own-address")
    assert [path for _, path, _ in site.asked] == ["/to-own-address"]


@pytest.mark.parametrize("target", ["/to-metadata", "/to-another-host"])
def test_a_proxy_leads_to_no_host_that_is_not_allowed(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    """It is the proxy that connects, so that no connection of this process tells."""
    monkeypatch.setenv("http_proxy", site.url)
    desk.allow(hosts=("artifacts.example.com", "169.254.169.254"))
    with pytest.raises(RefusedError, match=r"is link-local|the host 'localhost' is not allowed"):
        desk.fetch(f"http://artifacts.example.com{target}")
    assert len(site.asked) == 1


def test_a_redirect_to_a_metadata_server_is_refused(site: Site, desk: Desk) -> None:
    with pytest.raises(RefusedError, match=r"169\.254\.169\.254 is link-local"):
        desk.fetch(f"{site.url}/to-metadata")


def test_git_is_held_to_the_addresses_too(desk: Desk) -> None:
    desk.allow(allow_private=False, schemes=frozenset({"git", "http"}))
    with pytest.raises(RefusedError, match="is loopback or private"):
        desk.fetch("git::http://localhost:1/r.git")


def test_the_guard_looks_at_every_connection_of_a_process() -> None:
    guard = Guard((), allow_private=False)
    with socket.socket() as line, pytest.raises(RefusalError, match="by name"):
        guard._connect(line, ("example.com", 80))  # noqa: SLF001 - what the interpreter calls
    with socket.socket(socket.AF_UNIX) as line, pytest.raises(RefusalError, match="a socket of this machine"):
        guard._connect(line, "/run/docker.sock")  # noqa: SLF001 - what the interpreter calls
