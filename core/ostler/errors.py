"""The errors that a caller of Ostler can act on, and the shape of a user's mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class OstlerError(Exception):
    """Everything that Ostler raises on purpose."""


class Problem(NamedTuple):
    """One mistake: where it stands, what it is about, and what to do.

    ``where`` is ``file:line:column``, or empty for values that come from no file; ``path`` is dotted,
    such as ``job.web.task[0].config.image``, or empty; ``text`` says what is wrong, what was found and
    what to do, in one line.
    """

    where: str
    path: str
    text: str

    def __str__(self) -> str:
        """Give the line that a person reads."""
        return ": ".join(part for part in self if part)


def by_place(problem: Problem) -> tuple[bool, str, int, int]:
    """Give the key that sorts problems by file, line and column; what has no place comes last."""
    file, *numbers = problem.where.rsplit(":", 2)
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers):  # noqa: PLR2004 - line and column
        return False, file, int(numbers[0]), int(numbers[1])
    return True, "", 0, 0


class MistakeError(OstlerError):
    """The user's input is wrong; all that is wrong with it is told at once, in ``problems``."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def single(cls, text: str, *, where: str = "", path: str = "") -> MistakeError:
        """Make the error of one problem."""
        return cls([Problem(where, path, text)])


class RefusedError(OstlerError):
    """A start is refused for good: the job or the operator has to change something first."""


class RecoverableError(OstlerError):
    """A start failed for a reason that may pass; the restart policy may try it again."""


class DriverError(OstlerError):
    """A driver, or a wrapper round it, did what the contract forbids; the message names it."""


class UnendedError(DriverError):
    """A driver did not say that a task has ended, or has not begun; the task may still run."""


class LateError(DriverError):
    """A driver did not answer within its deadline; what it was asked may still go on."""
