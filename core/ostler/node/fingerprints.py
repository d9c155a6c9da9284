"""Ask drivers side by side what they found, and add their answers to the node."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import attrs

from ostler.drivers.threads import side_by_side
from ostler.drivers.values import Fingerprint, Health
from ostler.drivers.wrappers import VetoedError
from ostler.errors import LateError, OstlerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ostler.drivers.facade import Driver
    from ostler.drivers.threads import DriverThreads
    from ostler.node.values import Node


class Fault(NamedTuple):
    """What a driver did instead of answering, and what to do about it."""

    reason: str
    remedy: str


def ask(
    drivers: Sequence[tuple[Driver, DriverThreads]], deadline_seconds: float = 10.0
) -> dict[str, Fingerprint | Fault]:
    """Ask all drivers at once what they found.

    Returns within ``deadline_seconds``, in the order given.  Raises nothing of a driver's.
    """
    answers = side_by_side([(threads, driver.fingerprint) for driver, threads in drivers], deadline_seconds)
    return {driver.name: _found(answer) for (driver, _), answer in zip(drivers, answers, strict=True)}


def fingerprint(
    drivers: Sequence[tuple[Driver, DriverThreads]], deadline_seconds: float = 10.0
) -> dict[str, Fingerprint]:
    """Ask all drivers at once; one that is late or raises is unhealthy, with the reason and the remedy."""
    asked = ask(drivers, deadline_seconds)
    return {name: unhealthy(each) if isinstance(each, Fault) else each for name, each in asked.items()}


def unhealthy(fault: Fault) -> Fingerprint:
    """Make a fingerprint of a driver that gave none."""
    return Fingerprint(health=Health.UNHEALTHY, reason=fault.reason, remedy=fault.remedy)


def with_drivers(node: Node, fingerprints: Mapping[str, Fingerprint]) -> Node:
    """Add to ``node`` what the drivers found, in place of what they found before.

    ``driver.<name>`` is ``1`` for a driver that was detected, healthy or not, and absent otherwise.
    The other attributes are added as text; those of the machine itself stay as they are.
    """
    kept = {name: value for name, value in node.attributes.items() if not _stale(name, fingerprints)}
    added: dict[str, str] = {}
    for found in fingerprints.values():
        added.update({name: _text(value) for name, value in found.attributes.items()})
    for name, found in fingerprints.items():
        added[f"driver.{name}"] = "" if found.health is Health.UNDETECTED else "1"
    shown = {name: value for name, value in added.items() if value}
    return attrs.evolve(node, attributes={**shown, **kept})


def _stale(attribute: str, fingerprints: Mapping[str, Fingerprint]) -> bool:
    root, _, rest = attribute.partition(".")
    return root == "driver" and rest.partition(".")[0] in fingerprints


def _found(answer: Fingerprint | OstlerError) -> Fingerprint | Fault:
    if isinstance(answer, VetoedError):  # which is nobody's fault
        return unhealthy(Fault(str(answer), "change the policy, or its block in the agent's configuration"))
    if isinstance(answer, LateError):
        return Fault(str(answer), "see what it waits for; nothing else was delayed by it")
    if isinstance(answer, OstlerError):
        return Fault(str(answer), "report it to the driver's author; tasks of other drivers run")
    return answer


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
