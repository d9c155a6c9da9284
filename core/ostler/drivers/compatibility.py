"""Tell from a distribution's metadata alone whether what it offers is made for this Ostler."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ostler.version import __version__

if TYPE_CHECKING:
    from ostler.drivers.installed import EntryPoint

GROUPS: Final = "ostler.drivers."
CONTRACT: Final = "v1"
GROUP: Final = f"{GROUPS}{CONTRACT}"
WRAPPER_GROUPS: Final = "ostler.wrappers."
_ABOUT_OSTLER: Final = re.compile(r"^Requires-Dist: *(ostler(?![-_.\w]).*)$", re.IGNORECASE | re.MULTILINE)


def foreign(point: EntryPoint) -> bool:
    """Tell whether an entry point is made for another version of the driver contract."""
    groups, dot, made_for = point.group.rpartition(".")
    return f"{groups}{dot}" in {GROUPS, WRAPPER_GROUPS} and made_for != CONTRACT


def misfit(point: EntryPoint) -> str:
    """Say why the driver or wrapper of an entry point is not for this Ostler; empty if it is.

    Its group names the version of the contract; its distribution's ``Requires-Dist: ostler`` the versions of
    Ostler that it was made for.
    """
    if foreign(point):
        made_for = point.group.rpartition(".")[2]
        return f"is made for {made_for} of the driver contract; this Ostler speaks {CONTRACT}"
    wanted = _excluding(point)
    return f"needs ostler{wanted}; this is ostler {__version__}" if wanted else ""


def _excluding(point: EntryPoint) -> str:
    """Give the versions of Ostler that the provider asks for, where they leave this one out."""
    lines = _asked_of_ostler(point)
    if not lines:
        return ""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirements = [Requirement(line) for line in lines]
    except InvalidRequirement:  # pip would not have installed it; whoever did knows better
        return ""
    bound = [each for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
    unmet = [each.specifier for each in bound if not each.specifier.contains(__version__, prereleases=True)]
    return str(unmet[0]) if unmet else ""


def _asked_of_ostler(point: EntryPoint) -> list[str]:
    """Read them off the text: parsing it as mail, as importlib does, would cost a short run dearly."""
    metadata = point.dist.read_text("METADATA") if point.dist else None
    head = (metadata or "").partition("\n\n")[0]
    return [line for line in _ABOUT_OSTLER.findall(head) if _names_versions(line)]


def _names_versions(line: str) -> bool:
    """Tell whether a requirement can exclude any: what only asks for an extra, as Ostler's own do, can't."""
    return any(sign in line.partition(";")[0] for sign in "<>=~")
