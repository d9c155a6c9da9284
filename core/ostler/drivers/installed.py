"""The entry points of installed packages, read off the files of their metadata.

`importlib.metadata` brings a parser of mail, whose import takes half as long as click's; it is asked only
where packages are found in another way than as folders on the path.
"""

from __future__ import annotations

import os
import re
import sys
from functools import reduce
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDINGS: Final = (".dist-info", ".egg-info")


class Distribution(Protocol):
    """What is asked of a package: how it is called, its version, and the text of a file of its metadata."""

    @property
    def name(self) -> str:
        """Its name, as its author wrote it."""

    @property
    def version(self) -> str:
        """Its version."""

    def read_text(self, filename: str) -> str | None:
        """Give a file of the metadata; None where there is none."""


class EntryPoint(Protocol):
    """What is asked of an entry point: `importlib.metadata.EntryPoint` has it too."""

    @property
    def name(self) -> str:
        """What it is called in its group."""

    @property
    def value(self) -> str:
        """Where it is: ``module:attribute``."""

    @property
    def group(self) -> str:
        """What it is an entry to."""

    @property
    def dist(self) -> Distribution | None:
        """The package that brings it; None for one that was made by hand."""

    def load(self) -> Any:  # noqa: ANN401 - whatever stands there
        """Import it."""


class Folder(NamedTuple):
    """The folder of a package's metadata."""

    path: str

    @property
    def name(self) -> str:
        """The name that its author wrote."""
        return self._field("Name") or _package(os.path.basename(self.path))

    @property
    def version(self) -> str:
        """Its version."""
        return self._field("Version")

    def read_text(self, filename: str) -> str | None:
        """Give a file; None where there is none."""
        try:
            with open(os.path.join(self.path, filename), encoding="utf-8", errors="replace") as source:
                return source.read()
        except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError):
            return None

    def _field(self, field: str) -> str:
        text = self.read_text("METADATA") or self.read_text("PKG-INFO") or ""
        head = text.partition("\n\n")[0]
        found = re.search(rf"^{field}: *(.*?) *$", head, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


class Point(NamedTuple):
    """An entry point, and the package that brings it."""

    name: str
    value: str
    group: str
    dist: Folder

    def load(self) -> Any:  # noqa: ANN401 - whatever stands there
        """Import it."""
        module, _, attributes = self.value.partition("[")[0].partition(":")
        names = [name for name in attributes.strip().split(".") if name]
        return reduce(getattr, names, import_module(module.strip()))


def offered(groups: str) -> list[EntryPoint]:
    """List the entry points of every group whose name begins with ``groups``.

    Of two packages of one name, the first on the path counts.
    """
    if _only_folders():
        return [point for folder in _folders() for point in _points(folder, groups)]
    from importlib.metadata import entry_points

    found = entry_points()
    names = [group for group in found.groups if group.startswith(groups)]
    return [point for group in names for point in found.select(group=group)]


def _only_folders() -> bool:
    """Tell whether all packages lie in folders on the path: none in an archive, none with a finder."""
    finders = [
        each for each in sys.meta_path if each is not PathFinder and hasattr(each, "find_distributions")
    ]
    return not finders and not any(os.path.isfile(place) or place.endswith(".egg") for place in _places())


def _places() -> Iterator[str]:
    """Give the path as imports see it: what is no text on it is passed over."""
    path: list[object] = [*sys.path]
    return (place for place in path if isinstance(place, str))


def _folders() -> Iterator[Folder]:
    seen: set[str] = set()
    for place in _places():
        for name in _listed(place):
            if name.endswith(_ENDINGS) and (package := _package(name)) not in seen:
                seen.add(package)
                yield Folder(os.path.join(place, name))


def _listed(place: str) -> list[str]:
    try:
        return os.listdir(place or ".")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []


def _package(folder: str) -> str:
    """Give the name of a package as it is compared: ``Acme.Fast-1.0.dist-info`` is acme_fast's."""
    stem = folder.rpartition(".")[0].partition("-")[0]
    return re.sub(r"[-_.]+", "_", stem).lower()


def _points(folder: Folder, prefix: str) -> Iterator[Point]:
    text = folder.read_text("entry_points.txt") or ""
    if f"[{prefix}" not in text:
        return
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[]")
        elif group.startswith(prefix) and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield Point(name.strip(), value.strip(), group, folder)
