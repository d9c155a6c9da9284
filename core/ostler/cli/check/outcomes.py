"""How the sentences of the contract turned out for one driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Outcome = Literal["held", "broken", "skipped"]
_WORST_FIRST: Final[tuple[Outcome, ...]] = ("broken", "held", "skipped")


class Tried(NamedTuple):
    """One test of the kit, and how it went.

    ``tried`` says what it does, ``stated`` what should hold, ``seen`` what was found, or why it was skipped.
    """

    subject: str
    sentence: str
    test: str
    tried: str
    outcome: Outcome
    stated: str
    seen: tuple[str, ...]

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Tried:
        """Read what the checking process tells of a test that has ended."""
        return cls(**{**said, "seen": tuple(said["seen"])})


class Held(NamedTuple):
    """One sentence, with all the tests of it."""

    subject: str
    text: str
    tests: tuple[Tried, ...]

    @property
    def outcome(self) -> Outcome:
        """Broken if any test of it is, held if any is, else skipped."""
        found = {test.outcome for test in self.tests}
        return next(each for each in _WORST_FIRST if each in found)

    @property
    def broken(self) -> tuple[Tried, ...]:
        """The tests that the driver failed."""
        return tuple(test for test in self.tests if test.outcome == "broken")

    @property
    def excuse(self) -> str:
        """Why it was not tried."""
        return " ".join(self.tests[0].seen)


class Checked(NamedTuple):
    """A whole run: who was checked, the sentences in the order of the contract, and how long it took."""

    name: str
    provider: str
    version: str
    sentences: tuple[Held, ...]
    seconds: float

    def count(self, outcome: Outcome) -> int:
        """Count the sentences that turned out so."""
        return sum(each.outcome == outcome for each in self.sentences)


def by_sentence(tests: Iterable[Tried]) -> tuple[Held, ...]:
    """Put the tests of each sentence together, the hooks in the order of the contract, then all else."""
    from ostler.drivers import hookspecs

    found: dict[tuple[str, str], list[Tried]] = {}
    for test in tests:
        found.setdefault((test.subject, test.sentence), []).append(test)
    hooks = [name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.PROJECT}_spec")]
    order = list(dict.fromkeys([*hooks, *(subject for subject, _ in found)]))
    sentences = [Held(subject, text, tuple(each)) for (subject, text), each in found.items()]
    return tuple(sorted(sentences, key=lambda each: order.index(each.subject)))
