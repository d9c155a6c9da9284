"""`ostler doctor`: what can be had on this machine, what is missing, and what would mend it."""

from __future__ import annotations

import json
import os
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

import click

from ostler.cli.printing.apart import keep, show, stdout
from ostler.cli.printing.columns import columns
from ostler.cli.printing.failures import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ostler.cli.site import Site
    from ostler.client import Diagnosis, DriverDiagnosis
    from ostler.executor import Capability

    Row = tuple[str, str, str]

YES: Final = "yes"
NO: Final = "no"
_COLOURS: Final = {YES: "green", "healthy": "green", NO: "red", "unhealthy": "red", "undetected": "yellow"}


def examine(site: Site, *, as_json: bool) -> int:
    """Print what was found, and give 0 when all that is asked for can be had, else 1."""
    from ostler.client import Client

    keep()
    with Client(site.config, data_dir=site.data_dir) as client:
        found = client.diagnose()
        for note in client.notes:
            say(f"note: {note}")
    show(json.dumps(_plain(found), indent=2) if as_json else "\n".join(_drawn(found)))
    return 0 if found.well else 1


def _plain(found: Diagnosis) -> dict[str, Any]:
    from attrs import asdict

    from ostler.drivers.plain import plain

    return {
        "well": found.well,
        "isolation": {
            **{name: str(getattr(found.host, name)) for name in ("tier", "reason", "remedy", "cgroups")},
            "limits": plain(found.host.limits),
        },
        "capabilities": [each._asdict() for each in found.capabilities],
        "drivers": {each.report.name: _plain_driver(each) for each in found.drivers},
        "missing": {"drivers": list(found.missing)},
        "findings": {
            each.report.name: [asdict(finding) for finding in each.findings]
            for each in found.drivers
            if each.findings
        },
    }


def _plain_driver(one: DriverDiagnosis) -> dict[str, Any]:
    told = one.report.fingerprint
    return {
        "well": one.well,
        "wanted": one.wanted,
        "health": str(told.health),
        "reason": told.reason,
        "remedy": told.remedy,
    }


def _drawn(found: Diagnosis) -> Iterator[str]:
    host = found.host
    yield from _table(
        "ISOLATION",
        [(str(host.tier), f"cgroups {host.cgroups}", host.reason), *_remedy(host.remedy)],
    )
    if found.capabilities:
        yield ""
        yield from _table("THERE", [row for each in _told_once(found.capabilities) for row in each])
    yield ""
    yield from _table("HEALTH", [row for each in found.drivers for row in _driver(each)])
    yield ""
    yield _closing(found)


def _told_once(capabilities: Iterable[Capability]) -> Iterator[list[Row]]:
    """Give the rows of each capability; a reason that was told is referred to, and a remedy told once."""
    told: dict[str, str] = {}
    remedies: set[str] = set()
    for each in capabilities:
        if each.there:
            yield [(YES, each.name, each.found)]
        elif first := told.get(each.found):
            yield [(NO, each.name, f"as {first}")]
        else:
            told[each.found] = each.name
            yield [(NO, each.name, each.found), *_remedy(each.remedy if each.remedy not in remedies else "")]
            remedies.add(each.remedy)


def _driver(one: DriverDiagnosis) -> list[Row]:
    told = one.report.fingerprint
    rows = [(str(told.health), one.report.name, told.reason), *_remedy(told.remedy)]
    for each in one.findings:
        rows += [(YES if each.well else NO, f"  {each.name}", each.found), *_remedy(each.remedy)]
    return rows


def _remedy(text: str) -> list[Row]:
    return [("", "", f"-> {text}")] if text else []


def _closing(found: Diagnosis) -> str:
    if found.well:
        return "all that is asked for can be had"
    wrong = [each.report.name for each in found.drivers if not each.well]
    absent = [f"{name} (not installed)" for name in found.missing]
    return f"not all that is asked for can be had: {', '.join([*wrong, *absent])}"


def _table(head: str, rows: list[Row]) -> Iterator[str]:
    """Lay out a table; on a terminal the first word of a row is coloured, and what is said is wrapped."""
    if not stdout().isatty():
        yield from columns([(head, "", ""), *rows])
        return
    heading, *lines = columns([(head, "", ""), *_wrapped(head, rows)])
    yield heading
    for line in lines:
        word = line.split(" ", 1)[0]
        yield click.style(word, fg=_COLOURS[word]) + line.removeprefix(word) if word in _COLOURS else line


def _wrapped(head: str, rows: list[Row]) -> Iterator[Row]:
    """Let no row be wider than the terminal, where that leaves room for words."""
    words, names, _ = zip((head, "", ""), *rows, strict=True)
    width = os.get_terminal_size(stdout().fileno()).columns - max(map(len, words)) - max(map(len, names)) - 4
    for word, name, said in rows:
        hanging = "   " if said.startswith("-> ") else ""
        first, *others = wrap(said, max(width, 20), subsequent_indent=hanging, break_long_words=False) or [""]
        yield word, name, first
        yield from (("", "", each) for each in others)
