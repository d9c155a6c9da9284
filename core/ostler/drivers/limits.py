"""Hold the limits that a job asks for against what holds on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ostler.drivers.settings import asked_limits
from ostler.drivers.values import Enforcement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ostler.drivers.values import LimitSupport, Resources

_HELD: Final = frozenset({Enforcement.ENFORCED, Enforcement.WATCHED})
_NEEDED: Final = {"memory_max": ("memory", "memory_soft")}


def asked(resources: Resources, config: Any) -> list[str]:  # noqa: ANN401 - any settings class
    """Name the limits that the job itself wrote, in its resources and in the driver's config."""
    wanted = sorted(resources.asked | asked_limits(config))
    return [need for name in wanted for need in _NEEDED.get(name, (name,))]


def unheld(limits: Iterable[str], support: LimitSupport) -> list[tuple[str, Enforcement]]:
    """List those of ``limits`` that are only counted or ignored here, with the word for it."""
    words = [(name, getattr(support, name, Enforcement.IGNORED)) for name in dict.fromkeys(limits)]
    return [(name, word) for name, word in words if word not in _HELD]


def unheld_in_words(missing: Iterable[tuple[str, Enforcement]]) -> str:
    """Say it of what `unheld` listed: ``memory is only counted, cores is ignored``."""
    return ", ".join(f"{name} is {'only ' * (word is Enforcement.COUNTED)}{word}" for name, word in missing)
