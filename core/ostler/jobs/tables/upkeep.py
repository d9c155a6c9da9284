"""How a job is rolled out, moved, restarted and scaled."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, duration, flag, free, server, text, whole

UPDATE = BlockType(
    "update",
    duration("stagger", "Stagger", default=30),
    whole("max_parallel", "MaxParallel", default=1),
    text("health_check", "HealthCheck", default="checks"),
    duration("min_healthy_time", "MinHealthyTime", default=10),
    duration("healthy_deadline", "HealthyDeadline", default=300),
    duration("progress_deadline", "ProgressDeadline", default=600),
    whole("canary", "Canary", default=0),
    flag("auto_revert", "AutoRevert", default=False),
    flag("auto_promote", "AutoPromote", default=False),
)

MIGRATE = BlockType(
    "migrate",
    whole("max_parallel", "MaxParallel", default=1),
    text("health_check", "HealthCheck", default="checks"),
    duration("min_healthy_time", "MinHealthyTime", default=10),
    duration("healthy_deadline", "HealthyDeadline", default=300),
)

RESTART = BlockType(
    "restart",
    duration("interval", "Interval"),
    whole("attempts", "Attempts"),
    duration("delay", "Delay"),
    text("mode", "Mode"),
    flag("render_templates", "RenderTemplates", sparse=True, default=False),
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
    flag("replace", "Replace", default=True),
    text("reconcile", "Reconcile", default="best_score"),
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
        flag("enabled", "Enabled", default=True),
        text("type", "Type", ""),
        server("CreateIndex", 0),
        server("ModifyIndex", 0),
        label=label,
    )


SCALING = _scaling(None)
TASK_SCALING = _scaling("")
