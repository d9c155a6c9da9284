"""What an operator wants to know before a job runs: what can be had here, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from ostler.client.reports import DriverReport, report
from ostler.drivers.threads import side_by_side
from ostler.drivers.values import Finding, Health
from ostler.drivers.wrappers import VetoedError
from ostler.errors import OstlerError
from ostler.executor import Capability, Host

if TYPE_CHECKING:
    from ostler.runner.workplace import Workplace

PATIENCE_SECONDS: Final = 60.0


@frozen(kw_only=True)
class DriverDiagnosis:
    """One driver, and what its own `doctor` found.

    ``wanted`` tells whether anything is missed where it can't be used: it was detected, or the agent's
    configuration has a block for it that doesn't disable it.
    """

    report: DriverReport
    findings: tuple[Finding, ...] = ()
    wanted: bool = True

    @property
    def well(self) -> bool:
        """Tell whether it can be used, and found nothing wrong itself, if it is wanted at all."""
        healthy = self.report.fingerprint.health is Health.HEALTHY
        return not self.wanted or (healthy and all(each.well for each in self.findings))


@frozen(kw_only=True)
class Diagnosis:
    """What this machine gives to isolation, piece by piece, and how every driver is.

    ``missing`` names the drivers that the agent's configuration has a block for and nobody installed.
    """

    host: Host
    capabilities: tuple[Capability, ...]
    drivers: tuple[DriverDiagnosis, ...]
    missing: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Tell whether all that is asked for can be had."""
        return not self.missing and all(each.well for each in self.drivers)


def diagnose(place: Workplace) -> Diagnosis:
    """Examine the machine and every driver that was fingerprinted."""
    findings = _findings(place)
    installed = set(place.catalog.names)
    return Diagnosis(
        host=place.executor.host(),
        capabilities=place.executor.examine(),
        drivers=tuple(_driver(name, place, findings.get(name, ())) for name in place.fingerprints),
        missing=tuple(sorted(name for name in place.config.plugins if name not in installed)),
    )


def _driver(name: str, place: Workplace, findings: tuple[Finding, ...]) -> DriverDiagnosis:
    found = report(name, place)
    detected = found.fingerprint.health is not Health.UNDETECTED
    wanted = detected or (name in place.config.plugins and found.settings.get("enabled") is not False)
    return DriverDiagnosis(report=found, findings=findings, wanted=wanted)


def _findings(place: Workplace) -> dict[str, tuple[Finding, ...]]:
    """Ask the drivers that have a `doctor`, side by side; one that raises or is late has found that."""
    opened = {name: each for name in place.fingerprints if (each := place.opened(name)) is not None}
    asked = {name: each for name, each in opened.items() if each.driver.answers("doctor")}
    calls: list[Any] = [(each.threads, each.driver.doctor) for each in asked.values()]
    answers = side_by_side(calls, PATIENCE_SECONDS)
    return {name: _told(answer) for name, answer in zip(asked, answers, strict=True)}


def _told(answer: Any) -> tuple[Finding, ...]:  # noqa: ANN401 - an answer or what came instead
    if isinstance(answer, VetoedError):  # which is nobody's fault
        return ()
    if isinstance(answer, OstlerError):
        remedy = "report it to the driver's author; the other drivers were asked all the same"
        return (Finding("doctor", well=False, found=str(answer), remedy=remedy),)
    return tuple(answer)
