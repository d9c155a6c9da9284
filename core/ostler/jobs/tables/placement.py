"""Where a job may run and where it had better run: constraint, affinity, spread."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, flag, many, text, whole

CONSTRAINT = BlockType(
    "constraint",
    text("attribute", "LTarget", ""),
    text("value", "RTarget", ""),
    text("operator", "Operand", ""),
    # The shorthands; what they mean is in normalise.py.
    text("version", ""),
    text("semver", ""),
    text("regexp", ""),
    text("set_contains", ""),
    text("set_contains_all", ""),
    text("set_contains_any", ""),
    text("is_set", ""),
    text("is_not_set", ""),
    flag("distinct_hosts", ""),
    text("distinct_property", ""),
)

AFFINITY = BlockType(
    "affinity",
    text("attribute", "LTarget", ""),
    text("value", "RTarget", ""),
    text("operator", "Operand", ""),
    whole("weight", "Weight", default=50),
    text("version", ""),
    text("semver", ""),
    text("regexp", ""),
    text("set_contains", ""),
    text("set_contains_all", ""),
    text("set_contains_any", ""),
)

TARGET = BlockType("target", whole("percent", "Percent", 0), label="Value")

SPREAD = BlockType(
    "spread",
    text("attribute", "Attribute", ""),
    whole("weight", "Weight", default=50),
    many("target", "SpreadTarget", TARGET),
)

UI_LINK = BlockType("link", text("label", "Label", ""), text("url", "URL", ""))
UI = BlockType("ui", text("description", "Description", ""), many("link", "Links", UI_LINK))

STRATEGY = BlockType(
    "strategy", whole("max_parallel", "MaxParallel", default=0), text("on_failure", "OnFailure", default="")
)
