"""Ask drivers side by side what they found, and add their answers to the node."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

import attrs

from ostler.drivers.values import Fingerprint, Health
from ostler.drivers.wrappers import VetoedError
from ostler.errors import OstlerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future

    from ostler.node.values import Node


class Driver(Protocol):
    """What is needed of a driver here; `ostler.drivers.facade.Driver` is one."""

    @property
    def name(self) -> str:
        """The name in the job file."""
        ...

    def fingerprint(self) -> Fingerprint:
        """Ask what the driver found."""
        ...


class Threads(Protocol):
    """What is needed of a driver's threads; `ostler.drivers.threads.DriverThreads` are some."""

    def submit(self, function: Callable[[], Fingerprint], /) -> Future[Fingerprint]:
        """Queue a call."""
        ...


def fingerprint(
    drivers: Sequence[tuple[Driver, Threads]], deadline_seconds: float = 10.0
) -> dict[str, Fingerprint]:
    """Ask all drivers at once; one that is late or raises is unhealthy, with the reason and the remedy.

    Returns within ``deadline_seconds``, in the order given.  Raises nothing of a driver's.
    """
    end = time.monotonic() + deadline_seconds
    asked = [(driver.name, _ask(driver, threads)) for driver, threads in drivers]
    return {name: _answer(name, future, end, deadline_seconds) for name, future in asked}


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


def _ask(driver: Driver, threads: Threads) -> Future[Fingerprint] | OstlerError:
    try:
        return threads.submit(driver.fingerprint)
    except OstlerError as error:
        return error


def _answer(
    name: str, asked: Future[Fingerprint] | OstlerError, end: float, deadline_seconds: float
) -> Fingerprint:
    if isinstance(asked, OstlerError):
        return _unhealthy(str(asked), "run `ostler doctor` to see what it depends on")
    try:
        return asked.result(max(0.0, end - time.monotonic()))
    except TimeoutError:
        if not asked.done():
            reason = f"driver {name!r} did not answer fingerprint within {deadline_seconds:g} s"
            return _unhealthy(reason, "see what it waits for; nothing else was delayed by it")
        return _raised(name, asked)
    except (Exception, SystemExit):  # noqa: BLE001 - one broken driver costs only whoever names it
        return _raised(name, asked)


def _raised(name: str, asked: Future[Fingerprint]) -> Fingerprint:
    error = asked.exception(0)
    if isinstance(error, VetoedError):
        return _unhealthy(str(error), "change the policy, or its block in the agent's configuration")
    reason = (
        str(error) if isinstance(error, OstlerError) else f"driver {name!r} raised in fingerprint: {error!r}"
    )
    return _unhealthy(reason, "report it to the driver's author; tasks of other drivers run")


def _unhealthy(reason: str, remedy: str) -> Fingerprint:
    return Fingerprint(health=Health.UNHEALTHY, reason=reason, remedy=remedy)


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
