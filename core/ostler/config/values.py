"""What an agent's configuration says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import Factory, frozen

from ostler.drivers.settings import Located

SECRET_VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_METADATA_URL",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "CONSUL_HTTP_TOKEN",
    "CONSUL_HTTP_TOKEN_FILE",
    "CONSUL_LICENSE",
    "CONSUL_LICENSE_PATH",
    "CONSUL_TOKEN",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_OAUTH_ACCESS_TOKEN",
    "NOMAD_LICENSE",
    "NOMAD_LICENSE_PATH",
    "NOMAD_TOKEN",
    "VAULT_LICENSE",
    "VAULT_LICENSE_PATH",
    "VAULT_TOKEN",
)


@frozen(kw_only=True)
class ArtifactSecret:
    """A credential for artifacts: in a variable, a file (absolute), or what a command prints."""

    env: str = ""
    file: str = ""
    command: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


@frozen(kw_only=True)
class ArtifactPolicy:
    """What tasks may fetch: URL schemes, host paths below which files may be read, and limits.

    ``file_paths`` are absolute; none means that no file of this host may be read.  ``hosts`` empty means
    all.  A limit of 0 is none.
    """

    schemes: frozenset[str] = frozenset({"gcs", "git", "gs", "http", "https", "s3", "tar", "zip"})
    file_paths: tuple[str, ...] = ()
    max_size_bytes: int = 100 * 10**9
    max_files: int = 4096
    max_unpacked_bytes: int = 100 * 10**9
    timeout_seconds: float = 1800.0
    stall_seconds: float = 30.0
    hosts: tuple[str, ...] = ()
    allow_private: bool = True
    confined: bool = True
    extra_paths: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    secrets: Mapping[str, ArtifactSecret] = Factory(dict)


@frozen(kw_only=True)
class ArtifactCache:
    """How much of what was fetched is kept, and for how long after it was last asked for; 0 is no limit."""

    enabled: bool = True
    max_bytes: int = 10 * 2**30
    max_age_seconds: float = 30 * 24 * 3600.0


@frozen(kw_only=True)
class DriverDeadlines:
    """How long a driver may take before the host goes on without it, in seconds.

    ``open``: its import, its settings and its constructor together; a `start` that takes longer is told of.
    ``answer``: a hook that should be quick, and a stop beyond its grace period.  ``destroy``: that hook.
    ``end``: for the end of a task to be told once it was stopped.
    """

    open_seconds: float = 30.0
    answer_seconds: float = 10.0
    destroy_seconds: float = 60.0
    end_seconds: float = 15.0


@frozen(kw_only=True)
class ClientConfig:
    """The ``client`` block.

    ``driver_allowlist`` empty means all.  ``user_checked_drivers`` is None where the operator names
    none, and each driver keeps its own rule.  ``chroot_env`` maps host paths to paths in a task's
    private root; empty means the default list.
    """

    meta: Mapping[str, str] = Factory(dict)
    options: Mapping[str, str] = Factory(dict)
    node_class: str = ""
    node_pool: str = "default"
    chroot_env: Mapping[str, str] = Factory(dict)
    driver_allowlist: frozenset[str] = frozenset()
    driver_denylist: frozenset[str] = frozenset()
    env_denylist: frozenset[str] = frozenset(SECRET_VARIABLES)
    user_denylist: frozenset[str] = frozenset({"root", "Administrator"})
    user_checked_drivers: frozenset[str] | None = None
    max_kill_timeout_seconds: float = 30.0
    gc_max_allocs: int = 50
    artifact: ArtifactPolicy = Factory(ArtifactPolicy)
    artifact_cache: ArtifactCache = Factory(ArtifactCache)
    driver_deadlines: DriverDeadlines = Factory(DriverDeadlines)


@frozen(kw_only=True)
class PluginBlock:
    """The configuration of one driver; ``limits`` is ``required`` or ``best_effort``."""

    name: str
    config: Located = Factory(Located)
    limits: str = "required"
    where: str = ""


@frozen(kw_only=True)
class WrapperBlock:
    """A policy or an observer that the operator puts round every driver, and its configuration."""

    name: str
    config: Located = Factory(Located)
    where: str = ""


@frozen(kw_only=True)
class AgentConfig:
    """Everything that the operator configured.

    ``wrappers`` come in the order of the file, the first outermost.
    ``data_dir`` is absolute, or empty where the file names none; ``directory`` is the file's own, or
    empty.  ``notes`` are for the operator to read, one line each.
    """

    data_dir: str = ""
    datacenter: str = "dc1"
    region: str = "global"
    name: str = ""
    client: ClientConfig = Factory(ClientConfig)
    plugins: Mapping[str, PluginBlock] = Factory(dict)
    wrappers: Mapping[str, WrapperBlock] = Factory(dict)
    notes: tuple[str, ...] = ()
    directory: str = ""


def default() -> AgentConfig:
    """Give what holds where no file is named."""
    return AgentConfig()
