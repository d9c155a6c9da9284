"""What Landlock holds a task to: files, TCP, abstract sockets and signals, without any namespace.

In the tier of its name it stands for a root: what that would bind can be reached, where the host has it.
In the better ones it only cuts off what a mount namespace doesn't: abstract sockets.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, Final

from ostler.executor.planning import network, root
from ostler.executor.values import Tier, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.executor.host.survey import Source, Survey
    from ostler.executor.values import Command, Host

    Step = dict[str, Any]

# By name: the version of Landlock that knows it first.
ACCESS: Final = {
    "execute": 1,
    "write_file": 1,
    "read_file": 1,
    "read_dir": 1,
    "remove_dir": 1,
    "remove_file": 1,
    "make_char": 1,
    "make_dir": 1,
    "make_reg": 1,
    "make_sock": 1,
    "make_fifo": 1,
    "make_block": 1,
    "make_sym": 1,
    "refer": 2,
    "truncate": 3,
    "ioctl_dev": 5,
}
NETWORK: Final = {"bind_tcp": 4, "connect_tcp": 4}
SCOPES: Final = {"abstract_unix_socket": 6, "signal": 6}
_OF_FILES: Final = frozenset({"execute", "write_file", "read_file", "truncate", "ioctl_dev"})
_READ: Final = ("execute", "read_file", "read_dir")
_WRITE: Final = tuple(name for name in ACCESS if name not in {"make_char", "make_block", "ioctl_dev"})
_DEVICE: Final = ("read_file", "write_file", "truncate", "ioctl_dev")
_STREAM: Final = ("read_file", "write_file", "truncate")


def steps(command: Command, host: Host, survey: Survey) -> list[Step]:
    """Plan the rules, made before the user changes and taken on at the end."""
    if host.tier is not Tier.LANDLOCK:
        scopes = _scopes(command, host) & {"abstract_unix_socket"}
        return [_begin(host, [], [], scopes)] if scopes else []
    alone = command.isolation.network == network.NONE
    return [
        _begin(host, list(ACCESS), list(NETWORK) if alone else [], _scopes(command, host)),
        *(_source(source, host) for source in survey.sources),
        *({**_allow(f"/dev/{name}", _DEVICE, host), "if_there": True} for name in root.DEVICES),
        _allow("/proc", ("read_file", "read_dir"), host),
        *({**_allow(path, _STREAM, host), "if_there": True} for path in _streams(command, survey)),
    ]


def end(command: Command, host: Host) -> list[Step]:
    """Plan the step after which the rules hold."""
    wanted = host.tier is Tier.LANDLOCK or "abstract_unix_socket" in _scopes(command, host)
    return [{"do": "landlock_restrict"}] if wanted else []


def refused(command: Command, host: Host, directory: str) -> list[str]:
    """Tell what can't be had in this tier."""
    if host.tier is not Tier.LANDLOCK or not command.isolation.namespaces:
        return []
    return [
        f"mount {mount.source}: the data directory {directory} lies in it, and can't be hidden in the tier "
        "'landlock'; keep it elsewhere"
        for mount in command.isolation.root
        if f"{directory}/".startswith(f"{posixpath.realpath(mount.source).rstrip('/')}/")
    ]


def _begin(host: Host, access: list[str], tcp: list[str], scopes: set[str]) -> Step:
    return {
        "do": "landlock",
        "access": [name for name in access if ACCESS[name] <= host.landlock],
        "network": [name for name in tcp if NETWORK[name] <= host.landlock],
        "scopes": sorted(scopes),
    }


def _scopes(command: Command, host: Host) -> set[str]:
    """Let a task with an IPC namespace reach no abstract socket, and one with its own processes no other."""
    named = {"ipc": "abstract_unix_socket", "pid": "signal"}
    asked = {scope for name, scope in named.items() if name in command.isolation.namespaces}
    return {scope for scope in asked if SCOPES[scope] <= host.landlock}


def _source(source: Source, host: Host) -> Step:
    access = _READ if source.mount.readonly else _WRITE
    if not source.directory:
        access = tuple(name for name in access if name in _OF_FILES)
    step = _allow(source.mount.source, access, host)
    return {**step, "if_there": True} if source.link else step


def _allow(path: str, access: tuple[str, ...], host: Host) -> Step:
    known = [name for name in access if ACCESS[name] <= host.landlock]
    return {"do": "landlock_allow", "path": posixpath.normpath(path), "access": known}


def _streams(command: Command, survey: Survey) -> Iterator[str]:
    """Name the outputs, which a program opens again by /dev/stdout; those handed over have no name."""
    for number, path in enumerate((command.stdin, path_of(command.stdout), path_of(command.stderr))):
        if path != "/dev/null" and number not in survey.passed:
            yield path
