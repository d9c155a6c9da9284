"""How the keys that are acted on are typed, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from ostler.drivers import Duration, setting


@frozen
class AgentBlock:
    """The top level of the file."""

    data_dir: str = setting(default="", help="Where everything is kept; relative to the file's directory.")
    datacenter: str = setting(default="dc1", help="The node's datacenter: ${node.datacenter}.")
    name: str = setting(default="", help="The node's name, ${node.unique.name}; the host's name by default.")
    region: str = setting(default="global", help="The node's region: ${node.region}.")


@frozen
class CacheBlock:
    """``client { artifact { cache { ... } } }``: what was fetched is kept for the next task."""

    enabled: bool = setting(default=True, help="Whether what was fetched is kept.")
    max_age: Duration = setting(
        default=Duration(30 * 24 * 3600.0),
        help="How long a thing is kept that nobody asks for; 0 for no limit.",
    )
    max_size: str = setting(default="10GiB", help='How much is kept, such as "10GiB"; 0 for no limit.')


@frozen
class SecretBlock:
    """``secret "NAME" { ... }`` in ``artifact``: a credential that a job may name as ``${secret.NAME}``."""

    command: tuple[str, ...] = setting(default=(), help="A program and its arguments, which prints it.")
    env: str = setting(default="", help="The variable of Ostler's own environment that holds it.")
    file: str = setting(default="", help="The file that holds it; relative to the file's directory.")
    hosts: tuple[str, ...] = setting(help='Whom it may be shown to, such as "*.example.com"; "*" for all.')
    schemes: tuple[str, ...] = setting(
        default=(), help="The URL schemes by which it may be shown; all where none is named."
    )


@frozen
class ArtifactBlock:
    """``client { artifact { ... } }``: what tasks may fetch."""

    allowed_paths: tuple[str, ...] = setting(
        default=(), help="Host paths below which artifacts may be read; relative to the file's directory."
    )
    allowed_schemes: tuple[str, ...] = setting(
        default=("gcs", "git", "gs", "http", "https", "s3", "tar", "zip"),
        help="The URL schemes that artifacts may come from; each link of a chain has one.",
    )
    cache: CacheBlock = setting(factory=CacheBlock, help="Where what was fetched is kept for the next task.")
    allowed_hosts: tuple[str, ...] = setting(
        default=(),
        help='The hosts that may be connected to ("*.example.com"); all where none is named.',
    )
    allow_private: bool = setting(
        default=True, help="Whether loopback and private addresses may be connected to."
    )
    decompression_file_count_limit: int = setting(
        default=4096, help="The most files an archive may hold; 0 for no limit."
    )
    decompression_size_limit: str = setting(
        default="100GB",
        help='The most an archive may unpack to, such as "10GiB"; 0 for no limit.',
    )
    disable_filesystem_isolation: bool = setting(
        default=False, help="Whether the fetcher may reach every file that Ostler can."
    )
    filesystem_isolation_extra_paths: tuple[str, ...] = setting(
        default=(), help='What the fetcher may reach beside what it needs, such as "d:r:/etc/company".'
    )
    http_max_size: str = setting(default="100GB", help="The most one artifact may weigh.")
    http_read_timeout: Duration = setting(default=Duration(1800.0), help="How long one artifact may take.")
    secret: Mapping[str, SecretBlock] = setting(
        factory=dict, help="Credentials that a job may name, by their names."
    )
    set_environment_variables: str = setting(
        default="", help="Variables of Ostler's environment that the fetcher sees, separated by commas."
    )
    stall_timeout: Duration = setting(
        default=Duration(30.0), help="How long no byte may come before the line counts as cut."
    )


@frozen
class DeadlinesBlock:
    """``client { driver_deadlines { ... } }``: how long a driver may take before the host goes on."""

    answer: Duration = setting(
        default=Duration(10.0), help="How long a quick hook may take, and a stop beyond its kill_timeout."
    )
    destroy: Duration = setting(default=Duration(60.0), help="How long forgetting a task may take.")
    end: Duration = setting(default=Duration(15.0), help="How long after its stop a task's end may be told.")
    open: Duration = setting(
        default=Duration(30.0), help="How long a driver's import, settings and constructor may take together."
    )


@frozen
class ClientBlock:
    """``client { ... }``: what tasks find on this machine, and what they may do."""

    artifact: ArtifactBlock = setting(factory=ArtifactBlock, help="What tasks may fetch.")
    chroot_env: Mapping[str, str] = setting(
        factory=dict,
        help="Host path to path in a task's private root; replaces the default.",
    )
    driver_deadlines: DeadlinesBlock = setting(
        factory=DeadlinesBlock, help="How long a driver may take before the host goes on without it."
    )
    gc_max_allocs: int = setting(default=50, help="How many allocations that have ended are kept.")
    max_kill_timeout: Duration = setting(
        default=Duration(30.0),
        help="The longest kill_timeout that a task is granted.",
    )
    meta: Mapping[str, str] = setting(factory=dict, help="What jobs can read as ${meta.NAME}.")
    node_class: str = setting(default="", help="The node's class: ${node.class}.")
    node_pool: str = setting(default="default", help="The node's pool: ${node.pool}.")
    options: Mapping[str, str] = setting(factory=dict, help="Allow and deny lists, by their dotted names.")


@frozen
class PluginSettings:
    """``plugin "NAME" { ... }``: one driver."""

    config: Any = setting(factory=dict, help="The driver's own settings.")
    limits: Literal["required", "best_effort"] = setting(
        default="required", help="Whether a task starts although a limit that it asks for would not hold."
    )
