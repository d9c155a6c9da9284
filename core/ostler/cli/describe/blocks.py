"""Write a settings class as a block to copy: defaults commented out, what has to be set to be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent, wrap
from typing import TYPE_CHECKING, Any, Final, get_origin, get_type_hints

import attrs

from ostler.cli.describe.kinds import type_name
from ostler.cli.describe.literals import literal
from ostler.drivers import Duration, Size, Words
from ostler.drivers.fields import declared, described
from ostler.drivers.kinds import alternatives, block_class, choices, repeats
from ostler.drivers.plain import default_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ostler.cli.describe.named import Named, Part

WIDTH: Final = 80
STEP: Final = "  "
_ALSO: Final = ', such as "90s"'  # the value beside it shows it
_PLACEHOLDERS: Final[dict[Any, object]] = {
    str: "...",
    int: 1,
    float: 1.0,
    bool: True,
    Duration: 60,
    Size: "100MB",
    Words: ["..."],
}


def blocks(named: Named, parts: Sequence[Part]) -> str:
    """Write the blocks of a driver, each to be copied into a file of its own."""
    written = [
        *_comment(
            f"The driver {literal(named.name)}, from {named.provider}.  Behind a # without a space stands "
            "a default: to choose otherwise, take the # away."
        )
    ]
    for part in parts:
        written += ["", *(_plugin(named) if part == "plugin" else _job(named))]
    return "\n".join(written)


def _plugin(named: Named) -> list[str]:
    limits = [
        *_comment(
            "Whether a task is refused, or starts all the same, when a limit that it asks for does not "
            "hold here.",
            WIDTH - 2,
        ),
        '#limits = "required"  # one of "required", "best_effort"',
        "",
    ]
    config = _block("config", _settings(named.settings("plugin"), WIDTH - 2 * len(STEP)))
    return [
        *_comment("For the agent's configuration (--config FILE):"),
        *_block(f"plugin {literal(named.name)}", [*limits, *config]),
    ]


def _job(named: Named) -> list[str]:
    config = _block("config", _settings(named.settings("task"), WIDTH - 3 * len(STEP)))
    task = _block('task "example"', [f"driver = {literal(named.name)}", "", *config])
    return [
        *_comment("For a job file, here as a whole one:"),
        *_block('job "example"', ['type = "batch"', "", *task]),
    ]


def _comment(text: str, width: int = WIDTH) -> list[str]:
    """Write prose as lines of comment, at most ``width`` columns wide."""
    return [f"# {line}" for line in wrap(text.replace("`", ""), width - 2)]


def _block(head: str, lines: list[str]) -> list[str]:
    """Put lines into a block."""
    return [f"{head} {{", *indent("\n".join(lines), STEP).splitlines(), "}"] if lines else [f"{head} {{}}"]


def _settings(cls: type[Any], width: int, round_it: tuple[type[Any], ...] = ()) -> list[str]:
    """Write every field of a settings class, with an empty line between them."""
    hints, lines = get_type_hints(cls), list[str]()
    for field in attrs.fields(cls):
        hint = hints[field.name]
        nested = block_class(hint)
        if lines:
            lines.append("")
        lines += _comment(described(field), width)
        if nested is None:
            lines.append(_attribute(field, hint))
        elif nested in (*round_it, cls):
            lines += _comment(f"{field.name}: a block that holds the same again", width)
        else:
            lines += _nested(field, hint, _settings(nested, width - len(STEP), (*round_it, cls)))
    return lines


def _attribute(field: attrs.Attribute[Any], hint: Any) -> str:  # noqa: ANN401 - any annotation
    said, kind = declared(field), alternatives(hint)[0]
    remarks = type_name(hint).replace("`", "").replace(_ALSO, "")
    if field.default is attrs.NOTHING:
        example = _placeholder(kind) if said.example is None else said.example
        secret = ", secret" if said.secret else ""
        return f"{field.name} = {literal(example, kind)}  # required; {remarks}{secret}"
    if said.secret:
        value = literal(_placeholder(kind), kind)
        return f"#{field.name} = {value}  # {remarks}, secret; its default is not shown"
    default = default_of(field)
    remarks += "; not set" if default is None else ""
    return f"#{field.name} = {literal(default, kind)}  # {remarks}"


def _nested(field: attrs.Attribute[Any], hint: Any, inner: list[str]) -> list[str]:  # noqa: ANN401
    written, required = _block(field.name, inner), field.default is attrs.NOTHING
    remarks = [word for word, holds in (("required", required), ("may be repeated", repeats(hint))) if holds]
    written[0] += f"  # {', '.join(remarks)}" if remarks else ""
    return written if required else [_commented_out(line) for line in written]


def _commented_out(line: str) -> str:
    bare = line.lstrip()
    return line if not bare or bare.startswith("#") else f"{line[: len(line) - len(bare)]}#{bare}"


def _placeholder(kind: Any) -> object:  # noqa: ANN401 - any annotation
    """Give a value of a type, for a field that has to be set and shows no example."""
    if found := choices(kind):
        return found[0]
    if get_origin(kind) is tuple:
        return []
    return {} if get_origin(kind) in {Mapping, dict} else _PLACEHOLDERS.get(kind, "...")
