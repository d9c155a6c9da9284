"""Tie each test of the kit to the sentence of the contract that it holds a driver to."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ostler.drivers import hookspecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ostler.drivers import Driver

Test = TypeVar("Test", bound="Callable[..., None]")


class Sentence(NamedTuple):
    """A sentence, or a part of one, and what it is said of: a hook, or a value of the contract."""

    subject: Any
    text: str

    @property
    def stands(self) -> bool:
        """Tell whether the subject's docstring holds the sentence."""
        return self.text in " ".join((inspect.getdoc(self.subject) or "").split())

    @property
    def hook(self) -> str:
        """The name of the hook that it is said of, or empty."""
        name = getattr(self.subject, "__name__", "")
        return name if getattr(hookspecs, name, None) is self.subject else ""

    def excuse(self, driver: Driver) -> str:
        """Say why a driver is not held to the sentence: what it declares, or does not implement."""
        if self.hook in {"signal", "execute"}:
            capability = "signals" if self.hook == "signal" else "execute"
            held = getattr(driver.capabilities, capability)
            return "" if held else f"driver {driver.name!r} does not declare the capability `{capability}`"
        if self.hook not in {"", "close"} and not driver.implements(self.hook):  # without it nothing is held
            return f"driver {driver.name!r} does not implement the hook `{self.hook}`"
        return ""


def sentence(subject: object, text: str) -> Callable[[Test], Test]:
    """Mark a test as the one that holds a driver to ``text``, which ``subject``'s docstring says."""

    def mark(test: Test) -> Test:
        test.sentence = Sentence(subject, text)  # type: ignore[attr-defined]
        return test

    return mark


def sentences_of(tests: type[Any]) -> Iterator[tuple[str, Sentence]]:
    """List the tests of a class of the kit, each with its sentence."""
    for name in dir(tests):
        found = getattr(getattr(tests, name), "sentence", None)
        if isinstance(found, Sentence):
            yield name, found
