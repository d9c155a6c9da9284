"""Write a settings class down as tables: its own fields, then those of each block in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_type_hints

import attrs

from ostler.cli.describe.kinds import type_name
from ostler.cli.describe.literals import literal
from ostler.cli.describe.markdown import code, table
from ostler.drivers.fields import declared, described
from ostler.drivers.kinds import alternatives, block_class
from ostler.drivers.plain import default_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.cli.describe.named import Named, Part

NOTHING: Final = "Nothing.\n"
BESIDES: Final = (
    'Besides, every plugin block may say `limits = "required"` (the default) or\n'
    '`"best_effort"`: whether a task is refused, or starts all the same, when a limit\n'
    "that it asks for does not hold here.\n"
)


def plugin_heading(name: str) -> str:
    """Say where the plugin's settings stand."""
    return f'What stands in `plugin "{name}" {{ config {{ ... }} }}`'


TASK_HEADING: Final = "What stands in a task's `config { ... }`"


def tables(named: Named, parts: Sequence[Part]) -> str:
    """Describe the blocks of a driver."""
    written = [f"# The settings of the driver `{named.name}`\n"]
    for part in parts:
        heading = plugin_heading(named.name) if part == "plugin" else TASK_HEADING
        written += [f"## {heading}\n", settings_tables(named.settings(part), level=3)]
        written += [BESIDES] if part == "plugin" else []
    return "\n".join(written).rstrip()


def settings_tables(cls: type[Any], *, level: int) -> str:
    """Describe a settings class and the blocks in it; ``level`` is that of the blocks' headings."""
    parts = [settings_table(cls) or NOTHING]
    for path, inner in _nested(cls, (), (cls,)):
        parts.append(f"{'#' * level} The block `{path}`\n")
        parts.append(settings_table(inner) or NOTHING)
    return "\n".join(parts)


def settings_table(cls: type[Any]) -> str:
    """List the fields of a settings class; nothing where it has none."""
    hints = get_type_hints(cls)
    rows = [
        [code(field.name), type_name(hints[field.name]), _default(field, hints[field.name]), described(field)]
        for field in attrs.fields(cls)
    ]
    return table(["Key", "Type", "Default", "What it does"], rows)


def _default(field: attrs.Attribute[Any], hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Write a default so that it is the same on every machine, and never a secret one."""
    if field.default is attrs.NOTHING:
        return "required"
    if declared(field).secret:
        return "not shown"
    factory = getattr(field.default, "factory", None)
    if factory is not None and not isinstance(factory, type):
        return "depends on the machine"
    default = default_of(field)
    if default is None or (block_class(hint) and not attrs.has(type(default))):
        return "not set"
    if attrs.has(type(default)):
        return "the block's own defaults"
    return code(literal(default, alternatives(hint)[0]))


def _nested(
    cls: type[Any], path: tuple[str, ...], round_it: tuple[type[Any], ...]
) -> list[tuple[str, type[Any]]]:
    """List the blocks below a class with their dotted names; one that nests itself is listed once."""
    found: list[tuple[str, type[Any]]] = []
    for name, hint in get_type_hints(cls).items():
        inner = block_class(hint)
        if inner is not None and inner not in round_it:
            found.append((".".join((*path, name)), inner))
            found += _nested(inner, (*path, name), (*round_it, inner))
    return found
