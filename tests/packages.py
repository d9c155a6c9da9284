"""Packages of strangers, written to where an interpreter finds them installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_package(
    folder: Path,
    name: str,
    version: str,
    *,
    points: Mapping[str, Mapping[str, str]],
    modules: Mapping[str, str],
) -> Path:
    """Write a distribution with its entry points, by group, and its modules; gives what goes on the path."""
    site = folder / f"{name}-{version}"
    metadata = site / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    sections = [
        "\n".join([f"[{group}]", *(f"{each} = {target}" for each, target in named.items())])
        for group, named in points.items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join([*sections, ""]))
    for module, source in modules.items():
        (site / f"{module}.py").write_text(source)
    return site
