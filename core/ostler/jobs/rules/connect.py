"""How a service joins a mesh: natively, by a sidecar or as a gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ostler.jobs.rules.words import choice, required, twice, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.errors import Problem
    from ostler.jobs.found import Found

_KINDS: Final = ("ingress", "terminating", "mesh")


def connect(found: Found, service: Found, tasks: int) -> Iterator[Problem]:
    """Check the mesh of one service; ``tasks`` counts those that it may mean without naming one."""
    ways = [name for name in ("sidecar_service", "gateway") if found.all(name)]
    ways += ["native"] if found.get("native") else []
    if len(ways) != 1:
        given = ", ".join(ways) or "none"
        yield found.problem(f"expected one of native, sidecar_service and gateway, found {given}")
    if found.get("native"):
        for name in ("port",) if tasks == 1 else ("task", "port"):
            yield from required(service, name, why=" by a service that is native in the mesh")
    for sidecar in found.all("sidecar_service"):
        for proxy in sidecar.all("proxy"):
            yield from _proxy(proxy)
    for gateway in found.all("gateway"):
        yield from _gateway(gateway)


def _proxy(found: Found) -> Iterator[Problem]:
    seen: dict[tuple[str, int], Found] = {}
    for upstream in found.all("upstreams"):
        yield from required(upstream, "destination_name")
        for mesh in upstream.all("mesh_gateway"):
            yield from choice(mesh, "mode", ("", "local", "remote", "none"))
        port = upstream.get("local_bind_port", 0)
        first = seen.setdefault((upstream.get("local_bind_address") or "127.0.0.1", port), upstream)
        if port and first is not upstream:
            text = f"the port {port} is already bound for {first.get('destination_name')!r}"
            yield upstream.problem(text, "local_bind_port")


def _gateway(found: Found) -> Iterator[Problem]:
    kinds = [name for name in _KINDS if found.all(name)]
    if len(kinds) != 1:
        given = ", ".join(kinds) or "none"
        yield found.problem(f"expected one of {', '.join(_KINDS)}, found {given}")
    for proxy in found.all("proxy"):
        yield from _binding(proxy)
    for ingress in found.all("ingress"):
        if not ingress.all("listener"):
            yield ingress.problem("no listener; an ingress has at least one")
        for listener in ingress.all("listener"):
            yield from _listener(listener)
    for terminating in found.all("terminating"):
        if not terminating.all("service"):
            yield terminating.problem("no service; a terminating gateway has at least one")
        for service in terminating.all("service"):
            yield from _linked(service)


def _binding(found: Found) -> Iterator[Problem]:
    yield from choice(found, "envoy_dns_discovery_type", ("", "STRICT_DNS", "LOGICAL_DNS"))
    yield from twice(found.all("envoy_gateway_bind_addresses"), "address")
    for address in found.all("envoy_gateway_bind_addresses"):
        yield from required(address, "address")
        if address.get("port", 0) < 1 and address.get("port") != -1:
            yield address.problem(f"expected at least 1, found {address.get('port', 0)}", "port")


def _listener(found: Found) -> Iterator[Problem]:
    yield from choice(found, "protocol", ("tcp", "http", "http2", "grpc"))
    if found.get("port", 0) < 1:
        yield from within(found, "port", 1, 65535) if found.written("port") else required(found, "port")
    if not found.all("service"):
        yield found.problem("no service; a listener has at least one")
    for service in found.all("service"):
        yield from required(service, "name")
        hosts = service.get("hosts", [])
        if found.get("protocol") == "tcp" and service.get("name") == "*":
            yield service.problem("a listener of protocol 'tcp' has one service; name it", "name")
        if found.get("protocol") == "tcp" and hosts:
            yield service.problem("a listener of protocol 'tcp' sees no host; take the line out", "hosts")
        if found.get("protocol") != "tcp" and service.get("name") == "*" and hosts:
            yield service.problem("the service '*' takes every host; take the line out", "hosts")


def _linked(found: Found) -> Iterator[Problem]:
    yield from required(found, "name")
    cert, key = found.get("cert_file"), found.get("key_file")
    if bool(cert) != bool(key):
        lacking = "key_file" if cert else "cert_file"
        yield found.problem("'cert_file' and 'key_file' stand together or not at all", lacking)
    beside = next((name for name in ("cert_file", "key_file", "sni") if found.get(name)), "")
    if beside and not found.get("ca_file"):
        yield found.problem(f"required beside {beside!r}, but missing", "ca_file")
