"""A task's network: the host's, none but a loopback of its own, or a namespace that somebody made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ostler.executor.values import Tier

if TYPE_CHECKING:
    from ostler.executor.values import Command, Host

    Step = dict[str, Any]

HOST: Final = "host"
NONE: Final = "none"


def namespaces(command: Command, host: Host) -> tuple[str, ...]:
    """Name the network namespace where one is to be made."""
    return ("network",) if command.isolation.network == NONE and _can_make(command, host) else ()


def steps(command: Command, host: Host) -> list[Step]:
    """Plan what comes before anything else: to join a namespace, or to have a loopback in a new one."""
    wanted = command.isolation.network
    if wanted.startswith("/"):
        return [{"do": "join_network", "path": wanted}]
    return [{"do": "raise_loopback"}] if namespaces(command, host) else []


def refused(command: Command, host: Host) -> list[str]:
    """Tell what can't be had here."""
    wanted = command.isolation.network
    if wanted not in {HOST, NONE} and not wanted.startswith("/"):
        return [f"network {wanted!r} is not known; use 'host', 'none' or the path of a network namespace"]
    if wanted == NONE and not _can_do_without(command, host):
        why = host.reason or "no namespace is made for it"
        remedy = f"; {host.remedy}" if host.remedy else ""
        return [f"network 'none' can't be had in the tier {host.tier.value!r}: {why}{remedy}"]
    return []


def _can_do_without(command: Command, host: Host) -> bool:
    """Tell whether a task can be kept from networks: by a namespace, or by a filter of system calls."""
    filtered = host.tier is Tier.LANDLOCK and command.isolation.seccomp and command.isolation.namespaces
    return bool(filtered) or _can_make(command, host)


def _can_make(command: Command, host: Host) -> bool:
    """Tell whether a namespace can be made: a plain command gets one from the real root alone."""
    if command.isolation.namespaces:
        return host.tier.has_namespaces
    return host.tier is Tier.ROOT
