"""The embedder's door to Ostler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.client.async_client import AsyncClient
    from ostler.client.client import Client
    from ostler.client.command import run
    from ostler.client.diagnosis import Diagnosis, DriverDiagnosis
    from ostler.client.reports import DriverReport
    from ostler.client.results import Result
    from ostler.client.running import Run
    from ostler.runner.reaching import Executed
    from ostler.runner.standings import AllocationStanding, Forgotten

__all__ = [
    "AllocationStanding",
    "AsyncClient",
    "Client",
    "Diagnosis",
    "DriverDiagnosis",
    "DriverReport",
    "Executed",
    "Forgotten",
    "Result",
    "Run",
    "run",
]

__getattr__ = exporter(
    __name__,
    {
        "AllocationStanding": "ostler.runner.standings",
        "AsyncClient": "ostler.client.async_client",
        "Client": "ostler.client.client",
        "Diagnosis": "ostler.client.diagnosis",
        "DriverDiagnosis": "ostler.client.diagnosis",
        "DriverReport": "ostler.client.reports",
        "Executed": "ostler.runner.reaching",
        "Forgotten": "ostler.runner.standings",
        "Result": "ostler.client.results",
        "Run": "ostler.client.running",
        "run": "ostler.client.command",
    },
)
