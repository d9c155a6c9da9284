"""The old ``client { options { ... } }``: what it still means, and what to write instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ostler.config.amounts import truth, words
from ostler.config.keys import OPTIONS, Fate
from ostler.config.values import PluginBlock
from ostler.drivers.settings import Located
from ostler.errors import Problem
from ostler.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ostler.config.sections import Reading

_ENABLE: Final = re.compile(r"driver\.(?P<name>[\w-]+)\.enable")
_PATH: Final = "client.options"
_LISTS: Final = {
    "driver_allowlist": ("driver.allowlist", "driver.whitelist"),
    "driver_denylist": ("driver.denylist", "driver.blacklist"),
    "env_denylist": ("env.denylist", "env.blacklist"),
    "user_denylist": ("user.denylist", "user.blacklist"),
    "user_checked_drivers": ("user.checked_drivers",),
}


def check_options(options: object, where: Mapping[str, str], reading: Reading) -> None:
    """Complain of the options that nobody knows or can read; note those that are not acted on."""
    for name, value in options.items() if isinstance(options, dict) else ():
        path = f"{_PATH}.{name}"
        text = _wrong(name, value)
        if text:
            reading.problems.append(Problem(where.get(name, ""), path, text))
        elif name in OPTIONS and OPTIONS[name].fate is Fate.NOTED:
            reading.noted.append(path)


def lists(options: Mapping[str, str]) -> dict[str, Any]:
    """Give the allow and deny lists that are written, under their names in `ClientConfig`.

    Of two names of one list, the first in Nomad's order counts.
    """
    found: dict[str, Any] = {}
    for field, names in _LISTS.items():
        given = [name for name in names if name in options]
        if given:
            found[field] = words(options[given[0]])
    return found


def enabled_plugins(
    options: Mapping[str, str], where: Mapping[str, str], configured: Mapping[str, PluginBlock]
) -> tuple[dict[str, PluginBlock], list[str]]:
    """Turn ``driver.NAME.enable`` into plugin blocks, save where the operator wrote one; with a note each."""
    found: dict[str, PluginBlock] = {}
    notes: list[str] = []
    for option, value in options.items():
        match = _ENABLE.fullmatch(option)
        if not match:
            continue
        block = _enabled(match["name"], where.get(option, ""), enabled=truth(value))
        if block.name not in configured:
            found[block.name] = block
        notes.append(f"{block.where}: {_PATH}.{option}: {_remark(block, configured)}")
    return found, notes


def _enabled(name: str, where: str, *, enabled: bool) -> PluginBlock:
    config = Located(value={"enabled": enabled}, positions={(): where, ("enabled",): where}, lenient=True)
    return PluginBlock(name=name, config=config, where=where)


def _remark(block: PluginBlock, configured: Mapping[str, PluginBlock]) -> str:
    if block.name in configured:
        return f'not acted on, because plugin "{block.name}" has a block of its own'
    enabled = str(block.config.value["enabled"]).lower()
    return f'an old form; write instead: plugin "{block.name}" {{ config {{ enabled = {enabled} }} }}'


def _wrong(name: str, value: object) -> str:
    if name in OPTIONS:
        return ""
    if not _ENABLE.fullmatch(name):
        return _unknown(name)
    try:
        truth(value if isinstance(value, str) else str(value).lower())
    except ValueError as error:
        return str(error)
    return ""


def _unknown(name: str) -> str:
    near = nearest(name, OPTIONS)
    if near:
        return f"unknown option; did you mean {near!r}?"
    driver, dot, _ = name.partition(".")
    if dot and driver not in {known.partition(".")[0] for known in OPTIONS}:
        return f'unknown option; what one driver needs stands in plugin "{driver}" {{ config {{ ... }} }}'
    known = [name for name in sorted(OPTIONS) if not name.endswith(("blacklist", "whitelist"))]
    return f"unknown option; known are {', '.join(known)} and driver.NAME.enable"
