"""Write down a driver: its settings, what it can do, and how well each limit holds."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from tools.reference.markdown import code, table
from tools.reference.python import default_of, prose
from tools.reference.words import LIMITS

from ostler.drivers import Capabilities, Duration, LimitSupport, Words
from ostler.drivers.fields import declared

NAMES: Final[dict[Any, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Duration: 'duration, such as `"90s"`',
    Words: "words: a list, a scalar, or one string",
}

BESIDES: Final = (
    'Besides, every driver knows `limits = "required"` (the default) or `"best_effort"`: see\n'
    "[Limits and their four words](../../operators.md#limits-and-their-four-words).\n"
)


def driver_page(name: str, driver: type[Any]) -> str:
    """Describe one driver."""
    capabilities = getattr(driver, "capabilities", None) or Capabilities()
    parts = [
        f"# The driver `{name}`\n",
        f"{prose(driver)}\n",
        f'## What stands in `plugin "{name}" {{ config {{ ... }} }}`\n',
        settings_table(driver.settings) or "Nothing.\n",
        BESIDES,
        "## What stands in a task's `config { ... }`\n",
        settings_table(driver.task_settings) or "Nothing.\n",
        *_nested(driver.task_settings),
        "## What it can do\n",
        table(["Capability", "Here"], _abilities(capabilities)),
        "## How well its limits hold\n",
        "The best that it does anywhere; `ostler node` says what holds on one machine.\n",
        table(["Limit", "Word", "Where it is written"], _limits(capabilities.limits)),
    ]
    return "\n".join(parts)


def settings_table(cls: type[Any]) -> str:
    """List the fields of a settings class."""
    hints = get_type_hints(cls)
    rows = [
        [code(field.name), type_name(hints[field.name]), default_in_words(field), declared(field).help]
        for field in attrs.fields(cls)
    ]
    return table(["Key", "Type", "Default", "What it does"], rows)


def default_in_words(field: attrs.Attribute[Any]) -> str:
    """Write a setting's default as a job file would."""
    plain = {"None": "not set", "True": "`true`", "False": "`false`", "''": '`""`', "()": "`[]`"}
    shown = default_of(field)
    if shown == "found out when it is made":
        return "depends on the machine"
    bare = shown.strip("`")
    return plain.get(bare, shown.replace("'", '"'))


def type_name(hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Name a type as an operator would."""
    if hint in NAMES:
        return NAMES[hint]
    if isinstance(hint, type) and attrs.has(hint):
        return "block"
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return "one of " + ", ".join(code(f'"{each}"') for each in inner)
    if origin in {Union, UnionType}:
        return " or ".join(type_name(each) for each in inner if each is not NoneType)
    if origin is tuple:
        blocks = isinstance(inner[0], type) and attrs.has(inner[0])
        return "repeated blocks" if blocks else f"list of {type_name(inner[0])}"
    return f"block of {type_name(inner[1])} by name" if len(inner) > 1 else str(hint)


def _nested(cls: type[Any]) -> list[str]:
    hints = get_type_hints(cls)
    found: list[str] = []
    for field in attrs.fields(cls):
        for inner in (hints[field.name], *get_args(hints[field.name])):
            if isinstance(inner, type) and attrs.has(inner):
                found += [f"### The block `{field.name}`\n", settings_table(inner)]
    return found


def _abilities(found: Capabilities) -> list[list[str]]:
    return [
        ["signals", "yes" if found.signals else "no"],
        ["execute: run a command in a running task", "yes" if found.execute else "no"],
        ["file system", code(str(found.filesystem))],
        ["network", ", ".join(code(mode) for mode in sorted(found.network_modes))],
    ]


def _limits(found: LimitSupport) -> list[list[str]]:
    words = attrs.asdict(found, recurse=False)
    return [[code(name), str(word), LIMITS[name]] for name, word in words.items()]
