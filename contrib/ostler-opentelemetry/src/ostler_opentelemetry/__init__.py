"""An observer round every driver of Ostler that makes OpenTelemetry's spans and metrics."""

from __future__ import annotations

from ostler_opentelemetry.observer import OpenTelemetry, OpenTelemetrySettings

__all__ = ["OpenTelemetry", "OpenTelemetrySettings"]
