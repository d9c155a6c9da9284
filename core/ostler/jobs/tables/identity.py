"""The tokens by which a task or a service shows who it is."""

from __future__ import annotations

from ostler.jobs.blocks import BlockType, duration, flag, strings, text, texts

IDENTITY = BlockType(
    "identity",
    text("name", "Name", "", default="default"),
    texts("aud", "Audience"),
    text("change_mode", "ChangeMode", ""),
    text("change_signal", "ChangeSignal", ""),
    flag("env", "Env", unset=False),
    flag("file", "File", unset=False),
    text("filepath", "Filepath", ""),
    text("service_name", "ServiceName", ""),
    duration("ttl", "TTL", 0),
    strings("extra_claims", "ExtraClaims", sparse=True),
)
