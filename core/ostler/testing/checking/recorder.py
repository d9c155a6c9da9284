"""Tell of each test which sentence it holds the driver to, and how it went."""

from __future__ import annotations

import inspect
import json
import re
from typing import IO, TYPE_CHECKING, Any, Final

import pytest

from ostler.drivers import hookspecs
from ostler.errors import OstlerError
from ostler.testing.checking.choice import CHOICE, Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from ostler.testing.sentences import Sentence

EVERY: Final = "every hook"
MOST_LINES: Final = 4
_WHERE: Final = " +  where "
_HINT: Final = re.compile(r"\s*(Use -v|\.\.\.Full output|\+ {3,}(where|and))")


def tell(stream: IO[str], **said: object) -> None:
    """Write a line of JSON."""
    stream.write(f"{json.dumps(said)}\n")
    stream.flush()


class Recorder:
    """A plugin of pytest that writes a line of JSON for each test, when it begins and when it has ended.

    ``done`` names the tests that an earlier process has told of.
    """

    def __init__(self, chosen: Choice, stream: IO[str], done: Collection[str]) -> None:
        self._chosen, self._stream, self._done = chosen, stream, done
        self._found: dict[str, Any] = {}

    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand the choice on to the fixtures."""
        config.stash[CHOICE] = self._chosen

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what has been told."""
        items[:] = [item for item in items if item.name not in self._done]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say how many tests there will be."""
        tell(self._stream, planned=len(session.items))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Function) -> Iterator[None]:
        """Say that a test begins, and at its end how it went."""
        subject, text = _said_of(item)
        self._found = {
            "subject": subject,
            "sentence": text,
            "test": item.name,
            "tried": (inspect.getdoc(item.function) or "").partition("\n\n")[0],
        }
        tell(self._stream, begins=self._found)
        self._found |= {"outcome": "held", "stated": "", "seen": []}
        try:
            return (yield)
        finally:
            tell(self._stream, ended=self._found)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Function, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep what went wrong; of several wrongs the first."""
        report = yield
        if report.failed and self._found["outcome"] != "broken" and call.excinfo is not None:
            self._found |= {
                "outcome": "broken",
                "stated": _stated(item, call) if call.when == "call" else _WHILE[call.when],
                "seen": _seen(call.excinfo.value),
            }
        elif report.skipped and call.excinfo is not None:
            self._found |= {"outcome": "skipped", "seen": [str(call.excinfo.value)]}
        return report


_WHILE: Final = {
    "setup": "the driver is opened",
    "teardown": "after the test the driver is closed, and nothing is left",
}


def _said_of(item: pytest.Function) -> tuple[str, str]:
    sentence: Sentence = item.function.sentence
    if sentence.subject is hookspecs:
        return EVERY, sentence.text
    return sentence.hook or sentence.subject.__name__, sentence.text


def _stated(item: pytest.Function, call: pytest.CallInfo[None]) -> str:
    """Give the statement of the test that failed, in one line."""
    assert call.excinfo is not None
    own = [entry for entry in call.excinfo.traceback if entry.name == item.originalname]
    return " ".join(str(own[-1].statement).split()) if own else ""


def _seen(error: BaseException) -> Sequence[str]:
    """Say what was seen in place of what is right, in a few lines."""
    if isinstance(error, AssertionError):
        lines = [line for line in str(error).splitlines() if _tells(line)]
        return [
            " ".join(line.removeprefix("assert ").replace(_WHERE, "").split()) for line in lines[:MOST_LINES]
        ]
    if isinstance(error, OstlerError | pytest.fail.Exception):
        return str(error).splitlines()[:MOST_LINES]
    return f"{type(error).__name__}: {error}".splitlines()[:MOST_LINES]


def _tells(line: str) -> bool:
    """Leave out hints to pytest's options, and what a name inside a call stood for."""
    return bool(line.strip()) and not _HINT.match(line)
