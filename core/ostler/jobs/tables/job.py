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
    "ephemeral_disk", flag("sticky", "Sticky"), flag("migrate", "Migrate"), whole("size", "SizeMB")
)

GROUP = BlockType(
    "group",
    whole("count", "Count"),
    many("constraint", "Constraints", CONSTRAINT),
    many("affinity", "Affinities", AFFINITY),
    many("task", "Tasks", TASK),
    many("spread", "Spreads", SPREAD),
    by_label("volume", "Volumes", VOLUME),
    one("restart", "RestartPolicy", RESTART),
    one("reschedule", "ReschedulePolicy", RESCHEDULE),
    one("ephemeral_disk", "EphemeralDisk", EPHEMERAL_DISK),
    one("update", "Update", UPDATE),
    one("migrate", "Migrate", MIGRATE),
    many("network", "Networks", NETWORK),
    strings("meta", "Meta", attribute=True),
    many("service", "Services", SERVICE),
    duration("shutdown_delay", "ShutdownDelay"),
    duration("stop_after_client_disconnect", "StopAfterClientDisconnect"),
    one("scaling", "Scaling", SCALING),
    one("consul", "Consul", CONSUL),
    one("disconnect", "Disconnect", DISCONNECT, sparse=True),
    duration("max_client_disconnect", "MaxClientDisconnect", sparse=True),
    flag("prevent_reschedule_on_lost", "PreventRescheduleOnLost", sparse=True),
    duration("max_run_duration", "MaxRunDuration", sparse=True),
    one("vault", "", VAULT),
    label="Name",
)

REGION = BlockType(
    "region",
    whole("count", "Count"),
    texts("datacenters", "Datacenters"),
    strings("meta", "Meta"),
    text("node_pool", "NodePool", sparse=True),
    label="Name",
)
MULTIREGION = BlockType(
    "multiregion", one("strategy", "Strategy", STRATEGY), many("region", "Regions", REGION)
)

PERIODIC = BlockType(
    "periodic",
    flag("enabled", "Enabled"),
    text("cron", "Spec"),
    server("SpecType"),
    flag("prohibit_overlap", "ProhibitOverlap"),
    text("time_zone", "TimeZone"),
    texts("crons", "Specs", sparse=True),
)

PARAMETERIZED = BlockType(
    "parameterized",
    text("payload", "Payload", ""),
    texts("meta_required", "MetaRequired"),
    texts("meta_optional", "MetaOptional"),
)

JOB = BlockType(
    "job",
    text("region", "Region"),
    text("namespace", "Namespace"),
    text("id", "ID"),
    text("name", "Name"),
    text("type", "Type"),
    whole("priority", "Priority"),
    flag("all_at_once", "AllAtOnce"),
    texts("datacenters", "Datacenters"),
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
    text("consul_token", "ConsulToken"),
    text("vault_token", "VaultToken"),
    server("Stop"),
    server("ParentID"),
    server("Dispatched", unset=False),
    server("Payload"),
    server("ConsulNamespace"),
    server("VaultNamespace"),
    server("NomadTokenID"),
    server("Status"),
    server("StatusDescription"),
    server("Stable"),
    server("Version"),
    server("SubmitTime"),
    server("CreateIndex"),
    server("ModifyIndex"),
    server("JobModifyIndex"),
    text("node_pool", "NodePool", sparse=True),
    one("ui", "UI", UI, sparse=True),
    server("DispatchIdempotencyToken", sparse=True),
    server("VersionTag", sparse=True),
    one("vault", "", VAULT),
    many("secret", "", SECRET),
    many("task", "", TASK),
    label="",
)
