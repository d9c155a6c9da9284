"""One task, and what belongs to it alone."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, duration, flag, free, many, one, server, strings, text, texts, whole
from ostler.jobs.tables.identity import IDENTITY
from ostler.jobs.tables.placement import AFFINITY, CONSTRAINT
from ostler.jobs.tables.resources import LOGS, RESOURCES, VOLUME_MOUNT
from ostler.jobs.tables.service import SERVICE
from ostler.jobs.tables.upkeep import RESTART, TASK_SCALING

LIFECYCLE = BlockType("lifecycle", text("hook", "Hook", ""), flag("sidecar", "Sidecar", unset=False))

ARTIFACT = BlockType(
    "artifact",
    text("source", "GetterSource", default=""),
    strings("options", "GetterOptions"),
    strings("headers", "GetterHeaders"),
    text("mode", "GetterMode", default="any"),
    text("destination", "RelativeDest"),
    flag("insecure", "GetterInsecure", sparse=True, default=False),
    flag("chown", "Chown", sparse=True, default=False),
)

VAULT = BlockType(
    "vault",
    texts("policies", "Policies"),
    text("namespace", "Namespace", default=""),
    flag("env", "Env", default=True),
    text("change_mode", "ChangeMode", default="restart"),
    text("change_signal", "ChangeSignal", default="SIGHUP"),
    text("role", "Role", sparse=True, default=""),
    text("cluster", "Cluster", sparse=True, default="default"),
    flag("disable_file", "DisableFile", sparse=True, default=False),
    flag("allow_token_expiration", "AllowTokenExpiration", sparse=True, default=False),
)

CHANGE_SCRIPT = BlockType(
    "change_script",
    text("command", "Command", default=""),
    texts("args", "Args", default=()),
    duration("timeout", "Timeout", default=5),
    flag("fail_on_error", "FailOnError", default=False),
    flag("run_on_first_render", "RunOnFirstRender", sparse=True, default=False),
)
WAIT = BlockType("wait", duration("min", "Min"), duration("max", "Max"))

TEMPLATE = BlockType(
    "template",
    text("source", "SourcePath", default=""),
    text("destination", "DestPath", default=""),
    text("data", "EmbeddedTmpl", default=""),
    text("change_mode", "ChangeMode", default="restart"),
    text("change_signal", "ChangeSignal"),
    duration("splay", "Splay", default=5),
    text("perms", "Perms", default="0644"),
    text("left_delimiter", "LeftDelim", default="{{"),
    text("right_delimiter", "RightDelim", default="}}"),
    flag("env", "Envvars", default=False),
    duration("vault_grace", "VaultGrace", default=0),
    one("change_script", "ChangeScript", CHANGE_SCRIPT, sparse=True),
    flag("once", "Once", sparse=True, default=False),
    whole("uid", "Uid", sparse=True),
    whole("gid", "Gid", sparse=True),
    one("wait", "Wait", WAIT, sparse=True),
    flag("error_on_missing_key", "ErrMissingKey", sparse=True, default=False),
)

DISPATCH_PAYLOAD = BlockType("dispatch_payload", text("file", "File", ""))

CSI_PLUGIN = BlockType(
    "csi_plugin",
    text("id", "ID"),
    text("type", "Type"),
    text("mount_dir", "MountDir", default="/csi"),
    text("stage_publish_base_dir", "StagePublishBaseDir", sparse=True, default="/local/csi"),
    duration("health_timeout", "HealthTimeout", sparse=True, default=30),
)

CONSUL = BlockType(
    "consul",
    text("namespace", "Namespace", ""),
    text("cluster", "Cluster", sparse=True, default="default"),
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
    one("resources", "Resources", RESOURCES, always=True),
    one("restart", "RestartPolicy", RESTART, always=True),
    strings("meta", "Meta", attribute=True),
    duration("kill_timeout", "KillTimeout", default=5),
    one("logs", "LogConfig", LOGS, always=True),
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
