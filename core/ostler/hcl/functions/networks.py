"""Functions of network addresses, of IPv4 and IPv6."""

from __future__ import annotations

import re

from ostler.hcl.datum import TypedList
from ostler.hcl.functions import Function, FunctionError, Parameter
from ostler.hcl.functions.arguments import natural, short, whole
from ostler.hcl.types import NUMBER, STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from ipaddress import IPv4Network, IPv6Network
    from typing import Any, Final

_PREFIX: Final = re.compile(r"([0-9A-Fa-f.:]+)/([0-9]{1,3})")
_MOST_BITS: Final = 32


def _cidrhost(prefix: str, number: int | Decimal) -> str:
    """Give the address of a host within a network; a negative number counts from its end.

    cidrhost("10.12.127.0/20", 16) -> "10.12.112.16"
    cidrhost("10.12.127.0/20", -2) -> "10.12.127.254"
    cidrhost("fd00::/64", 5) -> "fd00::5"

    Source: go-cty-funcs HostFunc, go-cidr.
    """
    network = _network(prefix)
    place = whole(number, 1)
    if not -network.num_addresses <= place < network.num_addresses:
        msg = f"{network} has no host number {place}"
        raise FunctionError(msg, 1)
    return str(network[place])


def _cidrnetmask(prefix: str) -> str:
    """Give the netmask of a network.

    cidrnetmask("172.16.0.0/12") -> "255.240.0.0"

    Source: go-cty-funcs NetmaskFunc.
    """
    return str(_network(prefix).netmask)


def _cidrsubnet(prefix: str, bits: int | Decimal, number: int | Decimal) -> str:
    """Give the network of a number among those whose prefix is some bits longer.

    cidrsubnet("172.16.0.0/12", 4, 2) -> "172.18.0.0/16"
    cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162) -> "fd00:fd12:3456:7800:a200::/72"

    Source: go-cty-funcs SubnetFunc, go-cidr.
    """
    network = _network(prefix)
    more, place = natural(bits, 1), natural(number, 2)
    length = _longer(network, more, 1)
    if place >= 1 << more:
        msg = f"{more} more bits make {1 << more} networks, so there is no number {place}"
        raise FunctionError(msg, 2)
    step = 1 << (network.max_prefixlen - length)
    return f"{network.network_address + place * step}/{length}"


def _cidrsubnets(prefix: str, *bits: int | Decimal) -> list[Any]:
    """Give networks that follow each other, each with a prefix that is some bits longer.

    cidrsubnets("10.1.0.0/16", 4, 4, 8) -> ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24"]

    Each begins at the next place behind the one before where a network of its size may begin.
    Source: go-cty-funcs SubnetsFunc, go-cidr.
    """
    network = _network(prefix)
    found: list[str] = []
    offset = 0
    for argument, each in enumerate(bits, 1):
        more = natural(each, argument)
        if more == 0:
            msg = "expected one more bit at least, found 0"
            raise FunctionError(msg, argument)
        length = _longer(network, more, argument)
        size = 1 << (network.max_prefixlen - length)
        offset = -(-offset // size) * size
        if offset >= network.num_addresses:
            msg = f"{network} has no room left for a network with a prefix of {length} bits"
            raise FunctionError(msg, argument)
        found.append(f"{network.network_address + offset}/{length}")
        offset += size
    return TypedList(found, STRING)


def _longer(network: IPv4Network | IPv6Network, bits: int, argument: int) -> int:
    length = network.prefixlen + bits
    if bits > _MOST_BITS:
        msg = f"a prefix may get {_MOST_BITS} more bits at most, found {bits}"
        raise FunctionError(msg, argument)
    if length > network.max_prefixlen:
        msg = (
            f"{bits} more bits make a prefix of {length}, "
            f"but an IPv{network.version} address has {network.max_prefixlen}"
        )
        raise FunctionError(msg, argument)
    return length


def _network(prefix: str) -> IPv4Network | IPv6Network:
    import ipaddress

    found = _PREFIX.fullmatch(prefix)
    try:
        address, bits = (found[1], int(found[2])) if found else ("", 0)
        return ipaddress.ip_network((address, bits), strict=False)
    except ValueError:
        msg = f"expected a network as in 10.0.0.0/8 or fd00::/8, found {short(prefix)!r}"
        raise FunctionError(msg, 0) from None


_NETWORK: Final = Parameter("prefix", STRING)
_BITS: Final = Parameter("bits", NUMBER)
FUNCTIONS: Final = {
    "cidrhost": Function(_cidrhost, _NETWORK, Parameter("number", NUMBER)),
    "cidrnetmask": Function(_cidrnetmask, _NETWORK),
    "cidrsubnet": Function(_cidrsubnet, _NETWORK, _BITS, Parameter("number", NUMBER)),
    "cidrsubnets": Function(_cidrsubnets, _NETWORK, variadic=_BITS),
}
