"""How a job is rolled out, moved, restarted and scaled."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, duration, flag, free, server, text, whole

UPDATE = BlockType(
    "update",
    duration("stagger", "Stagger"),
    whole("max_parallel", "MaxParallel"),
    text("health_check", "HealthCheck"),
    duration("min_healthy_time", "MinHealthyTime"),
    duration("healthy_deadline", "HealthyDeadline"),
    duration("progress_deadline", "ProgressDeadline"),
    whole("canary", "Canary"),
    flag("auto_revert", "AutoRevert"),
    flag("auto_promote", "AutoPromote"),
)

MIGRATE = BlockType(
    "migrate",
    whole("max_parallel", "MaxParallel"),
    text("health_check", "HealthCheck"),
    duration("min_healthy_time", "MinHealthyTime"),
    duration("healthy_deadline", "HealthyDeadline"),
)

RESTART = BlockType(
    "restart",
    duration("interval", "Interval"),
    whole("attempts", "Attempts"),
    duration("delay", "Delay"),
    text("mode", "Mode"),
    flag("render_templates", "RenderTemplates", sparse=True),
)

RESCHEDULE = BlockType(
    "reschedule",
    whole("attempts", "Attempts"),
    duration("interval", "Interval"),
    duration("delay", "Delay"),
    text("delay_function", "DelayFunction"),
    duration("max_delay", "MaxDelay"),
    flag("unlimited", "Unlimited"),
)

DISCONNECT = BlockType(
    "disconnect",
    duration("lost_after", "LostAfter"),
    duration("stop_on_client_after", "StopOnClientAfter"),
    flag("replace", "Replace"),
    text("reconcile", "Reconcile"),
)


def _scaling(label: str | None) -> BlockType:
    return BlockType(
        "scaling",
        server("ID", ""),
        server("Namespace", ""),
        server("Target"),
        whole("min", "Min"),
        whole("max", "Max"),
        free("policy", "Policy"),
        flag("enabled", "Enabled"),
        text("type", "Type", ""),
        server("CreateIndex", 0),
        server("ModifyIndex", 0),
        label=label,
    )


SCALING = _scaling(None)
TASK_SCALING = _scaling("")
