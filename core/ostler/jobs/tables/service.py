"""How a service is announced and checked."""

from __future__ import annotations

from ostler.jobs.blocks import (
    BlockType,
    duration,
    flag,
    lists,
    many,
    one,
    strings,
    text,
    texts,
    whole,
)
from ostler.jobs.tables.connect import CONNECT
from ostler.jobs.tables.identity import IDENTITY

CHECK_RESTART = BlockType(
    "check_restart",
    whole("limit", "Limit", 0),
    duration("grace", "Grace", default=1),
    flag("ignore_warnings", "IgnoreWarnings", unset=False),
)

CHECK = BlockType(
    "check",
    text("id", "Id", ""),
    text("name", "Name", ""),
    text("type", "Type", ""),
    text("command", "Command", ""),
    texts("args", "Args"),
    text("path", "Path", ""),
    text("protocol", "Protocol", ""),
    text("port", "PortLabel", ""),
    flag("expose", "Expose", unset=False),
    text("address_mode", "AddressMode", ""),
    duration("interval", "Interval", 0),
    duration("timeout", "Timeout", 0),
    text("initial_status", "InitialStatus", ""),
    flag("tls_skip_verify", "TLSSkipVerify", unset=False),
    lists("header", "Header"),
    text("method", "Method", ""),
    one("check_restart", "CheckRestart", CHECK_RESTART),
    text("grpc_service", "GRPCService", ""),
    flag("grpc_use_tls", "GRPCUseTLS", unset=False),
    text("task", "TaskName", ""),
    whole("success_before_passing", "SuccessBeforePassing", 0),
    whole("failures_before_critical", "FailuresBeforeCritical", 0),
    text("body", "Body", ""),
    text("on_update", "OnUpdate", ""),
    text("advertise", "Advertise", sparse=True),
    text("tls_server_name", "TLSServerName", sparse=True),
    whole("failures_before_warning", "FailuresBeforeWarning", sparse=True),
    text("notes", "Notes", sparse=True),
)

WEIGHTS = BlockType("weights", whole("passing", "Passing", 0), whole("warning", "Warning", 0))

SERVICE = BlockType(
    "service",
    text("id", "Id", ""),
    text("name", "Name", ""),
    texts("tags", "Tags"),
    texts("canary_tags", "CanaryTags"),
    flag("enable_tag_override", "EnableTagOverride", unset=False),
    text("port", "PortLabel", ""),
    text("address_mode", "AddressMode", "", default="auto"),
    many("check", "Checks", CHECK),
    one("check_restart", "CheckRestart", CHECK_RESTART),
    one("connect", "Connect", CONNECT),
    strings("meta", "Meta"),
    strings("canary_meta", "CanaryMeta"),
    text("task", "TaskName", ""),
    text("on_update", "OnUpdate", "", default="require_healthy"),
    text("address", "Address", sparse=True),
    text("provider", "Provider", sparse=True, default="consul"),
    text("cluster", "Cluster", sparse=True, default="default"),
    text("kind", "Kind", sparse=True),
    strings("tagged_addresses", "TaggedAddresses", sparse=True),
    one("identity", "Identity", IDENTITY, sparse=True),
    one("weights", "Weights", WEIGHTS, sparse=True),
)
