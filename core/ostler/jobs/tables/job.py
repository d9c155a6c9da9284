"""The job and its groups."""

from __future__ import annotations

from ostler.jobs.blocks import (
    BlockType,
    by_label,
    duration,
    flag,
    many,
    one,
    server,
    strings,
    text,
    texts,
    whole,
)
from ostler.jobs.tables.placement import AFFINITY, CONSTRAINT, SPREAD, STRATEGY, UI
from ostler.jobs.tables.resources import NETWORK
from ostler.jobs.tables.service import SERVICE
from ostler.jobs.tables.task import CONSUL, SECRET, TASK, VAULT
from ostler.jobs.tables.upkeep import DISCONNECT, MIGRATE, RESCHEDULE, RESTART, SCALING, UPDATE

MOUNT_OPTIONS = BlockType("mount_options", text("fs_type", "FSType", ""), texts("mount_flags", "MountFlags"))

VOLUME = BlockType(
    "volume",
    text("type", "Type", ""),
    text("source", "Source", ""),
    flag("read_only", "ReadOnly", unset=False),
    text("access_mode", "AccessMode", ""),
    text("attachment_mode", "AttachmentMode", ""),
    one("mount_options", "MountOptions", MOUNT_OPTIONS),
    flag("per_alloc", "PerAlloc", unset=False),
    flag("sticky", "Sticky", sparse=True),
    label="Name",
)

EPHEMERAL_DISK = BlockType(
    "ephemeral_disk",
    flag("sticky", "Sticky", default=False),
    flag("migrate", "Migrate", default=False),
    whole("size", "SizeMB", default=300),
)

GROUP = BlockType(
    "group",
    whole("count", "Count"),
    many("constraint", "Constraints", CONSTRAINT),
    many("affinity", "Affinities", AFFINITY),
    many("task", "Tasks", TASK),
    many("spread", "Spreads", SPREAD),
    by_label("volume", "Volumes", VOLUME),
    one("restart", "RestartPolicy", RESTART, always=True),
    one("reschedule", "ReschedulePolicy", RESCHEDULE),
    one("ephemeral_disk", "EphemeralDisk", EPHEMERAL_DISK, always=True),
    one("update", "Update", UPDATE),
    one("migrate", "Migrate", MIGRATE),
    many("network", "Networks", NETWORK),
    strings("meta", "Meta", attribute=True),
    many("service", "Services", SERVICE),
    duration("shutdown_delay", "ShutdownDelay"),
    duration("stop_after_client_disconnect", "StopAfterClientDisconnect"),
    one("scaling", "Scaling", SCALING),
    one("consul", "Consul", CONSUL, always=True),
    one("disconnect", "Disconnect", DISCONNECT, sparse=True),
    duration("max_client_disconnect", "MaxClientDisconnect", sparse=True),
    flag("prevent_reschedule_on_lost", "PreventRescheduleOnLost", sparse=True, default=False),
    duration("max_run_duration", "MaxRunDuration", sparse=True),
    one("vault", "", VAULT),
    label="Name",
)

REGION = BlockType(
    "region",
    whole("count", "Count", default=1),
    texts("datacenters", "Datacenters", default=()),
    strings("meta", "Meta"),
    text("node_pool", "NodePool", sparse=True),
    label="Name",
)
MULTIREGION = BlockType(
    "multiregion", one("strategy", "Strategy", STRATEGY, always=True), many("region", "Regions", REGION)
)

PERIODIC = BlockType(
    "periodic",
    flag("enabled", "Enabled", default=True),
    text("cron", "Spec", default=""),
    server("SpecType", default="cron"),
    flag("prohibit_overlap", "ProhibitOverlap", default=False),
    text("time_zone", "TimeZone", default="UTC"),
    texts("crons", "Specs", sparse=True, default=()),
)

PARAMETERIZED = BlockType(
    "parameterized",
    text("payload", "Payload", "", default="optional"),
    texts("meta_required", "MetaRequired"),
    texts("meta_optional", "MetaOptional"),
)

JOB = BlockType(
    "job",
    text("region", "Region", default="global"),
    text("namespace", "Namespace", default="default"),
    text("id", "ID"),
    text("name", "Name"),
    text("type", "Type", default="service"),
    whole("priority", "Priority", default=50),
    flag("all_at_once", "AllAtOnce", default=False),
    texts("datacenters", "Datacenters", default=("*",)),
    many("constraint", "Constraints", CONSTRAINT),
    many("affinity", "Affinities", AFFINITY),
    many("group", "TaskGroups", GROUP),
    one("update", "Update", UPDATE),
    one("multiregion", "Multiregion", MULTIREGION),
    many("spread", "Spreads", SPREAD),
    one("periodic", "Periodic", PERIODIC),
    one("parameterized", "ParameterizedJob", PARAMETERIZED),
    one("reschedule", "Reschedule", RESCHEDULE),
    one("migrate", "Migrate", MIGRATE),
    strings("meta", "Meta", attribute=True),
    text("consul_token", "ConsulToken", default=""),
    text("vault_token", "VaultToken", default=""),
    server("Stop", default=False),
    server("ParentID", default=""),
    server("Dispatched", unset=False),
    server("Payload"),
    server("ConsulNamespace", default=""),
    server("VaultNamespace", default=""),
    server("NomadTokenID", default=""),
    server("Status", default=""),
    server("StatusDescription", default=""),
    server("Stable", default=False),
    server("Version", default=0),
    server("SubmitTime"),
    server("CreateIndex", default=0),
    server("ModifyIndex", default=0),
    server("JobModifyIndex", default=0),
    text("node_pool", "NodePool", sparse=True, default="default"),
    one("ui", "UI", UI, sparse=True),
    server("DispatchIdempotencyToken", sparse=True),
    server("VersionTag", sparse=True),
    one("vault", "", VAULT),
    many("secret", "", SECRET),
    many("task", "", TASK),
    label="",
)
