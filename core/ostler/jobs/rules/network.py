"""Networks and their ports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.jobs.rules.words import choice, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

MODES: Final = ("none", "bridge", "host")
LARGEST_PORT: Final = 65535
_LABEL: Final = re.compile(r"[^.]{1,63}")
_LONGEST_NAME: Final = 254


def networks(group: Found) -> Iterator[Problem]:
    """Check the networks of a group and of its tasks, whose ports share one space of names and numbers."""
    for network in group.all("network")[1:]:
        first = group.all("network")[0].where()
        yield network.problem(f"a group has one network; the first stands at {first}; put the ports there")
    used = _Used()
    for network in group.all("network"):
        yield from _network(network)
        yield from used.check(network)
    for task in group.all("task"):
        for resources in task.all("resources"):
            for network in resources.all("network"):
                yield from _network(network)
                yield from used.check(network)


def ports_of(network: Found) -> list[Found]:
    """Give all ports of a network."""
    return [*network.all("reserved_ports"), *network.all("port")]


def _network(found: Found) -> Iterator[Problem]:
    mode = found.get("mode", "")
    if mode and not re.fullmatch("cni/.+", mode):
        yield from choice(found, "mode", (*MODES, "cni/NAME"))
    for port in ports_of(found):
        yield from _port(port, mode)
    if not _is_hostname(found.get("hostname", "")):
        text = f"expected a DNS name, such as 'web-1.example.org', found {found.get('hostname')!r}"
        yield found.problem(text, "hostname")
    for cni in found.all("cni"):
        for name, value in cni.get("args", {}).items():
            if ";" in name + value:
                yield cni.problem(f"no ';' may stand in an argument, found {name}={value}", f"args.{name}")


def _port(found: Found, mode: str) -> Iterator[Problem]:
    if not found.label:
        yield found.problem("the port's name is empty")
    yield from within(found, "static", 0, LARGEST_PORT)
    yield from within(found, "to", -1, LARGEST_PORT)
    if found.get("ignore_collision") and mode not in {"", "host"}:
        text = f"ports are shared in network mode 'host' only, found mode {mode!r}"
        yield found.problem(text, "ignore_collision")


def _is_hostname(name: str) -> bool:
    if not name or "${" in name:
        return True
    labels = name.removesuffix(".").split(".")
    return len(name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)


class _Used:
    """The names and the static numbers of ports that are taken, each with its place."""

    def __init__(self) -> None:
        self._labels: dict[str, Found] = {}
        self._numbers: dict[tuple[str, int], Found] = {}

    def check(self, network: Found) -> Iterator[Problem]:
        for port in ports_of(network):
            first = self._labels.setdefault(port.label, port)
            if first is not port:
                place = first.where() or first.path
                yield port.problem(f"there is already a port named {port.label!r}, at {place}; rename one")
            yield from self._static(port)

    def _static(self, port: Found) -> Iterator[Problem]:
        number = port.get("static", 0)
        if number <= 0 or port.get("ignore_collision"):
            return
        first = self._numbers.setdefault((port.get("host_network") or "default", number), port)
        if first is not port:
            place = first.where("static") or first.path
            text = f"the port {number} is already taken by {first.label!r}, at {place}"
            yield port.problem(text, "static")
