"""`ostler driver docs`: one page that says what there is to know of a driver without running it."""

from __future__ import annotations

import inspect
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

import attrs

from ostler.cli.describe.markdown import code, table
from ostler.cli.describe.settings import BESIDES, TASK_HEADING, plugin_heading, settings_tables
from ostler.cli.printing.apart import keep, show
from ostler.drivers import Capabilities, Catalog, LimitSupport, hookspecs
from ostler.drivers.fields import declared
from ostler.visible import visible

if TYPE_CHECKING:
    from ostler.drivers import DriverInfo

RESOURCES: Final = {
    "memory": "`resources { memory }`, or `memory_max` where that is larger",
    "memory_soft": "`resources { memory }` beside a `memory_max`",
    "cpu": "`resources { cpu }`, a share and never a promise",
    "cores": "`resources { cores }`",
}
WORDS: Final = (
    "The best that it does anywhere; `ostler node` says what holds on one machine.\n"
    "*Enforced*: the kernel holds it. *Watched*: Ostler measures and ends the task.\n"
    "*Counted*: it is reported only. *Ignored*: nothing looks at it.\n"
)
FETCHED: Final = "Ostler fetches what these keys of a task's config name before the task starts.\n"
ATTRIBUTES: Final = "For constraints, as `${attr.NAME}`, and in `ostler node`.\n"


def print_page(name: str) -> None:
    """Print the page of driver ``name``."""
    keep()
    catalog = Catalog()
    show(visible(driver_page(catalog.find(name), catalog.load(name)).rstrip()))


def driver_page(info: DriverInfo, driver: type[Any]) -> str:
    """Describe one driver."""
    capabilities = getattr(driver, "capabilities", None) or Capabilities()
    parts = [
        f"# The driver `{info.name}`\n",
        f"{inspect.getdoc(driver) or 'Its author says nothing of it.'}\n",
        f"From {info.distribution} ({code(info.target)}).\n",
        f"## {plugin_heading(info.name)}\n",
        settings_tables(driver.settings, level=3),
        BESIDES,
        f"## {TASK_HEADING}\n",
        settings_tables(driver.task_settings, level=3),
        *_artifacts(driver.task_settings),
        "## What it can do\n",
        table(["Capability", "Here"], _abilities(capabilities)),
        _hooks(driver),
        "## How well its limits hold\n",
        WORDS,
        table(["Limit", "Word", "Where it is written"], _limits(capabilities.limits, driver.task_settings)),
        "## What it says of the node\n",
        ATTRIBUTES,
        table(["Attribute", "What it says"], _attributes(info.name, capabilities)),
    ]
    return "\n".join(parts)


def _artifacts(cls: type[Any]) -> list[str]:
    found = [(field.name, declared(field).artifact) for field in attrs.fields(cls)]
    rows = [
        [
            code(name),
            code(artifact.destination),
            artifact.mode + (", made executable" if artifact.executable else ""),
            code(artifact.checksum) or "nothing",
        ]
        for name, artifact in found
        if artifact
    ]
    heads = ["Key", "Fetched to", "As", "Checked against"]
    return ["### What is fetched\n", FETCHED, table(heads, rows)] if rows else []


def _abilities(found: Capabilities) -> list[list[str]]:
    return [
        ["signals", "yes" if found.signals else "no"],
        ["execute: run a command in a running task", "yes" if found.execute else "no"],
        ["file system", code(str(found.filesystem))],
        ["network", ", ".join(code(mode) for mode in sorted(found.network_modes))],
    ]


def _hooks(driver: type[Any]) -> str:
    """Say which hooks the class implements, without constructing it."""
    mark = f"{hookspecs.PROJECT}_impl"
    names = [name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.PROJECT}_spec")]
    written = [code(name) for name in names if hasattr(getattr(driver, name, None), mark)]
    left_out = [code(name) for name in names if code(name) not in written]
    without = f", and does without {', '.join(left_out)}" if left_out else ""
    return fill(f"It implements {', '.join(written)}{without}.", 80) + "\n"


def _limits(found: LimitSupport, cls: type[Any]) -> list[list[str]]:
    words = attrs.asdict(found, recurse=False)
    asking = {declared(field).limit: f"`{field.name}` in a task's config" for field in attrs.fields(cls)}
    places = RESOURCES | asking
    return [[code(name), str(word), places.get(name, "nowhere")] for name, word in words.items()]


def _attributes(name: str, found: Capabilities) -> list[list[str]]:
    always = [code(f"driver.{name}"), "`1` where the driver was detected, and absent elsewhere."]
    return [always, *([code(each), said] for each, said in sorted(found.attributes.items()))]
