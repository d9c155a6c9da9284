"""The pages of the reference: each a path below docs/reference and its text."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
from tools.reference import specification, words
from tools.reference.functions import functions_page
from tools.reference.python import describe, prose, signature

import ostler
from ostler import client, drivers, executor, testing
from ostler.cli.commands import cli
from ostler.cli.describe.markdown import cell, code, table
from ostler.cli.describe.page import driver_page
from ostler.config import keys
from ostler.config.keys import Fate
from ostler.drivers import Catalog, Reason, hookspecs
from ostler.jobs.standing import STANDING
from ostler.runner.events import Event, EventType
from ostler.runner.results import TaskResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ostler.config.keys import Key

MADE_BY: Final = (
    "<!-- Made by `python -m tools.reference`; edit the docstrings and help texts instead. -->\n\n"
)
TITLES: Final = {
    "hooks.md": "The hooks of a driver",
    "values.md": "`ostler.drivers`: the values and helpers of the contract",
    "executor.md": "`ostler.executor`: processes, isolated and supervised",
    "library.md": "`ostler`: the library",
    "testing.md": "`ostler.testing`: the conformance kit",
    "drivers/README.md": "The built-in drivers",
    "configuration.md": "The agent's configuration",
    "jobs.md": "The job file",
    "specification.md": "The job specification",
    "functions.md": "The functions of job files",
    "command.md": "The command",
    "events.md": "Events and exit reasons",
}


def pages() -> dict[str, str]:
    """Write every page."""
    bodies = {
        "hooks.md": _hooks(),
        "values.md": f"{prose(drivers)}\n\n{describe(drivers)}",
        "executor.md": f"{prose(executor)}\n\n{describe(executor)}",
        "library.md": _library(),
        "testing.md": _testing(),
        "configuration.md": _configuration(),
        "jobs.md": _jobs(),
        "specification.md": specification.page(),
        "functions.md": functions_page(),
        "command.md": "\n".join(_command(cli, "ostler")),
        "events.md": _events(),
    }
    found = {path: f"{MADE_BY}# {TITLES[path]}\n\n{body}" for path, body in bodies.items()}
    names = built_in()
    for name in names:
        found[f"drivers/{name}.md"] = MADE_BY + _driver(name)
    listed = "".join(f"* [`{name}`]({name}.md)\n" for name in names)
    found["drivers/README.md"] = f"{MADE_BY}# {TITLES['drivers/README.md']}\n\n{listed}"
    found["README.md"] = _contents()
    return {path: f"{text.rstrip()}\n" for path, text in found.items()}


def built_in() -> list[str]:
    """Name the drivers that Ostler itself provides."""
    return [info.name for info in Catalog().infos() if info.provider == "ostler"]


def _driver(name: str) -> str:
    catalog = Catalog()
    info = catalog.find(name)._replace(version="")  # so that a release makes no page stale
    return driver_page(info, catalog.load(name))


def _contents() -> str:
    listed = "".join(f"* [{title}]({path})\n" for path, title in TITLES.items())
    words = "For whoever looks something up. Made from the code; a test fails when a page is stale."
    return f"{MADE_BY}# Reference\n\n{words}\n\n{listed}"


def _hooks() -> str:
    names = [name for name, each in vars(hookspecs).items() if hasattr(each, "ostler_spec")]
    parts = [f"{prose(hookspecs)}\n"]
    for name in names:
        hook = getattr(hookspecs, name)
        later = words.NOT_CALLED_YET.get(name)
        parts += [
            f"## `{name}`\n",
            f"Written by {words.HOOKS.get(name, words.BY_CHOICE)}.\n",
            f"```text\n{name}{signature(hook)}\n```\n",
            f"{prose(hook)}\n",
            *(
                [f"**Not called by the runner yet**: {later}. The conformance kit does call it.\n"]
                if later
                else []
            ),
        ]
    return "\n".join(parts)


def _library() -> str:
    others = [
        describe(client, ["Diagnosis", "DriverDiagnosis", "DriverReport", "Run"]),
        _alone(TaskResult),
        "`Event` and its types: [events.md](events.md).\n",
    ]
    return f"{prose(ostler)}\n\n{describe(ostler)}\n" + "\n".join(others)


def _alone(value: type[Any]) -> str:
    return describe(inspect.getmodule(value), [value.__name__])


def _testing() -> str:
    held: dict[str, list[str]] = {}
    for name, each in testing.sentences_of(testing.DriverConformance):
        subject = each.hook or each.subject.__name__.rpartition(".")[2]
        held.setdefault(subject, []).append(f"* {cell(each.text)}  \n  `{name}`\n")
    listed = "\n".join(f"### `{subject}`\n\n{''.join(lines)}" for subject, lines in held.items())
    return (
        f"{prose(testing)}\n\n{describe(testing)}\n"
        "## `open_driver`\n\nThe fixture that comes with Ostler for pytest: "
        "`open_driver(driver, settings=None)` opens a driver, by its entry point's name or its class, "
        "below `tmp_path`, returns its `DriverHarness` and ends it and its tasks after the test.\n\n"
        f"## The sentences that a driver is held to\n\n{listed}"
    )


def _configuration() -> str:
    sections = [
        ("At the top", keys.TOP, ""),
        ("In `client`", keys.CLIENT, "client."),
        ("In `client { artifact { ... } }`", keys.ARTIFACT, "client.artifact."),
        ("In `client { artifact { cache { ... } } }`", keys.CACHE, "client.artifact.cache."),
        ('In `client { artifact { secret "NAME" { ... } } }`', keys.SECRET, "client.artifact.secret."),
        ("In `client { driver_deadlines { ... } }`", keys.DEADLINES, "client.driver_deadlines."),
        ("In `client { options { ... } }`", keys.OPTIONS, "client.options."),
        ('In `plugin "NAME"`', keys.PLUGIN, "plugin."),
        ('In `wrapper "NAME"`', keys.WRAPPER, "wrapper."),
    ]
    opening = (
        "Keys are acted on, noted or refused. A noted key is told once and changes nothing, because nothing\n"
        "that a task may do depends on it. A refused key ends with status 2: to ignore it would open what\n"
        "it closes, or take from tasks what it grants. Every other key is an error with the nearest name.\n"
    )
    parts = [f"## {title}\n\n{_keys(section, prefix)}" for title, section, prefix in sections]
    return f"{opening}\n" + "\n".join(parts)


def _keys(section: Mapping[str, Key], prefix: str) -> str:
    acted = [
        [code(name), words.AGENT[prefix + name]] for name, key in section.items() if key.fate is Fate.ACTED
    ]
    tables = [f"Acted on:\n\n{table(['Key', 'What it does'], acted)}"]
    for fate, title in ((Fate.NOTED, "Noted"), (Fate.REFUSED, "Refused")):
        rows = [[code(name), _why(key)] for name, key in section.items() if key.fate is fate]
        if rows:
            tables.append(f"{title}:\n\n{table(['Key', 'Why'], rows)}")
    return "\n".join(tables)


def _why(key: Key) -> str:
    on = " or ".join(code(each) for each in key.switches)
    return f"{key.why} (only where {on} is on; noted otherwise)" if on else key.why


def _jobs() -> str:
    opening = (
        "Keys and blocks are acted on, noted or refused. A noted one means nothing on one machine; one note\n"
        "per file names them. A refused one is not built yet; it ends with status 2 and its place, unless\n"
        "`--ignore NAME,NAME` leaves it out. Every other name is an error that names the nearest one.\n"
    )
    return f"{opening}\n" + "\n".join(_block(name) for name in STANDING)


def _block(name: str) -> str:
    standing = STANDING[name]
    acted = [[code(each), words.JOB[f"{name}.{each}"]] for each in sorted(standing.acted)]
    tables = [f"Acted on:\n\n{table(['Key or block', 'What it does'], acted)}"]
    for title, found in (("Noted", standing.idle), ("Refused", standing.later)):
        if found:
            rows = [[code(each), why] for each, why in sorted(found.items())]
            tables.append(f"{title}:\n\n{table(['Key or block', 'Why'], rows)}")
    return f"## In `{name}`\n\n" + "\n".join(tables)


def _command(command: click.Command, path: str) -> Iterator[str]:
    arguments = [
        each.name.upper() for each in command.params if isinstance(each, click.Argument) and each.name
    ]
    options = [_option(each) for each in command.params if isinstance(each, click.Option)]
    inner = command.commands if isinstance(command, click.Group) else {}
    tail = "COMMAND" if inner else " ".join(arguments)
    usage = " ".join(part for part in (path, "[OPTIONS]" if options else "", tail) if part)
    yield f"## `{path}`\n\n```text\n{usage}\n```\n\n{inspect.cleandoc(command.help or '')}\n"
    if options:
        yield table(["Option", "What it does"], options)
    for name in sorted(inner):
        yield from _command(inner[name], f"{path} {name}")


def _option(option: click.Option) -> list[str]:
    choices = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else ""
    metavar = f" {option.metavar or choices}" if option.metavar or choices else ""
    return [code(f"{', '.join(option.opts)}{metavar}"), option.help or ""]


def _events() -> str:
    types = [[code(str(each)), words.EVENTS[str(each)]] for each in EventType]
    reasons = [[code(str(each)), words.REASONS[str(each)]] for each in Reason]
    fields = [[code(each.name), code(str(each.type))] for each in attrs.fields(Event)]
    return (
        "The types are spelt as Nomad spells them.\n\n"
        f"{table(['Type', 'When'], types)}\n"
        f"## In Python\n\n{prose(Event)}\n\n{table(['Field', 'Type'], fields)}\n"
        "`to_dict()` gives what `ostler run --json` prints.\n\n"
        "## As a line of JSON\n\n"
        "`ostler run --json` prints one object per line: `time`, `type`, `allocation`, `group`, `task`,\n"
        "`message`, `details`. A `Terminated` event also has `code`, `signal`, `reason` and `oom_kills`.\n"
        "Output comes in lines of the type `Output`, with `task`, `stream` and `text`; bytes that are no\n"
        "UTF-8 come as `base64` in place of `text`.\n\n"
        f"## Why a task ended\n\n{table(['Reason', 'When'], reasons)}"
    )
