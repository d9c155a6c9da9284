"""The agent's configuration: what the operator says of this machine, its limits and its drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.config.files import FlawedConfigError, load, loads
    from ostler.config.plugins import check_plugins
    from ostler.config.values import (
        AgentConfig,
        ArtifactCache,
        ArtifactPolicy,
        ClientConfig,
        DriverDeadlines,
        PluginBlock,
        WrapperBlock,
        default,
    )
    from ostler.config.wrappers import check_wrappers

__all__ = [
    "AgentConfig",
    "ArtifactCache",
    "ArtifactPolicy",
    "ClientConfig",
    "DriverDeadlines",
    "FlawedConfigError",
    "PluginBlock",
    "WrapperBlock",
    "check_plugins",
    "check_wrappers",
    "default",
    "load",
    "loads",
]

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(
            (
                "AgentConfig",
                "ArtifactCache",
                "ArtifactPolicy",
                "ClientConfig",
                "DriverDeadlines",
                "PluginBlock",
                "WrapperBlock",
                "default",
            ),
            "ostler.config.values",
        ),
        **dict.fromkeys(("FlawedConfigError", "load", "loads"), "ostler.config.files"),
        "check_plugins": "ostler.config.plugins",
        "check_wrappers": "ostler.config.wrappers",
    },
)
