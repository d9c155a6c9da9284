"""The lowering of the steps that give a task its network."""

from __future__ import annotations

import os
import struct

from ostler.executor.linux.places import AT_FDCWD
from ostler.executor.linux.syscalls import NEW_NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ostler.executor.linux.lowering import Lowering

_SET_INTERFACE_FLAGS, _INTERFACE_UP = 0x8914, 0x1
_AF_INET, _DATAGRAM = 2, 2  # the same on every kind of machine; the module socket is slow to import


def join_network(to: Lowering, path: str) -> None:
    """Enter a network namespace that somebody made."""
    namespace = to.open("openat", AT_FDCWD, os.fsencode(path), os.O_RDONLY | os.O_CLOEXEC, 0)
    to.call("setns", namespace, NEW_NETWORK)
    to.call("close", namespace)


def raise_loopback(to: Lowering) -> None:
    """Bring up the loopback of a new network namespace, by way of any socket."""
    some = to.open("socket", _AF_INET, _DATAGRAM | os.O_CLOEXEC, 0)
    to.call("ioctl", some, _SET_INTERFACE_FLAGS, struct.pack("=16sh22x", b"lo", _INTERFACE_UP))
    to.call("close", some)


STEPS: dict[str, Callable[..., None]] = {each.__name__: each for each in (join_network, raise_loopback)}
