"""Runs jobs with the observer round their drivers, and keeps what it exports in memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from ostler_opentelemetry import OpenTelemetry

from ostler import Client
from ostler.config import loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

    from ostler.client import Result

CONFIG = 'plugin "raw_exec" {\n config {\n enabled = true\n }\n}\n'


class Telescope:
    """Runs jobs and shows what the observer saw of them."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._exporter, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self._tracing = TracerProvider()
        self._tracing.add_span_processor(SimpleSpanProcessor(self._exporter))
        self._metering = MeterProvider([self._reader])

    def observer(self) -> OpenTelemetry:
        return OpenTelemetry(tracer_provider=self._tracing, meter_provider=self._metering)

    def client(self, **options: Any) -> Client:  # noqa: ANN401 - the client's own
        observers = {"opentelemetry": self.observer()}
        return Client(loads(CONFIG, "agent.hcl"), data_dir=self.data_dir, observers=observers, **options)

    def run(self, job: str, **options: Any) -> Result:  # noqa: ANN401 - the client's own
        with self.client(**options) as client:
            return client.run(job)

    def unhealthy(self, driver: str) -> str:
        """Say why a driver can't run tasks here; empty if it can."""
        with Client(loads(CONFIG, "agent.hcl"), data_dir=self.data_dir) as client:
            _, found = client.node()
        return "" if str(found[driver].health) == "healthy" else found[driver].reason

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def children(self, parent: ReadableSpan) -> list[str]:
        inside = [
            span for span in self.spans if span.parent and span.parent.span_id == parent.context.span_id
        ]
        return [span.name for span in sorted(inside, key=lambda span: span.start_time or 0)]

    def points(self, metric: str) -> list[tuple[Mapping[str, Any], Any]]:
        """Give the data points of a metric: their attributes, and their sum or their count."""
        found = self._reader.get_metrics_data()
        scopes = [scope for resource in found.resource_metrics for scope in resource.scope_metrics]
        return [
            (dict(point.attributes or {}), getattr(point, "value", None) or getattr(point, "count", 0))
            for scope in scopes
            for each in scope.metrics
            if each.name == metric
            for point in each.data.data_points
        ]

    def points_once_they_are(
        self, expected: list[tuple[Mapping[str, Any], Any]], metric: str, seconds: float = 20.0
    ) -> list[tuple[Mapping[str, Any], Any]]:
        """Give the data points of a metric as soon as they are those expected, or as they are at last."""
        deadline = time.monotonic() + seconds
        while (found := self.points(metric)) != expected and time.monotonic() < deadline:
            time.sleep(0.02)
        return found

    def shutdown(self) -> None:
        self._tracing.shutdown()
        self._metering.shutdown()


@pytest.fixture
def telescope(tmp_path: Path) -> Iterator[Telescope]:
    made = Telescope(tmp_path / "data")
    yield made
    made.shutdown()


def job(driver: str, config: str, more: str = "") -> str:
    return f"""job "sky" {{
  type = "batch"
  group "north" {{
    restart {{
      attempts = 0
    }}
    task "star" {{
      driver = "{driver}"
      {more}
      config {{
        {config}
      }}
    }}
  }}
}}
"""
