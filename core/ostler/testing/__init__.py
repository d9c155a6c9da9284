"""The conformance kit: what the hookspecs say of a driver, as tests that any driver package can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostler.lazy import exporter

if TYPE_CHECKING:
    from ostler.testing.act import Act, ConfigFor
    from ostler.testing.conformance import DriverConformance
    from ostler.testing.harness import DriverHarness
    from ostler.testing.running import RunningTask
    from ostler.testing.scale import Scale
    from ostler.testing.sentences import Sentence, sentence, sentences_of

__all__ = [
    "Act",
    "ConfigFor",
    "DriverConformance",
    "DriverHarness",
    "RunningTask",
    "Scale",
    "Sentence",
    "sentence",
    "sentences_of",
]

__getattr__ = exporter(
    __name__,
    {
        **dict.fromkeys(("Act", "ConfigFor"), "ostler.testing.act"),
        **dict.fromkeys(("Sentence", "sentence", "sentences_of"), "ostler.testing.sentences"),
        "DriverConformance": "ostler.testing.conformance",
        "DriverHarness": "ostler.testing.harness",
        "RunningTask": "ostler.testing.running",
        "Scale": "ostler.testing.scale",
    },
)
