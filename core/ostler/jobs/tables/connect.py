"""How a service joins a mesh: sidecars and gateways."""

from __future__ import annotations

from ostler.jobs.blocks import (
    BlockType,
    by_label,
    duration,
    flag,
    free,
    many,
    numbers,
    one,
    server,
    strings,
    text,
    texts,
    whole,
)
from ostler.jobs.tables.identity import IDENTITY
from ostler.jobs.tables.resources import LOGS, RESOURCES, VOLUME_MOUNT

EXPOSE_PATH = BlockType(
    "path",
    text("path", "Path", ""),
    text("protocol", "Protocol", ""),
    whole("local_path_port", "LocalPathPort", 0),
    text("listener_port", "ListenerPort", ""),
)
EXPOSE = BlockType("expose", many("path", "Path", EXPOSE_PATH), server("Paths", sparse=True))

MESH_GATEWAY = BlockType("mesh_gateway", text("mode", "Mode", ""))

UPSTREAMS = BlockType(
    "upstreams",
    text("destination_name", "DestinationName", ""),
    whole("local_bind_port", "LocalBindPort", 0),
    text("datacenter", "Datacenter", ""),
    text("local_bind_address", "LocalBindAddress", ""),
    one("mesh_gateway", "MeshGateway", MESH_GATEWAY),
    text("destination_namespace", "DestinationNamespace", sparse=True),
    text("destination_partition", "DestinationPartition", sparse=True),
    text("destination_peer", "DestinationPeer", sparse=True),
    text("destination_type", "DestinationType", sparse=True),
    text("local_bind_socket_path", "LocalBindSocketPath", sparse=True),
    text("local_bind_socket_mode", "LocalBindSocketMode", sparse=True),
    free("config", "Config", sparse=True),
)

TRANSPARENT_PROXY = BlockType(
    "transparent_proxy",
    text("uid", "UID", ""),
    whole("outbound_port", "OutboundPort", 0),
    texts("exclude_inbound_ports", "ExcludeInboundPorts"),
    numbers("exclude_outbound_ports", "ExcludeOutboundPorts"),
    texts("exclude_outbound_cidrs", "ExcludeOutboundCIDRs"),
    texts("exclude_uids", "ExcludeUIDs"),
    flag("no_dns", "NoDNS", unset=False),
)

PROXY = BlockType(
    "proxy",
    text("local_service_address", "LocalServiceAddress", ""),
    whole("local_service_port", "LocalServicePort", 0),
    one("expose", "ExposeConfig", EXPOSE),
    server("Expose", sparse=True),
    many("upstreams", "Upstreams", UPSTREAMS),
    free("config", "Config"),
    one("transparent_proxy", "TransparentProxy", TRANSPARENT_PROXY, sparse=True),
)

SIDECAR_SERVICE = BlockType(
    "sidecar_service",
    texts("tags", "Tags"),
    text("port", "Port", ""),
    one("proxy", "Proxy", PROXY),
    flag("disable_default_tcp_check", "DisableDefaultTCPCheck", unset=False),
    strings("meta", "Meta", sparse=True),
)

SIDECAR_TASK = BlockType(
    "sidecar_task",
    text("name", "Name", ""),
    text("driver", "Driver", ""),
    text("user", "User", ""),
    free("config", "Config"),
    strings("env", "Env"),
    one("resources", "Resources", RESOURCES, always=True),
    strings("meta", "Meta"),
    duration("kill_timeout", "KillTimeout", default=5),
    one("logs", "LogConfig", LOGS, always=True),
    duration("shutdown_delay", "ShutdownDelay", default=0),
    text("kill_signal", "KillSignal", ""),
    many("volume_mount", "VolumeMounts", VOLUME_MOUNT, sparse=True),
    many("identity", "Identities", IDENTITY, sparse=True),
)

BIND_ADDRESS = BlockType(
    "envoy_gateway_bind_addresses",
    text("address", "Address", ""),
    whole("port", "Port", 0),
    label="Name",
)

GATEWAY_PROXY = BlockType(
    "proxy",
    duration("connect_timeout", "ConnectTimeout", default=5),
    flag("envoy_gateway_bind_tagged_addresses", "EnvoyGatewayBindTaggedAddresses", unset=False),
    by_label("envoy_gateway_bind_addresses", "EnvoyGatewayBindAddresses", BIND_ADDRESS),
    flag("envoy_gateway_no_default_bind", "EnvoyGatewayNoDefaultBind", unset=False),
    text("envoy_dns_discovery_type", "EnvoyDNSDiscoveryType", ""),
    free("config", "Config"),
)

SDS = BlockType("sds", text("cluster_name", "ClusterName", ""), text("cert_resource", "CertResource", ""))
TLS = BlockType(
    "tls",
    flag("enabled", "Enabled", unset=False),
    text("tls_min_version", "TLSMinVersion", sparse=True),
    text("tls_max_version", "TLSMaxVersion", sparse=True),
    texts("cipher_suites", "CipherSuites", sparse=True),
    one("sds", "SDS", SDS, sparse=True),
)


def _headers(name: str) -> BlockType:
    return BlockType(name, strings("add", "Add"), strings("set", "Set"), texts("remove", "Remove"))


INGRESS_SERVICE = BlockType(
    "service",
    text("name", "Name", ""),
    texts("hosts", "Hosts"),
    one("tls", "TLS", TLS, sparse=True),
    one("request_headers", "RequestHeaders", _headers("request_headers"), sparse=True),
    one("response_headers", "ResponseHeaders", _headers("response_headers"), sparse=True),
    whole("max_connections", "MaxConnections", sparse=True),
    whole("max_pending_requests", "MaxPendingRequests", sparse=True),
    whole("max_concurrent_requests", "MaxConcurrentRequests", sparse=True),
)
LISTENER = BlockType(
    "listener",
    whole("port", "Port", 0),
    text("protocol", "Protocol", "", default="tcp"),
    many("service", "Services", INGRESS_SERVICE),
)
INGRESS = BlockType("ingress", one("tls", "TLS", TLS), many("listener", "Listeners", LISTENER))

LINKED_SERVICE = BlockType(
    "service",
    text("name", "Name", ""),
    text("ca_file", "CAFile", ""),
    text("cert_file", "CertFile", ""),
    text("key_file", "KeyFile", ""),
    text("sni", "SNI", ""),
)
TERMINATING = BlockType("terminating", many("service", "Services", LINKED_SERVICE))

GATEWAY = BlockType(
    "gateway",
    one("proxy", "Proxy", GATEWAY_PROXY),
    one("ingress", "Ingress", INGRESS),
    one("terminating", "Terminating", TERMINATING),
    one("mesh", "Mesh", BlockType("mesh")),
)

CONNECT = BlockType(
    "connect",
    flag("native", "Native", unset=False),
    one("gateway", "Gateway", GATEWAY),
    one("sidecar_service", "SidecarService", SIDECAR_SERVICE),
    one("sidecar_task", "SidecarTask", SIDECAR_TASK),
)
