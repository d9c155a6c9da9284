"""One task, and what belongs to it alone."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, duration, flag, free, many, one, server, strings, text, texts, whole
from ostler.jobs.tables.placement import AFFINITY, CONSTRAINT
from ostler.jobs.tables.resources import LOGS, RESOURCES
from ostler.jobs.tables.service import IDENTITY, SERVICE
from ostler.jobs.tables.upkeep import RESTART, TASK_SCALING

LIFECYCLE = BlockType("lifecycle", text("hook", "Hook", ""), flag("sidecar", "Sidecar", unset=False))

ARTIFACT = BlockType(
    "artifact",
    text("source", "GetterSource"),
    strings("options", "GetterOptions"),
    strings("headers", "GetterHeaders"),
    text("mode", "GetterMode"),
    text("destination", "RelativeDest"),
    flag("insecure", "GetterInsecure", sparse=True),
    flag("chown", "Chown", sparse=True),
)

VAULT = BlockType(
    "vault",
    texts("policies", "Policies"),
    text("namespace", "Namespace"),
    flag("env", "Env"),
    text("change_mode", "ChangeMode"),
    text("change_signal", "ChangeSignal"),
    text("role", "Role", sparse=True),
    text("cluster", "Cluster", sparse=True),
    flag("disable_file", "DisableFile", sparse=True),
    flag("allow_token_expiration", "AllowTokenExpiration", sparse=True),
)

CHANGE_SCRIPT = BlockType(
    "change_script",
    text("command", "Command"),
    texts("args", "Args"),
    duration("timeout", "Timeout"),
    flag("fail_on_error", "FailOnError"),
    flag("run_on_first_render", "RunOnFirstRender", sparse=True),
)
WAIT = BlockType("wait", duration("min", "Min"), duration("max", "Max"))

TEMPLATE = BlockType(
    "template",
    text("source", "SourcePath"),
    text("destination", "DestPath"),
    text("data", "EmbeddedTmpl"),
    text("change_mode", "ChangeMode"),
    text("change_signal", "ChangeSignal"),
    duration("splay", "Splay"),
    text("perms", "Perms"),
    text("left_delimiter", "LeftDelim"),
    text("right_delimiter", "RightDelim"),
    flag("env", "Envvars"),
    duration("vault_grace", "VaultGrace"),
    one("change_script", "ChangeScript", CHANGE_SCRIPT, sparse=True),
    flag("once", "Once", sparse=True),
    whole("uid", "Uid", sparse=True),
    whole("gid", "Gid", sparse=True),
    one("wait", "Wait", WAIT, sparse=True),
    flag("error_on_missing_key", "ErrMissingKey", sparse=True),
)

DISPATCH_PAYLOAD = BlockType("dispatch_payload", text("file", "File", ""))

VOLUME_MOUNT = BlockType(
    "volume_mount",
    text("volume", "Volume"),
    text("destination", "Destination"),
    flag("read_only", "ReadOnly"),
    text("propagation_mode", "PropagationMode"),
    text("selinux_label", "SELinuxLabel", sparse=True),
)

CSI_PLUGIN = BlockType(
    "csi_plugin",
    text("id", "ID"),
    text("type", "Type"),
    text("mount_dir", "MountDir"),
    text("stage_publish_base_dir", "StagePublishBaseDir", sparse=True),
    duration("health_timeout", "HealthTimeout", sparse=True),
)

CONSUL = BlockType(
    "consul",
    text("namespace", "Namespace", ""),
    text("cluster", "Cluster", sparse=True),
    text("partition", "Partition", sparse=True),
)

ACTION = BlockType("action", text("command", "Command", ""), texts("args", "Args"), label="Name")

CRON = BlockType("cron", text("start", "Start", ""), text("end", "End", ""), text("timezone", "Timezone", ""))
SCHEDULE = BlockType("schedule", one("cron", "Cron", CRON))

SECRET = BlockType(
    "secret",
    text("provider", "Provider", ""),
    text("path", "Path", ""),
    free("config", "Config"),
    strings("env", "Env"),
    label="Name",
)

TASK = BlockType(
    "task",
    text("driver", "Driver", ""),
    text("user", "User", ""),
    one("lifecycle", "Lifecycle", LIFECYCLE),
    free("config", "Config"),
    many("constraint", "Constraints", CONSTRAINT),
    many("affinity", "Affinities", AFFINITY),
    strings("env", "Env", attribute=True),
    many("service", "Services", SERVICE),
    one("resources", "Resources", RESOURCES),
    one("restart", "RestartPolicy", RESTART),
    strings("meta", "Meta", attribute=True),
    duration("kill_timeout", "KillTimeout"),
    one("logs", "LogConfig", LOGS),
    many("artifact", "Artifacts", ARTIFACT),
    one("vault", "Vault", VAULT),
    many("template", "Templates", TEMPLATE),
    one("dispatch_payload", "DispatchPayload", DISPATCH_PAYLOAD),
    many("volume_mount", "VolumeMounts", VOLUME_MOUNT),
    one("csi_plugin", "CSIPluginConfig", CSI_PLUGIN, sparse=True),
    flag("leader", "Leader", unset=False),
    duration("shutdown_delay", "ShutdownDelay", 0),
    text("kill_signal", "KillSignal", ""),
    text("kind", "Kind", ""),
    many("scaling", "ScalingPolicies", TASK_SCALING),
    one("consul", "Consul", CONSUL, sparse=True),
    many("identity", "Identities", IDENTITY, sparse=True),
    server("Identity", sparse=True),
    many("secret", "Secrets", SECRET, sparse=True),
    many("action", "Actions", ACTION, sparse=True),
    one("schedule", "Schedule", SCHEDULE, sparse=True),
    label="Name",
)
