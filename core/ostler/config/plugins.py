"""The plugin blocks: one driver each, by the driver's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from ostler.config.blocks import PluginSettings
from ostler.config.keys import PLUGIN
from ostler.config.values import PluginBlock
from ostler.drivers.settings import Located, read
from ostler.errors import MistakeError, Problem
from ostler.nearest import nearest
from ostler.places import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ostler.config.sections import Reading, Section
    from ostler.config.values import AgentConfig
    from ostler.drivers.kinds import Path
    from ostler.hcl import Block


def plugin(block: Block, reading: Reading) -> PluginBlock:
    """Read one plugin block; what is wrong with it is in ``reading``."""
    name, where = block.labels[0], Place.of(block.type_range, masked=True)
    path = f"plugin.{name}"
    section = reading.section(block.body, PLUGIN, path)
    for inner in section.blocks:
        reading.free(section, inner, f"{path}.config")
    wrong = _lift_limits(section, reading, path)
    try:
        settings = read(PluginSettings, reading.located(section), path=path)
    except MistakeError as error:
        reading.mistake(error)
        settings = PluginSettings()
    config = evolve(config_of(section, reading), problems=wrong)
    return PluginBlock(name=name, config=config, limits=settings.limits, where=where)


def check_plugins(config: AgentConfig, installed: Collection[str]) -> list[Problem]:
    """List the plugin blocks of drivers that aren't installed, and say what to do about each."""
    return [
        Problem(block.where, f"plugin.{name}", _uninstalled(name, installed))
        for name, block in config.plugins.items()
        if name not in installed
    ]


def _uninstalled(name: str, installed: Collection[str]) -> str:
    near = nearest(name, installed)
    hint = f"did you mean {near!r}? Else install" if near else "install"
    known = ", ".join(sorted(installed)) or "none"
    install = f"{hint} its package, by convention ostler-driver-{name}"
    return f"no driver named {name!r} is installed; {install} (installed: {known})"


def _lift_limits(section: Section, reading: Reading, path: str) -> tuple[Problem, ...]:
    """Take ``limits`` out of the config block, where it may stand too: it is for Ostler, not the driver.

    Gives what is wrong with it, to be told with what the driver's own keys hold.  A block of that name is
    the driver's.
    """
    config = section.tree.get("config")
    if not isinstance(config, dict) or isinstance(config.get("limits"), dict | list | None):
        return ()
    limits, where = config.pop("limits"), section.positions.pop(("config", "limits"))
    found = Located(value={"limits": limits}, positions={("limits",): where}, lenient=reading.lenient)
    try:
        read(PluginSettings, found, path=f"{path}.config")
    except MistakeError as error:
        return error.problems
    if section.tree.get("limits", limits) != limits:
        text = f"says {limits!r}, but {path}.limits says {section.tree['limits']!r}; write it once"
        reading.problems.append(Problem(where, f"{path}.config.limits", text))
        return ()
    section.tree["limits"] = limits
    section.positions["limits",] = where
    return ()


def config_of(section: Section, reading: Reading) -> Located:
    """Take the config block out of a section, with its places, to be read as settings later."""
    value: Any = section.tree.get("config", {})
    positions = _within_config(section.positions) or {(): section.positions[()]}
    names = _within_config(section.names)
    return Located(value=value, positions=positions, names=names, lenient=reading.lenient)


def _within_config(places: Mapping[Path, str]) -> dict[Path, str]:
    return {path[1:]: place for path, place in places.items() if path[:1] == ("config",)}
