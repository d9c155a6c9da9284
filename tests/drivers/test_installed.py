"""Entry points are read as `importlib.metadata` reads them, without it."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from ostler.drivers.installed import offered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ostler.drivers.installed import EntryPoint

METADATA = (
    "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: the description speaks of another\n"
)
POINTS = """
[console_scripts]
hello = acme:main

# a remark, and what is loaded in several steps
[acme.things.v1]
plain = acme_things:Thing
nested=acme_things : Outer.inner
extra = acme_things:Thing [fast]
whole = acme_things

[acme.things.v2]
plain = acme_things:Newer
"""


def shown(points: Iterable[EntryPoint]) -> list[tuple[str, ...]]:
    """Give what tells one entry point from another."""
    return sorted(
        (each.group, each.name, each.value, each.dist.name, each.dist.version) for each in points if each.dist
    )


def by_the_library(prefix: str) -> list[tuple[str, ...]]:
    found = importlib.metadata.entry_points()
    groups = [group for group in found.groups if group.startswith(prefix)]
    return sorted(
        (each.group, each.name, each.value, each.dist.name, each.dist.version)
        for group in groups
        for each in found.select(group=group)
        if each.dist
    )


def package(place: Path, name: str, version: str, points: str = POINTS) -> Path:
    """Make the folder of a package's metadata."""
    folder = place / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(METADATA.format(name=name, version=version))
    (folder / "entry_points.txt").write_text(points)
    return folder


@pytest.mark.parametrize("prefix", ["", "ostler.", "console_scripts", "nothing."])
def test_the_library_finds_the_same_here(prefix: str) -> None:
    assert shown(offered(prefix)) == by_the_library(prefix)


def test_the_library_finds_the_same_in_odd_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package(tmp_path / "first", "Acme-Things", "2.0")
    package(tmp_path / "second", "acme.things", "1.0")
    package(tmp_path / "second", "acme-more", "1.0", "[acme.things.v1]\nmore=acme_more:More\n")
    old = tmp_path / "second" / "acme_old.egg-info"
    old.mkdir()
    (old / "PKG-INFO").write_text(METADATA.format(name="acme-old", version="0.1"))
    (old / "entry_points.txt").write_text("[acme.things.v1]\nold = acme_old:Old\n")
    (tmp_path / "second" / "acme_none-1.0.dist-info").mkdir()
    for place in ("nowhere", "second", "first"):
        monkeypatch.syspath_prepend(str(tmp_path / place))
    found = shown(offered("acme.things."))
    assert found == by_the_library("acme.things.")
    assert {provider for *_, provider, _ in found} == {"Acme-Things", "acme-more", "acme-old"}


@pytest.mark.parametrize(("name", "loaded"), [("plain", "Thing"), ("nested", "inner"), ("extra", "Thing")])
def test_an_entry_point_loads_what_it_names(
    name: str, loaded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "acme-things", "1.0")
    (tmp_path / "acme_things.py").write_text(
        "class Thing: ...\nclass Newer: ...\nclass Outer:\n    class inner: ...\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_things", raising=False)
    (point,) = [each for each in offered("acme.things.v1") if each.name == name]
    assert point.load().__name__ == loaded


def test_packages_in_an_archive_are_left_to_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(tmp_path, "acme-zipped", "1.0")
    archive = tmp_path / "acme.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in folder.iterdir():
            zipped.write(file, f"{folder.name}/{file.name}")
    monkeypatch.syspath_prepend(str(archive))
    found = shown(offered("acme.things."))
    assert found == by_the_library("acme.things.")
    assert {provider for *_, provider, _ in found} == {"acme-zipped"}


def test_the_library_is_not_imported_for_folders() -> None:
    script = "import sys; from ostler.drivers import Catalog; Catalog().infos(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert {"importlib.metadata", "email"}.isdisjoint(done.stdout.split())
