"""Hold every connection of this process to the operator's rules, whoever opens it.

The interpreter tells of each lookup and each connection before it takes place.  So what is checked is the
address that is connected to, after redirects and DNS, and not a lookup of our own that may differ.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from .failures import RefusalError

if TYPE_CHECKING:
    from collections.abc import Collection

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_LINK_LOCAL: Final = (
    "is link-local, where clouds keep their machines' credentials: that is never fetched from"
)
_METADATA_NAMES: Final = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
_OUTSIDE: Final = ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
_METADATA_ADDRESSES: Final = frozenset(map(ipaddress.ip_address, _OUTSIDE))
_EMBEDDING: Final = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
_PRIVATE: Final = "is loopback or private, which the operator does not allow (allow_private = false)"
_HOSTS: Final = "the operator adds it to allowed_hosts in client { artifact { ... } }"


class Guard:
    """The rules for hosts and addresses; ``exempt`` are the hosts of proxies, which the operator named."""

    def __init__(self, hosts: Collection[str], *, allow_private: bool, exempt: Collection[str] = ()) -> None:
        self._hosts = tuple(host.lower() for host in hosts)
        self._allow_private = allow_private
        self._exempt = frozenset(exempt)
        self._exempt_addresses: set[str] = set()

    def install(self) -> None:
        """Hold this process to the rules from now on; the proxies' addresses are looked up before."""
        for host in self._exempt:
            with suppress(OSError):  # it may be none that is needed
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                self._exempt_addresses.update(str(each[4][0]) for each in found)
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            if arguments[0]:
                self.check_host(_text(arguments[0]))
        elif event == "socket.connect":
            self._connect(*arguments)

    def check_named(self, host: str) -> None:
        """Raise RefusalError for a host that the job, or a redirect, may not name: an address counts as one.

        Where a proxy connects, no other look is taken at it.
        """
        self.check_host(host)
        name = host.lower().rstrip(".")
        if _address(name) is not None and name not in self._exempt and not self.allows_host(name):
            raise RefusalError(self.unallowed(host))

    def check_host(self, host: str) -> None:
        """Raise RefusalError for a host that may not be looked up."""
        name = host.lower().rstrip(".")
        if name in self._exempt:
            return
        if name in _METADATA_NAMES:
            msg = f"the host {host!r} tells a cloud machine's credentials: that is never fetched from"
            raise RefusalError(msg)
        if _address(name) is None and not self.allows_host(name):
            raise RefusalError(self.unallowed(host))
        if (address := _address(name)) is not None:
            self.check_address(str(address))

    def allows_host(self, host: str) -> bool:
        """Tell whether a name is among the allowed ones; none named allows all."""
        return not self._hosts or any(fnmatchcase(host.lower().rstrip("."), each) for each in self._hosts)

    def unallowed(self, host: str) -> str:
        """Say that a host is not allowed."""
        return f"the host {host!r} is not allowed (allowed: {', '.join(self._hosts)}); {_HOSTS}"

    def _connect(self, connecting: socket.socket, address: object) -> None:
        if connecting.family == socket.AF_UNIX:
            msg = "a source that connects to a socket of this machine is not allowed"
            raise RefusalError(msg)
        if connecting.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            host = _text(address[0])
            if host in self._exempt:
                return
            if _address(host) is None:
                msg = f"connects to {host!r} by name, so that its address could not be checked"
                raise RefusalError(msg)
            self.check_address(host)

    def check_address(self, text: str) -> None:
        """Raise RefusalError for an address that may not be connected to."""
        address = _address(text)
        assert address is not None  # noqa: S101 - the callers looked
        if text in self._exempt_addresses:
            return
        if address.is_link_local or address in _METADATA_ADDRESSES:
            msg = f"the address {address} {_LINK_LOCAL}"
            raise RefusalError(msg)
        if not self._allow_private and not _public(address):
            msg = f"the address {address} {_PRIVATE}"
            raise RefusalError(msg)


def _public(address: Address) -> bool:
    return address.is_global and not address.is_multicast


def _text(host: object) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes | bytearray) else str(host)


def _address(text: str) -> Address | None:
    """Read an address, in whichever spelling the system would take it; an IPv4 one inside IPv6 counts."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return _short(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _EMBEDDING) and int(address) > 1:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def _short(text: str) -> Address | None:
    """Read ``127.1``, ``0x7f000001`` and the like, which the C library takes for addresses."""
    if not text or text.strip("0123456789abcdefxABCDEFX."):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError:
        return None
