"""What a new driver is called: in job files, as a package, as a module and as a class."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from ostler.errors import MistakeError

if TYPE_CHECKING:
    from ostler.drivers.catalog import Catalog

LONGEST: Final = 40
ANOTHER: Final = "choose another name"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_RULE: Final = "write lower-case letters and digits, words joined by - or _, beginning with a letter"


class Names(NamedTuple):
    """The names that follow from that of the driver: ``my_tool`` in job files."""

    name: str

    @property
    def package(self) -> str:
        """What pip installs: ``ostler-driver-my-tool``."""
        return f"ostler-driver-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """What Python imports: ``ostler_driver_my_tool``."""
        return f"ostler_driver_{self.name}"

    @property
    def kind(self) -> str:
        """The driver's class: ``MyTool``."""
        return "".join(word.capitalize() for word in self.name.split("_"))


def choose(given: str, catalog: Catalog) -> Names:
    """Turn what was written into names; MistakeError where no driver can be called so."""
    name = given.replace("-", "_")
    if wrong := _wrong(given, name):
        raise MistakeError.single(wrong)
    if name in catalog.names:
        raise MistakeError.single(_taken(name, catalog))
    return Names(name)


def _taken(name: str, catalog: Catalog) -> str:
    providers = " and ".join(each.distribution for each in catalog.infos() if each.name == name)
    return f"a driver named {name!r} is installed, from {providers}; of two neither would be used: {ANOTHER}"


def _wrong(given: str, name: str) -> str:
    if not _NAME.fullmatch(given):
        near = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_0123456789")
        hint = f"; did you mean {near!r}?" if _NAME.fullmatch(near) and not _wrong(near, near) else ""
        return f"a driver can't be named {given!r}: {_RULE}{hint}"
    if name.startswith("ostler_driver_"):
        bare = name.removeprefix("ostler_driver_")
        return f"the package gets its prefix by itself: write {bare!r}, not {given!r}"
    if keyword.iskeyword(name):
        return f"a driver can't be named {given!r}: it is a word of Python's own; {ANOTHER}"
    if len(name) > LONGEST:
        return f"a driver's name has at most {LONGEST} characters, found {len(name)}: choose a shorter one"
    return ""
