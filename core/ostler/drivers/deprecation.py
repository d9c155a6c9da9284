"""Say since when part of the contract or a setting is deprecated, until when it stays, and what to use."""

from __future__ import annotations

from typing import NamedTuple


class Deprecated(NamedTuple):
    """What is going to be removed: ``since`` and ``until`` are versions of whoever removes it.

    ``since`` is the first in which it is deprecated, ``until`` the first without it.  ``instead`` says what
    to write in its place.
    """

    since: str
    until: str
    instead: str

    def __str__(self) -> str:
        """Give the words that follow the name of what is deprecated."""
        return f"deprecated since {self.since}, gone in {self.until}; use {self.instead}"

    def expired(self, version: str) -> bool:
        """Tell whether it should have been removed by ``version``."""
        from packaging.version import Version

        return Version(version) >= Version(self.until)


class ContractWarning(DeprecationWarning):
    """A driver uses what the contract is going to lose; told with the driver's file and line."""

    def __init__(self, what: str, deprecated: Deprecated) -> None:
        super().__init__(f"{what}: {deprecated}")
        self.deprecated = deprecated


def arguments(**deprecated: Deprecated) -> dict[str, Warning]:
    """Make the ``warn_on_impl_args`` of a hookspec, which warn whoever names one of them."""
    return {
        name: ContractWarning(f"the hook argument {name!r}", each._replace(since=f"ostler {each.since}"))
        for name, each in deprecated.items()
    }
