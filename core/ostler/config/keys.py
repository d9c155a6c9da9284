"""The keys of an agent's file: acted on, noted, or refused.

A key is refused where ignoring it would open what the operator closed, or deny tasks what the operator
granted.  It is noted where nothing that a task may do depends on it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fate(Enum):
    """What becomes of a key."""

    ACTED = "acted on"
    NOTED = "noted"
    REFUSED = "refused"


class Key(NamedTuple):
    """One key: its fate, why, and how it is written.

    A key with ``switches`` is refused only where one of them is on, and noted otherwise.
    """

    fate: Fate
    why: str = ""
    block: bool = False
    labels: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()


def _acted(*names: str) -> dict[str, Key]:
    return dict.fromkeys(names, Key(Fate.ACTED))


def _blocks(*names: str) -> dict[str, Key]:
    return dict.fromkeys(names, Key(Fate.ACTED, block=True))


def _noted(why: str, *names: str, labels: tuple[str, ...] = ()) -> dict[str, Key]:
    return dict.fromkeys(names, Key(Fate.NOTED, why, block=bool(labels), labels=labels))


def _refused(
    name: str, why: str, *, labels: tuple[str, ...] = (), switches: tuple[str, ...] = ()
) -> dict[str, Key]:
    return {name: Key(Fate.REFUSED, why, block=bool(labels), labels=labels, switches=switches)}


_NAME: Final = ("name",)
_NO_SERVER: Final = "there is no server to join and no scheduler to tell"
_NO_PORT: Final = "Ostler listens on no network"
_NO_LOG: Final = "where the program writes its log is up to whoever starts it"
_NOT_PLACED: Final = "it tells a scheduler what to hand out, and none is here"
_ELSEWHERE: Final = "it follows from data_dir"

TOP: Final[Mapping[str, Key]] = {
    **_acted("data_dir", "datacenter", "name", "region"),
    **_blocks("client"),
    "plugin": Key(Fate.ACTED, block=True, labels=_NAME),
    "wrapper": Key(Fate.ACTED, block=True, labels=_NAME),
    **_noted(_NO_SERVER, "autopilot", "leave_on_interrupt", "leave_on_terminate", "limits", "rpc", "server"),
    **_noted(_NO_PORT, "addresses", "advertise", "bind_addr", "enable_debug", "http_api_response_headers"),
    **_noted(_NO_PORT, "ports", "ui"),
    **_noted(_NO_LOG, "enable_syslog", "eventlog", "log_file", "log_include_location", "log_json"),
    **_noted(_NO_LOG, "log_level", "log_rotate_bytes", "log_rotate_duration", "log_rotate_max_files"),
    **_noted(_NO_LOG, "syslog_facility"),
    **_noted("nothing is reported to anybody", "disable_anonymous_signature", "disable_update_check"),
    **_noted("nothing is reported to anybody", "reporting", "telemetry"),
    **_noted("services are refused where a job asks for them", "consul"),
    **_noted("nothing is encrypted with it here", "keyring", labels=_NAME),
    **_noted("drivers are Python packages; install them with pip", "plugin_dir"),
    **_refused(
        "acl",
        "it says who may run what, and Ostler asks nobody for a token: whoever may start it may run any job",
        switches=("enabled",),
    ),
    **_refused("audit", "it asks for a record that Ostler does not write", switches=("enabled",)),
    **_refused("sentinel", "it holds policies that Ostler does not enforce"),
    **_refused(
        "tls",
        "it promises a protected connection, and Ostler opens none that could be protected",
        switches=("http", "rpc"),
    ),
    **_refused("vault", "it promises tasks a token that Ostler does not fetch", switches=("enabled",)),
}

CLIENT: Final[Mapping[str, Key]] = {
    **_acted("gc_max_allocs", "max_kill_timeout", "node_class", "node_pool"),
    **_blocks("artifact", "chroot_env", "driver_deadlines", "meta", "options"),
    **_noted(_NO_SERVER, "default_ineligible", "drain_on_shutdown", "enabled", "node_max_allocs"),
    **_noted(_NO_SERVER, "no_host_uuid", "nomad_service_discovery", "server_join", "servers"),
    **_noted(_NO_PORT, "client_max_port", "client_min_port", "disable_remote_exec"),
    **_noted(_NOT_PLACED, "cpu_disable_dmidecode", "cpu_total_compute", "disk_free_mb", "disk_total_mb"),
    **_noted(_NOT_PLACED, "memory_total_mb", "network_speed", "reservable_cores", "reserved"),
    **_noted(_NOT_PLACED, "max_dynamic_port", "min_dynamic_port"),
    **_noted(_ELSEWHERE, "alloc_dir", "alloc_mounts_dir", "common_plugin_dir", "host_volume_plugin_dir"),
    **_noted(_ELSEWHERE, "host_volumes_dir", "state_dir"),
    **_noted("networks are refused where a job asks for them", "bridge_network_hairpin_mode"),
    **_noted("networks are refused where a job asks for them", "bridge_network_name"),
    **_noted("networks are refused where a job asks for them", "bridge_network_subnet"),
    **_noted("networks are refused where a job asks for them", "bridge_network_subnet_ipv6"),
    **_noted("networks are refused where a job asks for them", "cni_config_dir", "cni_path"),
    **_noted("networks are refused where a job asks for them", "network_interface"),
    **_noted("networks are refused where a job asks for them", "preferred_address_family"),
    **_noted("only gc_max_allocs decides what is removed", "gc_disk_usage_threshold", "gc_interval"),
    **_noted("only gc_max_allocs decides what is removed", "gc_inode_usage_threshold"),
    **_noted("only gc_max_allocs decides what is removed", "gc_parallel_destroys"),
    **_noted("templates are refused where a job asks for them", "template"),
    **_noted("no driver asks for a user of its own", "users"),
    **_noted("nothing is reported to anybody", "stats"),
    **_noted("every attribute is detected once", "fingerprint", labels=_NAME),
    **_refused("cgroup_parent", "a limit on that group would not hold for the tasks: they run elsewhere"),
    **_refused("host_network", "it grants tasks a network that Ostler does not give them", labels=_NAME),
    **_refused("host_volume", "it grants tasks a directory that Ostler does not mount", labels=_NAME),
}

ARTIFACT: Final[Mapping[str, Key]] = {
    **_blocks("cache"),
    **_acted("allow_private", "allowed_hosts", "allowed_paths", "allowed_schemes"),
    **_acted("decompression_file_count_limit", "decompression_size_limit"),
    **_acted("disable_filesystem_isolation", "filesystem_isolation_extra_paths"),
    **_acted("http_max_size", "http_read_timeout", "set_environment_variables", "stall_timeout"),
    "secret": Key(Fate.ACTED, block=True, labels=_NAME),
    **_noted("http_read_timeout is the limit of every scheme", "gcs_timeout", "git_timeout", "hg_timeout"),
    **_noted("http_read_timeout is the limit of every scheme", "s3_timeout"),
    **_noted("what is unpacked is always inspected", "disable_artifact_inspection"),
}

CACHE: Final[Mapping[str, Key]] = _acted("enabled", "max_age", "max_size")
SECRET: Final[Mapping[str, Key]] = _acted("command", "env", "file", "hosts", "schemes")

DEADLINES: Final[Mapping[str, Key]] = _acted("answer", "destroy", "end", "open")

PLUGIN: Final[Mapping[str, Key]] = {
    **_acted("limits"),
    **_blocks("config"),
    **_noted("a driver is no program of its own: it has no command line", "args"),
}

WRAPPER: Final[Mapping[str, Key]] = _blocks("config")

OPTIONS: Final[Mapping[str, Key]] = {
    **_acted("driver.allowlist", "driver.blacklist", "driver.denylist", "driver.whitelist"),
    **_acted("env.blacklist", "env.denylist", "user.blacklist", "user.checked_drivers", "user.denylist"),
    **_noted("every attribute is detected", "fingerprint.allowlist", "fingerprint.blacklist"),
    **_noted("every attribute is detected", "fingerprint.denylist", "fingerprint.whitelist"),
    **_noted("every attribute is detected", "fingerprint.network.disallow_link_local"),
}
