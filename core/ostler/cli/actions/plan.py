"""`ostler doctor --plan`: what a driver would have the executor do, step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ostler.cli.printing.apart import keep, show
from ostler.cli.printing.failures import say
from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ostler.cli.site import Site

_PHASES: Final = {
    "prepare": "on the host",
    "build": "in the task's first process",
    "enter": "in the main process, before it becomes the command",
}
_LONGEST: Final = 200
_BEGINNING: Final = 40


def show_plan(site: Site, driver: str, *, as_json: bool) -> None:
    """Print the plan of a task of ``driver``; RefusedError where there is none."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        plans = client.plan(driver)
        for note in client.notes:
            say(f"note: {note}")
    show(json.dumps(plans, indent=2) if as_json else "\n".join(_drawn(plans)))


def _drawn(plans: list[dict[str, Any]]) -> Iterator[str]:
    for number, plan in enumerate(plans):
        yield from [""] * bool(number)
        yield from map(in_a_line, _plan(plan))


def _plan(plan: dict[str, Any]) -> Iterator[str]:
    for name, value in plan.items():
        if name not in _PHASES and value not in (None, "", {}, [], ()):
            yield from _fact(name, value)
    for name, where in _PHASES.items():
        if steps := plan.get(name, ()):
            yield f"{name}, {where}:"
            yield from (f"  {index:3} {_step(step)}" for index, step in enumerate(steps))


def _fact(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - plain data
    if not isinstance(value, dict):
        yield f"{name}: {_word(value)}"
        return
    yield f"{name}:"
    yield from (f"    {key}={_word(each)}" for key, each in value.items())


def _step(step: dict[str, Any]) -> str:
    words = [f"{name}={_word(value)}" for name, value in step.items() if name != "do"]
    return " ".join([f"{step['do']:20}", *words]).rstrip()


def _word(value: Any) -> str:  # noqa: ANN401 - plain data
    word = value if isinstance(value, str) and value else json.dumps(value, default=str)
    return (
        word if len(word) <= _LONGEST or "/" in word else f"{word[:_BEGINNING]}... ({len(word)} characters)"
    )
