"""The lowering of the steps by which Landlock holds a task."""

from __future__ import annotations

import os
import struct

from ostler.executor.linux.places import AT_FDCWD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ostler.executor.linux.lowering import Lowering

# Their order is that of the kernel's bits.
_ACCESS = (
    "execute",
    "write_file",
    "read_file",
    "read_dir",
    "remove_dir",
    "remove_file",
    "make_char",
    "make_dir",
    "make_reg",
    "make_sock",
    "make_fifo",
    "make_block",
    "make_sym",
    "refer",
    "truncate",
    "ioctl_dev",
)
_NETWORK = ("bind_tcp", "connect_tcp")
_SCOPES = ("abstract_unix_socket", "signal")
_PATH_BENEATH = 1


def landlock(to: Lowering, access: list[str], network: list[str], scopes: list[str]) -> None:
    """Begin a set of rules: what it names is denied but for what ``landlock_allow`` allows.

    An older kernel takes the shorter form of what it knows.
    """
    words = [_bits(_ACCESS, access), _bits(_NETWORK, network), _bits(_SCOPES, scopes)]
    while len(words) > 1 and not words[-1]:
        words.pop()
    attributes = struct.pack(f"={len(words)}Q", *words)
    to.ruleset = to.open("landlock_create_ruleset", attributes, len(attributes), 0)


def landlock_allow(to: Lowering, path: str, access: list[str]) -> None:
    """Allow an access to a file, or to a folder and all below it."""
    beneath = to.open("openat", AT_FDCWD, os.fsencode(path), os.O_PATH | os.O_CLOEXEC, 0)
    to.call("landlock_add_rule", to.ruleset, _PATH_BENEATH, (_bits(_ACCESS, access), beneath), 0)
    to.call("close", beneath)


def landlock_restrict(to: Lowering) -> None:
    """Be held to the rules, with all children, for good."""
    to.call("landlock_restrict_self", to.ruleset, 0)


def _bits(known: tuple[str, ...], names: Iterable[str]) -> int:
    return sum(1 << known.index(name) for name in names)


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (landlock, landlock_allow, landlock_restrict)
}
