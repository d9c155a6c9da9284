"""Check one driver: run the kit, show how far it is, and print the report."""

from __future__ import annotations

import sys
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from ostler.cli.check.outcomes import Checked, Tried, by_sentence
from ostler.cli.check.process import checking, refuse_without_kit
from ostler.cli.check.report import as_json, as_text
from ostler.drivers.catalog import Catalog
from ostler.errors import MistakeError, Problem
from ostler.visible import in_a_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HELD: Final = 0
BROKEN: Final = 1
OPENS: Final = "The driver is loaded and constructed, and can be closed again."


def check_driver(name: str, *, config: str, acts: str, pattern: str, in_json: bool) -> int:
    """Check driver ``name`` and return the exit status; MistakeError where it can't be checked."""
    info = Catalog().find(name)
    refuse_without_kit()
    given = (("--config", config), ("--acts", acts), ("--pattern", pattern))
    words = [name, *(word for option, value in given if value for word in (option, value))]
    began = time.monotonic()
    tests = _Run(name).all(words)
    if not tests:
        text = f"no test of the kit fits {pattern!r}; --json shows the names of all"
        raise MistakeError.single(text, path="-k")
    seconds = time.monotonic() - began
    checked = Checked(name, info.provider, info.version, by_sentence(tests), seconds)
    for line in [as_json(checked)] if in_json else as_text(checked):
        click.echo(line)
    return BROKEN if checked.count("broken") else HELD


class _Run:
    """What the kit has told so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tests: list[Tried] = []
        self._planned = 0
        self._running: Mapping[str, Any] = {}

    def all(self, words: Sequence[str]) -> list[Tried]:
        """Run all tests, in a new process whenever the driver has ended the one before."""
        with TemporaryDirectory(prefix="ostler-check-") as folder:
            crashed = True
            while crashed:
                done = ",".join(test.test for test in self.tests)
                with checking([*words, "--done", done], folder) as told:
                    crashed = self._follow(told)
        return self.tests

    def _follow(self, told: Iterator[Mapping[str, Any]]) -> bool:
        """Take everything that one process tells, and tell whether it ended amid a test."""
        before = len(self.tests)
        for said in told:
            self._take(said)
            name, many = in_a_line(self.name), before + self._planned
            self._show(f"\rchecking {name}: {len(self.tests)} of {many}")
        self._show("\r\033[K")
        crashed, self._running = bool(self._running), {}
        return crashed

    def _take(self, said: Mapping[str, Any]) -> None:
        match said:
            case {"mistake": problems}:
                raise MistakeError(Problem(*each) for each in problems)
            case {"closed": reason}:
                self.tests.append(Tried("opening", OPENS, "", "", "broken", "", (reason,)))
            case {"planned": count}:
                self._planned = count
            case {"begins": test}:
                self._running = test
            case {"ended": test}:
                self._running = {}
                self.tests.append(Tried.read(test))
            case {"status": status} if self._running:
                self._blame(status)

    def _blame(self, status: int) -> None:
        """Say that the process of the kit ended amid a test."""
        ending = f"signal {-status}" if status < 0 else f"status {status}"
        seen = f"the process of its host ended with {ending}"
        self.tests.append(Tried.read({**self._running, "outcome": "broken", "stated": "", "seen": [seen]}))

    def _show(self, words: str) -> None:
        if sys.stderr.isatty():
            # As bytes: what is written as words has its control characters made visible.
            click.echo(words.encode(), nl=False, err=True)
