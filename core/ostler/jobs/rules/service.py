"""Services and their checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.jobs.durations import SECOND
from ostler.jobs.rules.connect import connect
from ostler.jobs.rules.network import ports_of
from ostler.jobs.rules.words import at_least, choice, not_negative, required, there_are, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

ADDRESS_MODES: Final = ("auto", "alloc", "alloc_ipv6", "host", "driver")
ON_UPDATE: Final = ("require_healthy", "ignore_warnings", "ignore")
KINDS: Final = ("", "api-gateway", "ingress-gateway", "mesh-gateway", "terminating-gateway")
_TYPES: Final = {"consul": ("http", "tcp", "grpc", "script"), "nomad": ("http", "tcp")}
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_COUNTS: Final = ("success_before_passing", "failures_before_critical", "failures_before_warning")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
_LEAST: Final = SECOND
_LONGEST_NOTES: Final = 255


def services(group: Found) -> Iterator[Problem]:
    """Check all services of a group and of its tasks."""
    tasks = {task.label: task for task in group.all("task")}
    for service in group.all("service"):
        yield from _service(service, len(tasks))
        yield from _of_group(service, tasks)
    shared = _ports(group.all("network")[:1])
    for task in tasks.values():
        own = _ports([each for block in task.all("resources") for each in block.all("network")])
        known = shared | own if own else shared
        for service in task.all("service"):
            yield from _service(service, 1)
            yield from _of_task(service, task, known)
    every = [*group.all("service"), *(each for task in tasks.values() for each in task.all("service"))]
    yield from _one_provider(every)
    yield from _unique(every)


def _one_provider(services: list[Found]) -> Iterator[Problem]:
    known = [service for service in services if service.get("provider") in _TYPES]
    for service in known[1:]:
        first = known[0]
        if service.get("provider") != first.get("provider"):
            text = (
                f"all services of a group have one provider; {first.get('name')!r} has"
                f" {first.get('provider')!r}, this one {service.get('provider')!r}"
            )
            yield service.problem(text, "provider")


def _unique(services: list[Found]) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], Found] = {}
    for service in services:
        owner = service.path.rpartition(".service")[0]
        first = seen.setdefault((owner, service.get("name", ""), service.get("port", "")), service)
        if first is not service:
            text = f"there is already a service {service.get('name')!r} on this port, at {first.where()}"
            yield service.problem(text)


def _service(found: Found, tasks: int) -> Iterator[Problem]:
    name = re.sub(r"\$\{[^}]*\}", "x", found.get("name", ""))
    if not _NAME.fullmatch(name):
        text = f"expected letters, digits and '-', 63 at most, found {found.get('name')!r}"
        yield found.problem(text, "name")
    yield from choice(found, "address_mode", ADDRESS_MODES)
    yield from choice(found, "on_update", ON_UPDATE)
    yield from choice(found, "provider", tuple(_TYPES))
    yield from choice(found, "kind", KINDS)
    if found.get("address") and found.get("address_mode") != "auto":
        text = f'an address of its own needs address_mode = "auto", found {found.get("address_mode")!r}'
        yield found.problem(text, "address_mode")
    for identity in found.all("identity"):
        yield from required(identity, "aud", why=" by a service's identity")
    for check in found.all("check"):
        yield from _check(check, found)
    for block in found.all("connect"):
        if found.get("provider") == "nomad":
            yield block.problem("a mesh needs provider = \"consul\", found 'nomad'")
        yield from connect(block, found, tasks)


def _of_group(found: Found, tasks: dict[str, Found]) -> Iterator[Problem]:
    if found.get("address_mode") == "driver":
        yield found.problem("'driver' is for a service of a task; write it there", "address_mode")
    for block in (found, *found.all("check")):
        if block.get("task") and block.get("task") not in tasks and block.written("task"):
            text = f"no task {block.get('task')!r} in this group; {there_are(tasks)}"
            yield block.problem(text, "task")
    for check in found.all("check"):
        if check.get("type") == "script" and not check.get("task"):
            yield check.problem("required by a script, which runs in a task, but missing", "task")
        if check.get("address_mode") == "driver":
            yield check.problem("'driver' is for a service of a task; write it there", "address_mode")


def _of_task(found: Found, task: Found, ports: dict[str, None]) -> Iterator[Problem]:
    if found.get("address_mode") == "alloc":
        yield found.problem("'alloc' is for a service of a group; write it there", "address_mode")
    for block in found.all("connect"):
        yield block.problem("a service joins a mesh in its group; move the service there")
    for block in (found, *found.all("check")):
        if block.get("task") != task.label:
            text = f"a task's service belongs to its own task, {task.label!r}, found {block.get('task')!r}"
            yield block.problem(text, "task")
        yield from _known_port(block, found, ports)
    seen: set[str] = set()
    for check in found.all("check"):
        if check.get("name") in seen:
            yield check.problem(f"there is already a check {check.get('name')!r}; name it", "name")
        seen.add(check.get("name"))
        if check.get("address_mode") == "alloc":
            yield check.problem("'alloc' is for a service of a group; write it there", "address_mode")


def _ports(networks: list[Found]) -> dict[str, None]:
    return dict.fromkeys(port.label for network in networks for port in ports_of(network))


def _known_port(block: Found, service: Found, known: dict[str, None]) -> Iterator[Problem]:
    """Check that the port that a task's service or check names exists."""
    port = block.get("port", "")
    if not port or port in known or not (block is service or _has_port(block)):
        return
    if port.isdecimal() and block.get("address_mode") == "driver":
        return
    hint = '; a number needs address_mode = "driver"' if port.isdecimal() else ""
    text = f"no port {port!r} in the group's network; {there_are(known)}{hint}"
    yield block.problem(text, "port")


def _has_port(check: Found) -> bool:
    return str(check.get("type", "")).lower() in {"http", "tcp", "grpc"}


def _check(found: Found, service: Found) -> Iterator[Problem]:
    provider = service.get("provider")
    known = _TYPES.get(provider, _TYPES["consul"])
    kind = str(found.get("type", "")).lower()
    if kind not in known:
        near = f", found {found.get('type')!r}" if kind else ", but missing"
        yield found.problem(f"one of {', '.join(known)} is required with provider {provider!r}{near}", "type")
    yield from _by_type(found, service, kind)
    for name in ("interval", "timeout"):
        if found.lacks(name):
            yield found.problem("required, but missing; at least '1s'", name)
        elif name in found.values:
            yield from at_least(found, name, _LEAST)
    yield from choice(found, "initial_status", ("", "passing", "warning", "critical"))
    yield from choice(found, "address_mode", ("", *ADDRESS_MODES[1:]))
    yield from choice(found, "on_update", ON_UPDATE)
    yield from _limits(found, provider, kind)
    for block in found.all("check_restart"):
        yield from _check_restart(block, found)


def _by_type(found: Found, service: Found, kind: str) -> Iterator[Problem]:
    if kind == "http":
        yield from required(found, "path", why=" by a check of type 'http'")
        if re.match("[a-zA-Z][a-zA-Z0-9+.-]*:", found.get("path", "")):
            text = f"expected a path such as '/health', without a host, found {found.get('path')!r}"
            yield found.problem(text, "path")
    if kind == "script":
        yield from required(found, "command", why=" by a check of type 'script'")
    if _has_port(found) and found.lacks("port") and service.lacks("port"):
        yield found.problem(f"required by a check of type {kind!r}, here or in its service", "port")
    mesh = any(block.all("sidecar_service") for block in service.all("connect"))
    if kind == "tcp" and mesh:
        yield found.problem("a service with a sidecar can't be reached by a check of type 'tcp'", "type")


def _limits(found: Found, provider: str, kind: str) -> Iterator[Problem]:
    for name in _COUNTS:
        yield from within(found, name, 0)
        if found.get(name, 0) > 0 and provider == "nomad":
            yield found.problem("only with provider 'consul'", name)
        elif found.get(name, 0) > 0 and kind == "script":
            yield found.problem("not for a check of type 'script'", name)
    for name in ("expose", "tls_server_name"):
        if found.get(name) and provider == "nomad":
            yield found.problem("only with provider 'consul'", name)
    if found.get("expose") and kind in {"tcp", "script"}:
        yield found.problem(f"only for a check of type 'http' or 'grpc', found {kind!r}", "expose")
    if len(found.get("notes", "")) > _LONGEST_NOTES:
        size = len(found.get("notes"))
        yield found.problem(f"expected {_LONGEST_NOTES} characters at most, found {size}", "notes")
    if provider == "nomad":
        yield from _of_nomad(found, kind)


def _of_nomad(found: Found, kind: str) -> Iterator[Problem]:
    """Check what Nomad's own checks can't do."""
    if found.get("on_update") == "ignore_warnings":
        yield found.problem("a check of provider 'nomad' gives no warnings", "on_update")
    for block in found.all("check_restart"):
        if block.get("ignore_warnings"):
            yield block.problem("a check of provider 'nomad' gives no warnings", "ignore_warnings")
    if found.get("address_mode") == "driver":
        yield found.problem("'driver' needs provider = \"consul\"", "address_mode")
    if kind == "http" and found.get("method"):
        yield from choice(found, "method", _METHODS)


def _check_restart(found: Found, check: Found) -> Iterator[Problem]:
    yield from within(found, "limit", 0)
    yield from not_negative(found, "grace")
    if check.get("on_update") == "ignore":
        yield found.problem("on_update 'ignore' takes a failing check for healthy; take one of them out")
    if check.get("on_update") == "ignore_warnings" and not found.get("ignore_warnings"):
        text = "on_update 'ignore_warnings' needs ignore_warnings = true"
        yield found.problem(text, "ignore_warnings")
