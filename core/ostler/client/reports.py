"""What a driver is on this machine: who provides it, what it found, what it can do and how it is set up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from ostler.drivers.plain import plain
from ostler.drivers.values import Capabilities, Fingerprint

if TYPE_CHECKING:
    from ostler.runner.workplace import Workplace


@frozen(kw_only=True)
class DriverReport:
    """One driver as it stands here.

    ``capabilities`` are what it can do on this machine: where its fingerprint differs from what it declares,
    the fingerprint holds.  ``settings`` are those that it works with, the plugin block over the defaults, as
    plain data; of a secret there is only ``"<secret>"``, or None where it is empty.
    """

    name: str
    provider: str
    version: str
    fingerprint: Fingerprint
    capabilities: Capabilities
    settings: Mapping[str, Any]


def report(name: str, place: Workplace) -> DriverReport:
    """Describe a driver that was fingerprinted; one that could not be opened can do nothing here."""
    # Not `find`: it raises for one that two packages provide, which is to be shown too.
    info = next(each for each in place.catalog.infos() if each.name == name)
    found, opened = place.fingerprints[name], place.opened(name)
    here = opened.driver.capabilities if opened else Capabilities()
    if found.limits is not None:
        here = evolve(here, limits=found.limits)
    if found.filesystem is not None:
        here = evolve(here, filesystem=found.filesystem)
    return DriverReport(
        name=name,
        provider=info.provider,
        version=info.version,
        fingerprint=found,
        capabilities=here,
        settings=plain(opened.settings, mark_secrets=True) if opened else {},
    )
